"""The event socket's own commands, complete and checked; the switch's API is in `api`.

Together they are the one way out for values to the switch. All builders raise UnsafeValue for a value that
cannot be written exactly, and do no IO. The switch's side is `parse_command` in mod_event_socket.c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.errors import UnsafeValue
from controller.eventsocket import places


@dataclass(frozen=True, slots=True)
class Command:
    """One command: a line and its headers. Whatever they hold, it encodes as one command."""

    line: str
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for value in (self.line, *(part for header in self.headers for part in header)):
            places.text("command", value)
        if not self.line or self.line.startswith(" "):
            raise places.refuse("command", self.line, "it must start with its name")
        # parse_command takes any line with these words, wherever they stand, for an order to unload itself.
        lowered = self.line.lower()
        if "mod_event_socket" in lowered and ("unload" in lowered or "reload" in lowered):
            raise places.refuse("command", self.line, "the switch would unload its event socket")

    def __str__(self) -> str:
        verb = self.line.partition(" ")[0]
        return verb if verb in ("auth", "userauth") else self.line  # never the password

    def __repr__(self) -> str:
        return f"<Command {self}>"

    def encode(self) -> bytes:
        """The bytes to send, blank line included."""
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers)]
        return ("\n".join(lines) + "\n\n").encode()


def auth(password: str) -> Command:
    """Log in with the event socket's one password."""
    return Command(f"auth {_secret(password)}")


def userauth(user: str, password: str) -> Command:
    """Log in as `user@domain` of the directory, with the rights that its `esl-allowed-*` parameters give."""
    local, at, domain = places.word("login", user).partition("@")
    if not (local and at and domain) or ":" in user or "@" in domain:
        raise places.refuse("login", user, "it must be user@domain")
    return Command(f"userauth {user}:{_secret(password)}")


def subscribe(events: Sequence[str], custom: Sequence[str] = ()) -> Command:
    """Ask for `events` by name, and for CUSTOM events by their subclasses, as JSON.

    CUSTOM and its subclasses go last: whatever follows CUSTOM is taken for a subclass.
    """
    return Command(_event_line("event json", events, custom))


def nixevent(events: Sequence[str], custom: Sequence[str] = ()) -> Command:
    """No longer get `events`, nor CUSTOM events of these subclasses."""
    return Command(_event_line("nixevent", events, custom))


def event_filter(header: str, value: str) -> Command:
    """Get only events whose `header` is `value`, or that another filter lets through.

    Filters apply to every event: one on Unique-ID hides BACKGROUND_JOB, and with it the output of `bgapi`.
    """
    if not value or value.startswith(("/", "+", "-")):
        raise places.refuse("filter value", value, "the switch would read it as a pattern")
    places.argument("filter value", value)
    return Command(f"filter add {places.name('filter header', header)} {value}")


def leave() -> Command:
    """Close the connection politely (`exit`)."""
    return Command("exit")


def execute(uuid: str, application: str, argument: str = "") -> Command:
    """Run an application on a leg in mid-call (`sendmsg`); done means that the switch has queued it.

    The argument goes in a header of its own, which has no limit but that of a whole command, 10 MB.
    """
    headers = [("call-command", "execute"), ("execute-app-name", places.name("application", application))]
    if argument:
        place = f"argument of {application}"
        headers.append(("execute-app-arg", places.application_argument(place, argument)))
    return Command(f"sendmsg {places.leg(uuid)}", tuple(headers))


def sendevent(event: str, headers: Mapping[str, str]) -> Command:
    """Have the switch tell an event to its own modules and to all who subscribe to it; fired in its order.

    A `unique-id` that is a leg's would hand the event to that leg instead (parse_command).
    """
    checked = tuple(
        (places.name("event header", name), places.argument(f"event header {name}", value))
        for name, value in headers.items()
    )
    return Command(f"sendevent {places.name('event', event)}", checked)


def _secret(password: str) -> str:
    try:
        return places.text("password", password)
    except UnsafeValue:  # its text shows the value, and `from None` keeps it out of the traceback too
        raise UnsafeValue("The password cannot go to the switch: it has a control character.") from None


def _event_line(verb: str, events: Sequence[str], custom: Sequence[str]) -> str:
    if not events and not custom:
        raise UnsafeValue(f"{verb} needs the name of at least one event.")
    if "CUSTOM" in events:
        raise places.refuse("event", "CUSTOM", "name its subclasses instead")
    words = [verb, *(places.name("event", event) for event in events)]
    if custom:
        words += ["CUSTOM", *(places.word("event subclass", subclass) for subclass in custom)]
    return " ".join(words)

"""Builders for the event socket's own commands; `api` has those for the switch's API.

Every value that goes to the switch passes through these two modules. All builders raise UnsafeValue for a
value that cannot be written exactly, and do no IO. The switch reads commands in `parse_command` of
mod_event_socket.c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.errors import UnsafeValue
from controller.eventsocket import places


@dataclass(frozen=True, slots=True)
class Command:
    """One command: a line and its headers. No value in them can start a second command."""

    line: str
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for value in (self.line, *(part for header in self.headers for part in header)):
            places.text("command", value)
        if not self.line or self.line.startswith(" "):
            raise places.refuse("command", self.line, "it must start with its name")
        # parse_command takes any line that contains these words for an order to unload the module
        lowered = self.line.lower()
        if "mod_event_socket" in lowered and ("unload" in lowered or "reload" in lowered):
            raise places.refuse("command", self.line, "the switch would unload its event socket")

    def __str__(self) -> str:
        """The command for a log and for errors, without what may be secret.

        That is a password, and of an API call all but its name and its leg: a dial string has the token of a
        page across switches.
        """
        verb, *words = self.line.split(" ")
        if verb in ("auth", "userauth"):
            return verb
        if verb in ("api", "bgapi"):
            words = words[: 2 if words[0].startswith("uuid_") else 1]
        return " ".join((verb, *words))

    def __repr__(self) -> str:
        return f"<Command {self}>"

    def encode(self) -> bytes:
        """The bytes to send, blank line included."""
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers)]
        return ("\n".join(lines) + "\n\n").encode()


def auth(password: str) -> Command:
    """Log in with the password of the event socket."""
    return Command(f"auth {_secret(password)}")


def userauth(user: str, password: str) -> Command:
    """Log in as `user@domain` of the directory; the user's `esl-allowed-*` parameters give its rights."""
    local, at, domain = places.word("login", user).partition("@")
    if not (local and at and domain) or ":" in user or "@" in domain:
        raise places.refuse("login", user, "it must be user@domain")
    return Command(f"userauth {user}:{_secret(password)}")


def subscribe(events: Sequence[str], custom: Sequence[str] = ()) -> Command:
    """Subscribe to `events` by name, and to CUSTOM events by subclass, as JSON.

    CUSTOM and its subclasses come last: the switch takes every word after CUSTOM for a subclass.
    """
    return Command(_event_line("event json", events, custom))


def nixevent(events: Sequence[str], custom: Sequence[str] = ()) -> Command:
    """Unsubscribe from `events`, and from CUSTOM events of these subclasses."""
    return Command(_event_line("nixevent", events, custom))


def event_filter(header: str, value: str) -> Command:
    """Receive only events whose `header` is `value`, and those that another filter lets through.

    Filters apply to every event: a filter on Unique-ID hides BACKGROUND_JOB and so the output of `bgapi`.
    """
    if not value or value.startswith(("/", "+", "-")):
        raise places.refuse("filter value", value, "the switch would read it as a pattern")
    places.argument("filter value", value)
    return Command(f"filter add {places.name('filter header', header)} {value}")


def leave() -> Command:
    """Close the connection politely (`exit`)."""
    return Command("exit")


def execute(uuid: str, application: str, argument: str = "") -> Command:
    """Run an application on a leg during its call (`sendmsg`); DONE means that the switch has queued it.

    The argument has its own header; its only limit is that of a whole command, 10 MB.
    """
    headers = [("call-command", "execute"), ("execute-app-name", places.name("application", application))]
    if argument:
        place = f"argument of {application}"
        headers.append(("execute-app-arg", places.application_argument(place, argument)))
    return Command(f"sendmsg {places.leg(uuid)}", tuple(headers))


def sendevent(event: str, headers: Mapping[str, str]) -> Command:
    """Fire an event on the switch, for its modules and for all that have subscribed to it.

    With the uuid of a leg as `unique-id`, the event would go to that leg instead (parse_command).
    """
    checked = tuple(
        (places.name("event header", name), places.argument(f"event header {name}", value))
        for name, value in headers.items()
    )
    return Command(f"sendevent {places.name('event', event)}", checked)


def _secret(password: str) -> str:
    try:
        return places.text("password", password)
    except UnsafeValue:  # its text shows the password; `from None` keeps it out of the traceback, too
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

"""Logins of the event socket with limited rights: `userauth` (parse_command, mod_event_socket.c)."""

from __future__ import annotations

from dataclasses import dataclass

#: Calls that run other calls, so both must be allowed (auth_api_command).
_SNEAKY = ("bgapi", "sched_api", "eval", "expand", "xml_wrap")


@dataclass(frozen=True)
class Login:
    """A user of the directory with its rights on the event socket; None allows everything.

    `calls` is esl-allowed-api. `events` is esl-allowed-events: names of events, and subclasses of CUSTOM.
    """

    password: str
    calls: frozenset[str] | None = None
    events: frozenset[str] | None = None

    def may_call(self, name: str, argument: str) -> bool:
        """Whether an API call is allowed, and every call that it runs."""
        if self.calls is None:
            return True
        while name in self.calls:
            if name not in _SNEAKY or not argument:
                return True
            name, _, argument = argument.partition(" ")
        return False

    def may_hear(self, words: list[str]) -> bool:
        """Whether all events of an `event` command are allowed."""
        named = [word for word in words if word.lower() not in ("plain", "json", "custom")]
        return self.events is None or all(word in self.events for word in named)

    def told(self) -> str:
        """The headers with its rights in the answer to a login."""
        events = " ".join(sorted(self.events)) if self.events is not None else "all"
        calls = " ".join(sorted(self.calls)) if self.calls is not None else "all"
        return f"Allowed-Events: {events}\nAllowed-API: {calls}\nAllowed-LOG: true\n"

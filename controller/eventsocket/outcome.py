"""What became of a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The four things that can become of a command."""

    DONE = "done"
    #: The switch answered, and said no.
    REFUSED = "refused"
    #: The switch has not seen it: sending it again is safe.
    NOT_SENT = "not sent"
    #: The switch may have run it, or may yet: it had not answered by the deadline or when it dropped us.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command; `text` is the switch's answer, or our own sentence when there was none."""

    status: Status
    text: str = ""

    @property
    def done(self) -> bool:
        """Whether the switch did it."""
        return self.status is Status.DONE

    @classmethod
    def of_answer(cls, text: str) -> Outcome:
        """The outcome that the switch's answer stands for, an `api`'s output or a command's Reply-Text.

        `-ERR no reply` is how an empty output reads (`api_exec`, mod_event_socket.c).
        """
        text = text.rstrip("\n")
        if text == "-ERR no reply":
            return cls(Status.DONE)
        return cls(Status.REFUSED if text.startswith(("-ERR", "-USAGE")) else Status.DONE, text)

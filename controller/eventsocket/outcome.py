"""The outcome of a command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

#: An answer that names a hang-up cause (switch_channel_cause2str, switch_channel.c).
_CAUSE = re.compile(r"-ERR ([A-Z][A-Z0-9_]*)")


class Status(StrEnum):
    """The four kinds of outcomes."""

    DONE = "done"
    #: The switch answered with an error.
    REFUSED = "refused"
    #: The switch has not received the command: sending it again is safe.
    NOT_SENT = "not sent"
    #: The switch may have run the command, or may still run it: no answer came before the deadline or the end
    #: of the connection.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a command; `text` is the switch's answer, or our own sentence if there was none."""

    status: Status
    text: str = ""

    @property
    def done(self) -> bool:
        """Whether the switch has run the command."""
        return self.status is Status.DONE

    @property
    def cause(self) -> str:
        """The hang-up cause with which the switch has refused a call; empty if it has named none."""
        found = _CAUSE.fullmatch(self.text.strip()) if self.status is Status.REFUSED else None
        return found[1] if found else ""

    @classmethod
    def of_answer(cls, text: str) -> Outcome:
        """The outcome for an answer of the switch: the output of an `api`, or the Reply-Text of a command.

        The switch sends `-ERR no reply` for an empty output (`api_exec`, mod_event_socket.c).
        """
        text = text.rstrip("\n")
        if text == "-ERR no reply":
            return cls(Status.DONE)
        return cls(Status.REFUSED if text.startswith(("-ERR", "-USAGE")) else Status.DONE, text)

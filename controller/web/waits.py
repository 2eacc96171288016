"""The requests that wait for the end of a message: there is a limit for all, and for those of one token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

#: Requests that wait at the same time: all together, and of one token. With the streams of events they leave
#: room among the connections (`connections.AT_ONCE`).
ALL, PER_TOKEN = 120, 40
#: Reads of the database a second for all of them, and the seconds between two reads for one.
READS, LOOK = 20, 1.0
#: Seconds after which a client that was refused may ask again.
RETRY = 10


class Waits:
    """The waiting requests of one controller."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._of.total()

    @property
    def pause(self) -> float:
        """Seconds between two reads for one of them: the more wait, the longer."""
        return max(LOOK, len(self) / READS)

    @contextmanager
    def place(self, token: str) -> Iterator[None]:
        """For the time of the block, a request of this token waits.

        Raises TooManyRequests, and ServiceUnavailable if those of all tokens are too many.
        """
        if self._of[token] >= PER_TOKEN:
            raise TooManyRequests(
                f"{PER_TOKEN} requests of this token wait for messages: ask again later, or without wait.",
                retry_after=RETRY,
            )
        if len(self) >= ALL:
            raise ServiceUnavailable(
                "Too many requests wait for messages: ask again later, or without wait.", retry_after=RETRY
            )
        self._of[token] += 1
        try:
            yield
        finally:
            self._of[token] -= 1
            self._of += Counter()  # without the tokens that wait no more

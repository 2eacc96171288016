"""Decides when to report a lasting failure again."""

from __future__ import annotations

import time
from collections.abc import Callable

#: The number of different failures that are each reported at once; further ones wait.
_DIFFERENT = 10


class Reminder:
    """The first failure is reported at once, then after `first` seconds, then after waits that double.

    `longest` is the longest of these waits, in seconds. A failure with a new text is reported at once, too.
    """

    def __init__(
        self, first: float = 10.0, longest: float = 60.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first, self._longest, self._clock = first, longest, clock
        self._known: set[str] = set()
        self._wait = first
        self._due = 0.0

    def due(self, text: str) -> bool:
        """Whether a failure must be reported now; if True, the caller reports it."""
        now = self._clock()
        if text not in self._known and len(self._known) < _DIFFERENT:
            self._known.add(text)
            self._wait = self._first
        elif now < self._due:
            return False
        self._due = now + self._wait
        self._wait = min(2 * self._wait, self._longest)
        return True

    def forget(self) -> None:
        """Begin again after a success: the next failure is reported at once."""
        self._known.clear()

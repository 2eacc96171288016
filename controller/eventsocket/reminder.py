"""When to tell again of what goes on failing."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Different failures that are told of at once; more than these wait for their turn.
_DIFFERENT = 10


class Reminder:
    """Tells of the first failure at once, then after `first` seconds, then after waits that double.

    `longest`, in seconds, is the longest of these waits. A failure with another text than all before it is
    told of at once, too.
    """

    def __init__(
        self, first: float = 10.0, longest: float = 60.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first, self._longest, self._clock = first, longest, clock
        self._known: set[str] = set()
        self._wait = first
        self._due = 0.0

    def due(self, text: str) -> bool:
        """Whether to tell of a failure now. Who is answered True tells of it."""
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
        """It works again: the next failure is the first."""
        self._known.clear()

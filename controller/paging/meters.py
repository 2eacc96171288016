"""What is counted beside one switch: plain numbers, which whoever shows them reads when he wants to."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence

from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.eventsocket.outcome import Status

#: Upper bounds in seconds: of an answer of the switch, which looks for commands every 20 ms at the least
#: (listener_run, mod_event_socket.c); of our own part of a decision; and of all that the pager waits.
ANSWERS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DECISIONS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
WAITS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
#: Refusals that are remembered for people who watch.
LATELY = 10


class Distribution:
    """Durations in seconds: how many, their sum, and how many were no longer than each bound."""

    __slots__ = ("_counts", "bounds", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    @property
    def counts(self) -> tuple[int, ...]:
        """How many were longer than the bound before and no longer than this one; then those beyond all."""
        return tuple(self._counts)

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(self._counts)


Answers = dict[Status, Distribution]


class Meters:
    """The counts of one switch's pages and commands. Every code has its number from the first on, 0."""

    def __init__(self) -> None:
        #: How long the switch took, by what became of it: for quick commands, and for those that it ran in
        #: the background, as long as they take.
        self.quick: Answers = {status: Distribution(ANSWERS) for status in Status}
        self.background: Answers = {status: Distribution(ANSWERS) for status in Status}
        #: Our own part of taking a request: all of it but waiting for the switch.
        self.own = Distribution(DECISIONS)
        #: From the request until its pager is connected, ringing or refused.
        self.taken = Distribution(WAITS)
        self.attempts = dict.fromkeys(Treatment, 0)
        self.refusals = dict.fromkeys(Reason, 0)
        self.endings = dict.fromkeys(Ending, 0)
        #: The last few refusals, the newest last.
        self.lately: deque[PageRecord] = deque(maxlen=LATELY)

    def attempted(self, record: PageRecord) -> None:
        """Something was made of an attempt."""
        self.attempts[record.treatment] += 1
        if record.reason is not None:
            self.refusals[Reason(record.reason)] += 1
            self.lately.append(record)

    def repeated(self, reason: Reason) -> None:
        """One more attempt was refused for the same as before, which nobody who watches need be told."""
        self.attempts[Treatment.REFUSED] += 1
        self.refusals[reason] += 1

    def ended(self, ending: Ending) -> None:
        """A page or call came to its end."""
        self.endings[ending] += 1

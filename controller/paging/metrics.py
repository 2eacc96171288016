"""What is counted beside one switch: plain numbers, which whoever shows them reads when he wants to."""

from __future__ import annotations

from collections import deque

from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.histogram import Histogram
from controller.paging.events import Bus, PageEnded, RefusedAgain, RequestTaken

#: Upper bounds in seconds: of our own part of a decision, and of all that the pager waits.
DECISIONS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
WAITS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
#: Refusals that are remembered for people who watch.
LATELY = 10


class Metrics:
    """The counts of one switch's pages. Every code has its number from the first on, 0."""

    def __init__(self) -> None:
        #: Our own part of taking a request: all of it but waiting for the switch.
        self.own = Histogram(DECISIONS)
        #: From the request until its pager is connected, ringing or refused.
        self.taking = Histogram(WAITS)
        self.attempts = dict.fromkeys(Treatment, 0)
        self.refusals = dict.fromkeys(Reason, 0)
        self.endings = dict.fromkeys(Ending, 0)
        #: The last few refusals, the newest last.
        self.lately: deque[PageRecord] = deque(maxlen=LATELY)

    def subscribe(self, events: Bus) -> None:
        """Count what is published from now on."""
        events.subscribe(RequestTaken, self.taken)
        events.subscribe(RefusedAgain, self.refused_again)
        events.subscribe(PageEnded, self.ended)

    def taken(self, event: RequestTaken) -> None:
        """Something was made of an attempt."""
        record = event.record
        self.attempts[record.treatment] += 1
        self.taking.observe(event.seconds)
        self.own.observe(event.own)
        if record.reason is not None:
            self.refusals[Reason(record.reason)] += 1
            self.lately.append(record)

    def refused_again(self, event: RefusedAgain) -> None:
        """One more attempt was refused for the same as before, which nobody who watches need be told."""
        self.attempts[Treatment.REFUSED] += 1
        self.refusals[event.reason] += 1

    def ended(self, event: PageEnded) -> None:
        """A page or call came to its end."""
        if event.witnessed and event.record.ending:
            self.endings[Ending(event.record.ending)] += 1

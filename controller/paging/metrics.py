"""The counts of the pages of one switch, as plain numbers; web/metrics.py and `watch` read them."""

from __future__ import annotations

from collections import deque

from controller.domain.message import Result, result_of
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.histogram import Histogram
from controller.paging.events import (
    Bus,
    ClickRefused,
    CrossingFailed,
    PageEnded,
    PageRefused,
    PartBegun,
    RefusedAgain,
    RequestTaken,
)

#: Upper bounds of the histograms in seconds: our own part of a decision, and the whole time that the pager
#: waits.
DECISIONS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
WAITS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
#: The number of refusals that `watch` can show.
LATELY = 10


class Metrics:
    """The counts of one switch's pages. Every reason and ending has a count from the start, 0."""

    def __init__(self) -> None:
        #: Our own part of the time for a request: all of it but the time of waiting for the switch.
        self.own = Histogram(DECISIONS)
        #: The time from the request until its pager is connected, hears ringing, or is refused.
        self.taking = Histogram(WAITS)
        self.attempts = dict.fromkeys(Treatment, 0)
        self.refusals = dict.fromkeys(Reason, 0)
        self.endings = dict.fromkeys(Ending, 0)
        #: The messages among these attempts and endings, by what has become of them.
        self.messages = dict.fromkeys(set(Result) - {Result.WAITING}, 0)
        #: The last few refusals, the newest last.
        self.lately: deque[PageRecord] = deque(maxlen=LATELY)

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the events that are counted."""
        events.subscribe(RequestTaken, self.taken)
        events.subscribe(ClickRefused, self.click_refused)
        events.subscribe(RefusedAgain, self.refused_again)
        events.subscribe(PageEnded, self.ended)
        events.subscribe(CrossingFailed, self.not_arrived)
        events.subscribe(PartBegun, self.part_begun)
        events.subscribe(PageRefused, self.part_refused)

    def taken(self, event: RequestTaken) -> None:
        """Count a request that was carried out or refused; `part_refused` counts a refused part of a page."""
        record = event.record
        if record.reason is None or not record.part_of:
            self._count(record)
        self.taking.observe(event.seconds)
        self.own.observe(event.own)

    def click_refused(self, event: ClickRefused) -> None:
        """Nothing was made of a click, and there is no request to count."""
        self._count(event.record)

    def refused_again(self, event: RefusedAgain) -> None:
        """Count a repeated refusal; it does not appear among the last refusals."""
        self.attempts[Treatment.REFUSED] += 1
        self.refusals[event.reason] += 1

    def not_arrived(self, event: CrossingFailed) -> None:
        """A call has not arrived at another switch, where it would have been counted."""
        self._count(event.record)
        if event.record.treatment is not Treatment.REFUSED and event.record.ending:
            self.endings[Ending(event.record.ending)] += 1

    def part_begun(self, event: PartBegun) -> None:
        """Count a member of a page group that is to be reached."""
        self.attempts[event.record.treatment] += 1

    def part_refused(self, event: PageRefused) -> None:
        """Count a member that is left out; what is no part of a page to a group is counted as it is taken."""
        if event.record.part_of:
            self._count(event.record)

    def ended(self, event: PageEnded) -> None:
        """Count the end of a page or call."""
        if event.witnessed and event.record.ending:
            self.endings[Ending(event.record.ending)] += 1
            if event.record.message is not None:
                self.messages[result_of(event.record)] += 1

    def _count(self, record: PageRecord) -> None:
        self.attempts[record.treatment] += 1
        if record.reason is not None:
            self.refusals[Reason(record.reason)] += 1
            if record.message is not None:
                self.messages[Result.REFUSED] += 1
            self.lately.append(record)

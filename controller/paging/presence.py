"""Who is on a call, on all switches together; published as the users of one domain change.

A change after a quiet moment is published at once. Those that follow it are gathered for a moment, so that a
busy office is a few messages and not hundreds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from gevent import Greenlet

from controller.clock import REAL, Clock, date
from controller.domain.names import UserName
from controller.domain.presence import CallState, Present
from controller.paging.events import Bus, PresenceChanged
from controller.switch.standings import Standing, Standings

#: Seconds from one message to the next, in which changes are gathered.
GATHERED = 0.2
_ORDER = tuple(CallState)


class Presence:
    """The users that have a leg, and what they do."""

    def __init__(self, events: Bus, *, clock: Clock = REAL) -> None:
        self._events = events
        self._clock = clock
        self._found: dict[UserName, dict[str, Standing]] = {}
        self._shown: dict[UserName, Present] = {}
        self._waiting: set[UserName] = set()
        self._telling: Greenlet[[], object] | None = None
        self._next = 0.0  # when the next message may be (Clock.monotonic)

    def of(self, domain: str = "") -> tuple[Present, ...]:
        """The users that are not free, those of one domain or all, by name."""
        users = sorted(user for user in self._found if not domain or user.domain == domain)
        return tuple(present for user in users if (present := self._present(user)))

    def learn(self, switch: str, standings: Standings) -> None:
        """Take what has changed in the standings of a switch."""
        for user in standings.touched():
            if standing := standings.of(user):
                self._found.setdefault(user, {})[switch] = standing
            elif user in self._found:
                self._found[user].pop(switch, None)
                if not self._found[user]:
                    del self._found[user]
            self._waiting.add(user)
        if self._waiting and self._telling is None:
            wait = max(self._next - self._clock.monotonic(), 0.0)
            self._telling = self._clock.later(wait, self._tell)

    def stop(self) -> None:
        """Publish nothing any more."""
        if self._telling is not None:
            self._telling.kill(block=False)

    def _tell(self) -> None:
        self._telling = None
        self._next = self._clock.monotonic() + GATHERED
        waiting, self._waiting = self._waiting, set()
        for domain, changed in _by_domain(filter(None, map(self._change, sorted(waiting)))).items():
            self._events.publish(PresenceChanged(domain, tuple(changed)))

    def _change(self, user: UserName) -> Present | None:
        """How a user is now, if that is new."""
        now, shown = self._present(user), self._shown.get(user)
        if now == shown:
            return None
        if now is None:
            del self._shown[user]
            return Present(user, CallState.FREE, date(self._clock))
        self._shown[user] = now
        return now

    def _present(self, user: UserName) -> Present | None:
        """How a user is; None if it is free."""
        found = self._found.get(user, {}).values()
        best = min(found, key=lambda each: (_ORDER.index(each.state), each.since), default=None)
        if best is None:
            return None
        return Present(user, best.state, datetime.fromtimestamp(best.since / 1_000_000, UTC))


def _by_domain(changed: Iterable[Present]) -> dict[str, list[Present]]:
    found = defaultdict(list)
    for present in changed:
        found[present.user.domain].append(present)
    return found

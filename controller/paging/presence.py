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
from controller.switch.standings import Standing, Standings, first

#: Seconds from one message to the next, in which changes are gathered.
GATHERED = 0.2


class Presence:
    """The users that have a leg, and what they do."""

    def __init__(self, events: Bus, *, clock: Clock = REAL) -> None:
        self._events = events
        self._clock = clock
        self._standings: dict[str, Standings] = {}
        self._waiting: dict[UserName, Standing | None] = {}  # what they did at the last message
        self._telling: Greenlet[[], object] | None = None
        self._next = 0.0  # when the next message may be (Clock.monotonic)

    def of(self, domain: str = "") -> tuple[Present, ...]:
        """The users that are not free, those of one domain or all, by name."""
        users = {user for each in self._standings.values() for user in each.users()}
        found = (self._now(user) for user in sorted(users) if not domain or user.domain == domain)
        return tuple(_present(standing) for standing in found if standing)

    def learn(self, switch: str, standings: Standings) -> None:
        """Take what has changed in the standings of a switch."""
        self._standings[switch] = standings
        others = [each for each in self._standings.values() if each is not standings]
        for user, before in standings.touched().items():
            if user not in self._waiting:
                known = (before, *(each.before(user) for each in others))
                self._waiting[user] = first(filter(None, known))
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
        waiting, self._waiting = self._waiting, {}
        changed = (self._change(user, waiting[user]) for user in sorted(waiting))
        for domain, users in _by_domain(filter(None, changed)).items():
            self._events.publish(PresenceChanged(domain, tuple(users)))

    def _change(self, user: UserName, before: Standing | None) -> Present | None:
        """How a user is now, if that is new."""
        now = self._now(user)
        if now == before:
            return None
        return _present(now) if now else Present(user, CallState.FREE, date(self._clock))

    def _now(self, user: UserName) -> Standing | None:
        """What a user does; None if it is free."""
        return first(filter(None, (each.before(user) for each in self._standings.values())))


def _present(standing: Standing) -> Present:
    return Present(standing.user, standing.state, datetime.fromtimestamp(standing.since / 1_000_000, UTC))


def _by_domain(changed: Iterable[Present]) -> dict[str, list[Present]]:
    found = defaultdict(list)
    for present in changed:
        found[present.user.domain].append(present)
    return found

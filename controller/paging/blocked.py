"""The users that have switched off pages to themselves (Whisper Page Off).

SQL has the setting, and a request for a page reads it there. This module serves the lamps and the pages that
are up: it publishes every change. It publishes a change that is made here at once, and a change that another
program or a person makes in SQL after its next look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.errors import StoreError
from controller.paging.events import BlockChanged, Bus
from controller.supervision import Lasting

#: Seconds between two looks, and the maximum while the database does not answer.
EVERY, SELDOM = 5.0, 60.0
#: Seconds for which the result of a look is used: after a failure, hundreds of phones ask at once.
FRESH = 1.0

_log = structlog.get_logger(__name__)


class BlockedUsers:
    """The users that have switched off pages to themselves, as last seen; it looks `every` so many seconds.

    `read` returns these users. `block` switches pages to a user off or on, and returns whether they are off
    now. Both ask the store and raise StoreError.
    """

    def __init__(
        self,
        read: Callable[[], frozenset[UserName]],
        block: Callable[[UserName, Toggle], bool],
        events: Bus,
        every: float = EVERY,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._read = read
        self._block = block
        self._events = events
        self._clock = clock
        self._every = every
        self._since: dict[UserName, float] = {}
        self._changes = 0
        self._looked = -FRESH
        self._watching = Lasting("pages off", self._watch, clock=clock)

    @property
    def trouble(self) -> str:
        """Why the regular look has stopped, in one sentence; empty from `start` to `stop`."""
        return self._watching.trouble

    def __contains__(self, user: object) -> bool:
        return user in self._since

    def __iter__(self) -> Iterator[UserName]:
        return iter(tuple(self._since))

    def after(self, user: UserName, moment: float) -> bool:
        """Whether a user has switched off pages after this moment (`Clock.monotonic`)."""
        return self._since.get(user, 0.0) > moment

    def block(self, user: UserName, toggle: Toggle) -> bool:
        """Switch pages to a user off or on; return whether they are off now. Raises StoreError.

        The setting is in SQL when this returns. Off also ends a whisper page to the user, on every switch.
        """
        now_off = self._block(user, toggle)
        self._changes += 1
        self._learn(user, now_off)
        return now_off

    def seen_on(self, user: UserName) -> None:
        """Note that SQL has just shown pages to a user to be on."""
        if user in self:
            self._changes += 1
            self._learn(user, False)

    def look(self) -> None:
        """Read the setting of all users, and publish the changes. Raises StoreError."""
        self._looked = self._clock.monotonic()
        changes = self._changes
        now_off = self._read()
        if changes == self._changes:  # else a change made here meanwhile may be newer than the data read
            for user in now_off ^ self._since.keys():
                self._learn(user, user in now_off)

    def current(self, user: UserName) -> bool:
        """Whether a user has switched off pages, by SQL; as last seen if the database does not answer."""
        if self._clock.monotonic() - self._looked >= FRESH:
            try:
                self.look()
            except StoreError as error:
                _log.warning("blocks.unread", error=str(error))
        return user in self

    def start(self) -> None:
        """Start to look regularly."""
        self._watching.start()

    def stop(self) -> None:
        """Stop looking."""
        self._watching.stop()

    def _watch(self) -> None:
        pause = self._every
        while True:
            try:
                self.look()
                pause = self._every
            except StoreError as error:
                pause = min(2 * pause, SELDOM)
                _log.warning("blocks.unread", error=str(error), again_in=pause)
            self._clock.sleep(pause)

    def _learn(self, user: UserName, off: bool) -> None:
        if off:
            self._since.setdefault(user, self._clock.monotonic())
        else:
            self._since.pop(user, None)
        self._events.publish(BlockChanged(user, off))

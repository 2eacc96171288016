"""The users that have switched pages to themselves off (Whisper Page Off).

SQL has it, and a page asks SQL. This is for what does not ask: lamps, and pages that are up. So it publishes
every change, at once one that is made here, and any other, by a program or by hand, at its next look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import gevent
import structlog

from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.errors import StoreError
from controller.paging.events import BlockChanged, Bus
from controller.supervision import Lasting

#: Seconds between two looks, and the most while the database does not answer.
EVERY, SELDOM = 5.0, 60.0
#: Seconds for which what was seen is good for an answer: after a failure phones ask by hundreds at once.
FRESH = 1.0

_log = structlog.get_logger(__name__)


class BlockedUsers:
    """The users that have switched pages to themselves off, as last seen. `every` is in seconds.

    `read` tells who they are, and `block` switches pages to one off or on and tells whether they are off now.
    Both ask the store, and raise StoreError.
    """

    def __init__(
        self,
        read: Callable[[], frozenset[UserName]],
        block: Callable[[UserName, Toggle], bool],
        events: Bus,
        every: float = EVERY,
    ) -> None:
        self._read = read
        self._block = block
        self._events = events
        self._every = every
        self._since: dict[UserName, float] = {}
        self._changes = 0
        self._looked = -FRESH
        self._watching = Lasting("pages off", self._watch)

    @property
    def trouble(self) -> str:
        """Why nobody looks, in one sentence; empty from `start` to `stop`."""
        return self._watching.trouble

    def __contains__(self, user: object) -> bool:
        return user in self._since

    def __iter__(self) -> Iterator[UserName]:
        return iter(tuple(self._since))

    def after(self, user: UserName, moment: float) -> bool:
        """Whether a user has switched pages off after this moment (`time.monotonic`)."""
        return self._since.get(user, 0.0) > moment

    def block(self, user: UserName, toggle: Toggle) -> bool:
        """Block pages to a user, or no longer. Whether they are off now. Raises StoreError.

        It is in SQL when this returns. Off ends a whisper page that is up to the user, on every switch.
        """
        now_off = self._block(user, toggle)
        self._changes += 1
        self._learn(user, now_off)
        return now_off

    def seen_on(self, user: UserName) -> None:
        """SQL has just said that pages to a user are on, whatever was seen before."""
        if user in self:
            self._changes += 1
            self._learn(user, False)

    def look(self) -> None:
        """See what others have changed. Raises StoreError."""
        self._looked = monotonic()
        changes = self._changes
        now_off = self._read()
        if changes == self._changes:  # else what was read may be older than what was written here
            for user in now_off ^ self._since.keys():
                self._learn(user, user in now_off)

    def current(self, user: UserName) -> bool:
        """Whether a user has switched pages off, by SQL; as last seen if SQL cannot tell."""
        if monotonic() - self._looked >= FRESH:
            try:
                self.look()
            except StoreError as error:
                _log.warning("blocks.unread", error=str(error))
        return user in self

    def start(self) -> None:
        """Look again and again."""
        self._watching.start()

    def stop(self) -> None:
        """Look no longer."""
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
            gevent.sleep(pause)

    def _learn(self, user: UserName, off: bool) -> None:
        if off:
            self._since.setdefault(user, monotonic())
        else:
            self._since.pop(user, None)
        self._events.publish(BlockChanged(user, off))

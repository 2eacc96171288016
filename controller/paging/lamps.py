"""Keeps the lamps of phones' keys as the pages are: tells the phones of changes, and answers who asks.

What changes is only noted by who changes it. One greenlet then looks at how the lamps should be and tells
what is not so, one thing after the other: no page waits for a lamp, and the last word is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from gevent.queue import Full, JoinableQueue

from controller.domain.names import UserName
from controller.errors import InvalidValue, UnsafeValue
from controller.eventsocket.api import uuid_getvar
from controller.eventsocket.events import Event
from controller.paging.blocked import BlockedUsers
from controller.paging.events import (
    BlockChanged,
    Bus,
    PageCameUp,
    PageEnded,
    PageEvent,
    PageMuted,
    PageUnseen,
    PageVanished,
)
from controller.paging.live import LivePage, LivePages
from controller.supervision import Lasting
from controller.switch.keys import SIGN
from controller.switch.lamps import Lamp, Probe, probe, tell
from controller.switch.legs import Legs
from controller.switch.pagelegs import relay_uuid
from controller.switch.queries import Switch

#: Users and questions that wait; past that, a phone's next subscription sets its lamp right.
WAITING = 10_000

_log = structlog.get_logger(__name__)


class Lamps:
    """The lamps on the switch that is called `name`; where they are not `on`, no phone is told of any.

    `deadline` in seconds is for each call to the switch.
    """

    def __init__(
        self,
        name: str,
        switch: Switch,
        deadline: float,
        legs: Legs,
        live: LivePages,
        blocked: BlockedUsers,
        *,
        on: bool = True,
    ) -> None:
        self._on = on
        self._switch = switch
        self._deadline = deadline
        self._legs = legs
        self._live = live
        self._blocked = blocked
        self._lit: set[tuple[Lamp, UserName]] = set()
        self._waiting: JoinableQueue[UserName | Probe] = JoinableQueue(maxsize=WAITING)
        self._noted: set[UserName] = set()
        self._work = Lasting(f"lamps {name}", self._run)
        self._work.start()

    def subscribe(self, pages: Bus, blocks: Bus) -> None:
        """Keep the lamps as the events of these say that pages and blocks are."""
        for kind in (PageCameUp, PageMuted, PageVanished, PageEnded):
            pages.subscribe(kind, self._page_changed)
        pages.subscribe(PageUnseen, self._page_unseen)
        blocks.subscribe(BlockChanged, lambda event: self.touch(event.user))

    @property
    def trouble(self) -> str:
        """Why no lamp is told of, in one sentence; empty until `stop`."""
        return self._work.trouble

    def touch(self, user: UserName) -> None:
        """Something has changed that a lamp of this user may show; never waits."""
        if user not in self._noted and self._put(user):
            self._noted.add(user)

    def touch_all(self) -> None:
        """The switch is in sight again, with lamps as they were or not: see to all that are to be lit."""
        paged = {live.record.paged for live in self._pages()} - {None}
        for user in sorted(filter(None, paged | {user for _, user in self._lit} | set(self._blocked))):
            self.touch(user)

    def on_probe(self, event: Event) -> None:
        """A phone asks for a lamp; called by the link, and never waits."""
        if asked := probe(event):
            self._put(asked)

    def drain(self, deadline: float) -> None:
        """Wait until every lamp is as it should be, for at most `deadline` seconds."""
        self._waiting.join(timeout=deadline)

    def stop(self) -> None:
        """Leave the lamps as they are."""
        self._work.stop()

    def _page_changed(self, event: PageEvent) -> None:
        if user := event.record.paged:
            self.touch(user)

    def _page_unseen(self, event: PageUnseen) -> None:
        """A page may have ended while nobody looked: its target's lamps may still be lit."""
        if user := event.record.paged:
            self._lit |= {(Lamp.PAGE, user), (Lamp.MUTE, user)}
            self.touch(user)

    def _put(self, what: UserName | Probe) -> bool:
        if not self._on:
            return False
        try:
            self._waiting.put_nowait(what)
        except Full:
            _log.warning("lamp.left_out", waiting=WAITING)
            return False
        return True

    def _run(self) -> None:
        while True:
            what = self._waiting.get()
            try:
                if isinstance(what, Probe):
                    self._answer(what)
                else:
                    self._noted.discard(what)
                    self._refresh(what)
            except (InvalidValue, UnsafeValue) as error:
                _log.info("lamp.of_nobody", error=str(error))
            except Exception:  # noqa: BLE001  # the other lamps go on
                _log.exception("lamp.failed")
            finally:
                self._waiting.task_done()

    def _refresh(self, user: UserName) -> None:
        pages = [live.page for live in self._pages() if live.record.paged == user]
        wanted = {
            Lamp.PAGE: bool(pages),
            Lamp.MUTE: any(page.muted for page in pages),
            Lamp.OFF: user in self._blocked,
        }
        for lamp, lit in wanted.items():
            if lit != ((lamp, user) in self._lit) and self._tell(lamp, user, lit):
                (self._lit.add if lit else self._lit.discard)((lamp, user))

    def _pages(self) -> Iterator[LivePage]:
        """The whisper pages that have come up and are not over."""
        return (live for live in self._live.all() if live.page.mark and live.record.answered_at)

    def _answer(self, asked: Probe) -> None:
        user = UserName.parse(asked.user)
        if asked.lamp is Lamp.OFF:
            lit = self._blocked.current(user)
        else:  # of the switch, for the page may be another controller's
            relays = (relay_uuid(leg) for leg in self._legs.of(str(user)))
            lit = any(self._up(relay, muted=asked.lamp is Lamp.MUTE) for relay in relays)
        self._tell(asked.lamp, user, lit, asked.subscription)

    def _up(self, relay: str, *, muted: bool) -> bool:
        name = SIGN if muted else "bridge_to"
        outcome = self._switch.api(uuid_getvar(relay, name), self._deadline)
        return outcome.done and outcome.text.strip() != "_undef_"

    def _tell(self, lamp: Lamp, user: UserName, lit: bool, subscription: str = "") -> bool:
        return self._switch.send(tell(lamp, str(user), lit, subscription), self._deadline).done

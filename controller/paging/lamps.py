"""Keeps the lamps of the phones' keys up to date: notifies phones of changes, and answers their questions.

The phones of a switch are told of the pages on all switches. An event only notes the user whose lamps may
have changed. One greenlet then compares the user's lamps with what they should be, and sends the differences
one after the other. So no page waits for a lamp, and the last message to a phone is right. Questions that
have come meanwhile are answered first: a phone that asks may be of another domain, and then the change is not
for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from gevent import Greenlet
from gevent.queue import Full, JoinableQueue

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.errors import SwitchTrouble
from controller.eventsocket.api import call, uuid_getvar
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Status
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
    SwitchChanged,
)
from controller.paging.everywhere import LiveEverywhere
from controller.paging.live import LivePage
from controller.paging.watchers import Watchers
from controller.supervision import Lasting
from controller.switch.identity import SwitchName
from controller.switch.keys import SIGN
from controller.switch.lamps import Lamp, Probe, probe, tell
from controller.switch.legs import Legs
from controller.switch.pagelegs import relay_uuid
from controller.switch.queries import Switch, SwitchQueries

#: Users and questions that can wait; a lamp beyond that is wrong until its phone renews the subscription.
WAITING = 10_000
#: Seconds until phones are notified again, if the switch has not confirmed that it has done so.
AGAIN = 5.0

_log = structlog.get_logger(__name__)


class Lamps:
    """The lamps on the switch `name`; if they are not `on`, no phone is notified.

    `deadline` in seconds is the limit for each call to the switch.
    """

    def __init__(
        self,
        name: SwitchName,
        switch: Switch,
        queries: SwitchQueries,
        deadline: float,
        legs: Legs,
        pages: LiveEverywhere,
        blocked: BlockedUsers,
        *,
        on: bool = True,
        clock: Clock = REAL,
    ) -> None:
        self._name = name
        self._on = on
        self._switch = switch
        self._queries = queries
        self._deadline = deadline
        self._legs = legs
        self._everywhere = pages
        self._blocked = blocked
        self._clock = clock
        #: The lamps that are lit, with the switches whose pages light them.
        self._lit: dict[tuple[Lamp, UserName], frozenset[str]] = {}
        self._waiting: JoinableQueue[UserName | Probe] = JoinableQueue(maxsize=WAITING)
        self._questions = 0  # those that wait
        self._noted: set[UserName] = set()
        self._postponed: set[UserName] = set()
        self._later: dict[UserName | Probe, Greenlet[[], object]] = {}
        self._watchers = Watchers()
        self._work = Lasting(f"lamps {name.address}", self._run, clock=clock)
        self._work.start()

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the events of all switches that change lamps, and to those of Whisper Page Off."""
        for kind in (PageCameUp, PageMuted, PageVanished, PageEnded):
            events.subscribe(kind, self._page_changed)
        events.subscribe(PageUnseen, self._page_unseen)
        events.subscribe(BlockChanged, lambda event: self.touch(event.user))
        events.subscribe(SwitchChanged, self._switch_changed)

    @property
    def trouble(self) -> str:
        """Why phones are not notified, in one sentence; empty until `stop`."""
        return self._work.trouble

    def touch(self, user: UserName) -> None:
        """Note that the lamps of this user may have changed; never waits.

        While the switch cannot be reached this does nothing: all lamps are looked at when it is back.
        """
        if user not in self._noted and not self._everywhere.away(str(self._name)) and self._put(user):
            self._noted.add(user)

    def _switch_changed(self, event: SwitchChanged) -> None:
        """Refresh the lamps that may be wrong because a switch could not be reached till now."""
        if not event.up:
            return
        own = event.switch == str(self._name)
        users = {user for lamp, user in self._lit if own or lamp is not Lamp.OFF}
        if own:
            users |= set(self._blocked) | set(filter(None, (live.record.on_call for live in self._pages())))
        for user in sorted(users):
            self.touch(user)

    def on_probe(self, event: Event) -> None:
        """Take a phone's question about a lamp; called by the link, never waits."""
        if asked := probe(event):
            self._put(asked)

    def drain(self, deadline: float) -> None:
        """Wait at most `deadline` seconds until every lamp is up to date."""
        with self._clock.timeout(deadline, False):
            self._waiting.join()

    def stop(self) -> None:
        """Stop updating the lamps; they stay as they are."""
        self._work.stop()
        for each in self._later.values():
            each.kill(block=False)

    def _page_changed(self, event: PageEvent) -> None:
        if user := event.record.on_call:
            self.touch(user)

    def _page_unseen(self, event: PageUnseen) -> None:
        """The page may have ended while no controller was connected: its lamps may still be lit."""
        if user := event.record.on_call:
            self._lit |= dict.fromkeys(
                ((Lamp.PAGE, user), (Lamp.MUTE, user)), frozenset({event.record.switch})
            )
            self.touch(user)

    def _put(self, what: UserName | Probe) -> bool:
        if not self._on:
            return False
        try:
            self._waiting.put_nowait(what)
        except Full:
            _log.warning("lamp.left_out", waiting=WAITING)
            return False
        self._questions += isinstance(what, Probe)
        return True

    def _run(self) -> None:
        while True:
            what = self._waiting.get()
            try:
                if isinstance(what, Probe):
                    self._questions -= 1
                    done = self._answer(what)
                elif self._questions and what not in self._postponed:
                    self._postponed.add(what)  # once, or a phone that asks again and again would hold it up
                    done = self._put(what)
                else:
                    self._postponed.discard(what)
                    self._noted.discard(what)
                    done = self._refresh(what)
                if not done:
                    self._try_later(what)
            except Exception:  # noqa: BLE001  # it must not stop the other lamps
                _log.exception("lamp.failed")
            finally:
                self._waiting.task_done()

    def _try_later(self, what: UserName | Probe) -> None:
        def again() -> None:
            del self._later[what]
            if isinstance(what, UserName):
                self.touch(what)
            else:
                self._put(what)

        if what not in self._later and len(self._later) < WAITING:
            self._later[what] = self._clock.later(AGAIN, again)

    def _refresh(self, user: UserName) -> bool:
        """Notify phones of the lamps that have changed; whether the switch has confirmed all of that."""
        changed: dict[Lamp, frozenset[str]] = {}
        for lamp, by in self._wanted(user).items():
            if bool(by) != ((lamp, user) in self._lit):
                changed[lamp] = by
            elif by:
                self._lit[lamp, user] = by
        if not changed:
            return True
        names, certain = self._watched_as(user)
        for lamp, by in changed.items():
            told = [self._tell_all(lamp, name, bool(by)) for name in names]
            if not (certain and all(told)):
                continue
            if by:
                self._lit[lamp, user] = by
            else:
                self._lit.pop((lamp, user), None)
        return all(((lamp, user) in self._lit) is bool(by) for lamp, by in changed.items())

    def _wanted(self, user: UserName) -> dict[Lamp, frozenset[str]]:
        """For each lamp of a user the switches that light it; none if it is to be dark."""
        pages = self._pages_to(user)
        return {
            Lamp.PAGE: self._still(Lamp.PAGE, user) | {live.record.switch for live in pages},
            Lamp.MUTE: self._still(Lamp.MUTE, user)
            | {live.record.switch for live in pages if live.page.muted},
            Lamp.OFF: frozenset({str(self._name)} if user in self._blocked else ()),
        }

    def _still(self, lamp: Lamp, user: UserName) -> frozenset[str]:
        """The switches that have lit a lamp and cannot be reached now: what they have may go on."""
        return frozenset(filter(self._everywhere.away, self._lit.get((lamp, user), ())))

    def _watched_as(self, user: UserName) -> tuple[tuple[UserName, ...], bool]:
        """The names by which a phone may watch a user, and whether that is certain.

        They are its own name and its number alias.
        """
        try:
            alias = self._queries.alias(user)
        except SwitchTrouble:
            return (user,), False
        return ((user,) if alias is None else (user, alias)), True

    def _pages_to(self, user: UserName) -> list[LivePage]:
        return [live for live in self._pages() if live.record.on_call == user]

    def _pages(self) -> Iterator[LivePage]:
        """The whisper pages that are up, on all switches."""
        return (live for live in self._everywhere.all() if live.page.mark and live.record.answered_at)

    def _answer(self, asked: Probe) -> bool:
        """Answer a phone's question; whether that is done."""
        if not self._watchers.admit(asked, stranger=self._is_stranger(asked)):
            _log.info("lamp.of_another_domain", lamp=asked.lamp, user=str(asked.user), asker=str(asked.asker))
            return True
        try:
            user = self._queries.named(asked.user) or asked.user
            lit = self._is_lit(asked.lamp, user)
        except SwitchTrouble:
            return False
        return self._tell(asked.lamp, asked.user, lit, asked.subscription)

    def _is_lit(self, lamp: Lamp, user: UserName) -> bool:
        if lamp is Lamp.OFF:
            return self._blocked.current(user)
        # of a page that is up, the switch may not have begun the bridge yet
        if self._pages_to(user) or self._still(lamp, user):
            return bool(self._wanted(user)[lamp])
        # ask the switch, for the page may be another controller's
        relays = (relay_uuid(leg) for leg in self._legs.of(user))
        return any(self._up(relay, muted=lamp is Lamp.MUTE) for relay in relays)

    def _is_stranger(self, asked: Probe) -> bool:
        """Whether a user of another domain asks; a phone may also name its domain by an IP address."""
        asker = asked.asker
        if asker is None or asker.domain == asked.user.domain:
            return False
        outcome = self._switch.api(call("user_data", str(asker), "attr", "id"), self._deadline)
        return outcome.done and bool(outcome.text.strip())

    def _up(self, relay: str, *, muted: bool) -> bool:
        name = SIGN if muted else "bridge_to"
        outcome = self._switch.api(uuid_getvar(relay, name), self._deadline)
        return outcome.done and outcome.text.strip() != "_undef_"

    def _tell_all(self, lamp: Lamp, user: UserName, lit: bool) -> bool:
        """Notify every phone that may see the lamp."""
        alone = self._watchers.told_alone(lamp, user)
        if alone is None:
            return self._tell(lamp, user, lit)
        told = [self._tell(lamp, user, lit, subscription) for subscription in alone]
        return all(told)

    def _tell(self, lamp: Lamp, user: UserName, lit: bool, subscription: str = "") -> bool:
        outcome = self._switch.send(tell(lamp, user, lit, subscription), self._deadline)
        return outcome.status in (Status.DONE, Status.REFUSED)  # what was refused once is refused again

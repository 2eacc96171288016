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
from controller.paging.blocks import Blocks
from controller.paging.board import Board
from controller.paging.page import WhisperPage
from controller.paging.post import Post
from controller.supervision import Lasting
from controller.switch.keys import SIGN
from controller.switch.lamps import Lamp, Probe, probe, tell
from controller.switch.pagelegs import relay_uuid

#: Users and questions that wait; past that, a phone's next subscription sets its lamp right.
WAITING = 10_000

_log = structlog.get_logger(__name__)


class Lamps:
    """The lamps on one switch; where they are not `on`, no phone is told of any."""

    def __init__(self, post: Post, board: Board, blocks: Blocks, *, on: bool = True) -> None:
        self._on = on
        self._clock = post.clock
        self._switch = post.switch
        self._deadline = post.deadline
        self._legs = post.survey.legs
        self._board = board
        self._blocks = blocks
        self._lit: set[tuple[Lamp, str]] = set()
        self._waiting: JoinableQueue[str | Probe] = JoinableQueue(maxsize=WAITING)
        self._noted: set[str] = set()
        self._work = Lasting(f"lamps {post.name}", self._run, clock=post.clock)
        self._work.start()

    @property
    def trouble(self) -> str:
        """Why no lamp is told of, in one sentence; empty until `stop`."""
        return self._work.trouble

    def touch(self, user: str) -> None:
        """Something has changed that a lamp of this user (`EXTENSION@DOMAIN`) may show; never waits."""
        if user not in self._noted and self._put(user):
            self._noted.add(user)

    def touch_all(self) -> None:
        """The switch is in sight again, with lamps as they were or not: see to all that are to be lit."""
        paged = {page.mark.target for page in self._pages()}
        for user in sorted(paged | {user for _, user in self._lit} | set(map(str, self._blocks))):
            self.touch(user)

    def put_out(self, user: str) -> None:
        """A page to this user has ended unseen: its lamps may still be lit."""
        self._lit |= {(Lamp.PAGE, user), (Lamp.MUTE, user)}
        self.touch(user)

    def on_probe(self, event: Event) -> None:
        """A phone asks for a lamp; called by the link, and never waits."""
        if asked := probe(event):
            self._put(asked)

    def drain(self, deadline: float) -> None:
        """Wait until every lamp is as it should be, for at most `deadline` seconds."""
        with self._clock.timeout(deadline, False):
            self._waiting.join()

    def stop(self) -> None:
        """Leave the lamps as they are."""
        self._work.stop()

    def _put(self, what: str | Probe) -> bool:
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

    def _refresh(self, user: str) -> None:
        pages = [page for page in self._pages() if page.mark.target == user]
        wanted = {
            Lamp.PAGE: bool(pages),
            Lamp.MUTE: any(page.muted for page in pages),
            Lamp.OFF: UserName.parse(user) in self._blocks,
        }
        for lamp, lit in wanted.items():
            if lit != ((lamp, user) in self._lit) and self._tell(lamp, user, lit):
                (self._lit.add if lit else self._lit.discard)((lamp, user))

    def _pages(self) -> Iterator[WhisperPage]:
        """The pages that have come up and are not over."""
        for live in self._board.all():
            if isinstance(live.course, WhisperPage) and live.record.answered_at:
                yield live.course

    def _answer(self, asked: Probe) -> None:
        user = UserName.parse(asked.user)
        if asked.lamp is Lamp.OFF:
            lit = self._blocks.current(user)
        else:  # of the switch, for the page may be another controller's
            relays = (relay_uuid(leg) for leg in self._legs.of(str(user)))
            lit = any(self._up(relay, muted=asked.lamp is Lamp.MUTE) for relay in relays)
        self._tell(asked.lamp, str(user), lit, asked.subscription)

    def _up(self, relay: str, *, muted: bool) -> bool:
        name = SIGN if muted else "bridge_to"
        outcome = self._switch.api(uuid_getvar(relay, name), self._deadline)
        return outcome.done and outcome.text.strip() != "_undef_"

    def _tell(self, lamp: Lamp, user: str, lit: bool, subscription: str = "") -> bool:
        return self._switch.send(tell(lamp, user, lit, subscription), self._deadline).done

"""Click to page: a request for a page that does not come from the pager's phone.

The first decision comes before anything rings. Then the pager's own phones ring; for a reverse page, whose
pager is on a call, those of the target that answer by themselves. The phone that is answered enters the
dialplan at the place where every page begins (`request`, dialplan/whisperpage.xml). From then on it is a page
like any other: any controller may claim it, and there is a new decision. A click that ends before that is
written to the history here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import uuid4

import structlog
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.clock import REAL, Clock, date
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.click import RINGING, Click, originate
from controller.paging.click_looks import ClickLooks, Found, without_trouble
from controller.paging.cluster import Cluster
from controller.paging.deciding import Decider
from controller.paging.events import Bus, ClickAnswered, ClickRefused, ClickRings, RefusedAgain
from controller.paging.limits import Limits
from controller.switch.identity import SwitchName
from controller.switch.queries import Switch, SwitchQueries

#: Seconds for which a finished click is remembered; after that the history has it.
REMEMBERED = 10.0
#: Seconds between attempts to hang up the legs of a cancelled click, which may not exist yet; and for all
#: attempts together.
AGAIN, PATIENCE = 0.1, 5.0

_log = structlog.get_logger(__name__)


class Clicks:
    """The clicks on the switch `name`; `deadline` in seconds is the limit for each call to it.

    `cluster` has all switches.
    """

    def __init__(
        self,
        name: SwitchName,
        switch: Switch,
        deadline: float,
        queries: SwitchQueries,
        decider: Decider,
        cluster: Cluster,
        limits: Limits,
        events: Bus,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._name = name
        self._switch = switch
        self._deadline = deadline
        self._looks = ClickLooks(queries, decider, limits)
        self._cluster = cluster
        self._limits = limits
        self._events = events
        self._clock = clock
        self._known: dict[str, Click] = {}
        self._called_off: dict[str, Reason] = {}
        self._ringing = Group()
        self._remembered = Group()

    def page(self, feature: Feature, pager: UserName, target: UserName, *, call_back: bool = False) -> Click:
        """Ring the pager's phones for a page, unless it would be refused; returns while they ring.

        While they ring, a second request for the same page returns the first click. `call_back`: the pager
        may not be at its phones, so none of them answers by itself; they show the target's name. It is
        refused if the pager is on a call by now.
        """
        return self._click(
            feature,
            pager,
            target,
            lambda: self._looks.page(feature, pager, target, call_back=call_back),
            call_back=call_back,
        )

    def reverse(self, pager: UserName, target: UserName) -> Click:
        """Ring the target's phones for a reverse page, unless it would be refused; returns while they ring.

        The pager is on a call. While they ring, a second request for the same page returns the first click.
        """
        return self._click(
            Feature.INTERCOM, pager, target, lambda: self._looks.reverse(pager, target), reverse=True
        )

    def _click(
        self,
        feature: Feature,
        pager: UserName,
        target: UserName,
        look: Callable[[], Found],
        *,
        reverse: bool = False,
        call_back: bool = False,
    ) -> Click:
        shut = self._limits.ask(pager)
        if shut and shut.record:
            self._limits.again(shut)
            self._events.publish(RefusedAgain(shut.refusal.reason))
            return _refused_again(feature, pager, target, shut.record, shut.refusal)
        page_id = str(uuid4())
        with bound_contextvars(page=page_id):
            found = Found(pager, target, shut.refusal) if shut else without_trouble(look, pager, target)
        pager, target = found.pager, found.target
        legs = tuple(str(uuid4()) for _ in found.devices)
        click = Click(
            page_id,
            str(self._name),
            feature,
            pager,
            target,
            found.devices,
            legs,
            date(self._clock),
            reverse,
        )
        # from here on nothing waits, so no second click can come in between
        other = next((each for each in self.ringing() if each.pager == pager), None)
        if other and (other.feature, other.target, other.reverse) == (feature, target, reverse):
            return other
        refusal = found.refusal or (Refusal(Reason.PAGER_RINGING) if other else None)
        if call_back and not refusal and not self._cluster.idle(pager):
            refusal = Refusal(Reason.PAGER_ON_CALL)
        call = None if refusal else originate(click, found)
        self._known[page_id] = click
        if call is None:
            nobody = Reason.NOT_REGISTERED if reverse else Reason.PAGER_NOT_REGISTERED
            self._over(click, refusal or Refusal(nobody))
        else:
            self._ringing.spawn(self._ring, click, call)
            self._events.publish(ClickRings(*_told(click)))
        if shut:
            shut.record = click.refused
        return click

    def stop(self) -> None:
        """Stop following the clicks. The phones ring on, and any controller may claim the page."""
        self._ringing.kill()
        self._remembered.kill()

    def known(self, page_id: str) -> Click | None:
        """The click with this id, if its phones ring or it ended less than REMEMBERED seconds ago."""
        return self._known.get(page_id)

    def ringing(self) -> tuple[Click, ...]:
        """The clicks whose phones ring, the oldest first."""
        return tuple(click for click in self._known.values() if click.rings)

    def call_off(self, page_id: str, reason: Reason = Reason.CANCELLED) -> bool:
        """Stop the ringing and wait until it has stopped; False if the phones of this click do not ring.

        `reason` is for the history.
        """
        click = self._known.get(page_id)
        if click is None or not click.rings:
            return False
        self._called_off.setdefault(page_id, reason)
        patience = self._clock.monotonic() + PATIENCE
        while click.rings and self._clock.monotonic() < patience:
            self._hang_up(click)
            self._clock.wait(click.outcome, AGAIN)
        return True

    def _ring(self, click: Click, call: ApiCall) -> None:
        _log.info("click.rings", page=click.page_id, pager=str(click.pager), target=str(click.target))
        with bound_contextvars(page=click.page_id):
            outcome = self._switch.bgapi(call, RINGING + self._deadline)
        # with an unknown outcome nothing goes to the history: a controller may still claim the page
        self._over(click, self._refusal(click, outcome), told=outcome.status is not Status.UNKNOWN)

    def _refusal(self, click: Click, outcome: Outcome) -> Refusal | None:
        """Why no phone was answered; None if one was."""
        if outcome.done:
            return None
        if outcome.status is Status.UNKNOWN:
            self._hang_up(click)
        if outcome.status is not Status.REFUSED:
            _log.error("click.no_switch", page=click.page_id, error=outcome.text)
            return Refusal(Reason.SWITCH_TROUBLE)
        if called_off := self._called_off.get(click.page_id):
            return Refusal(called_off)
        reason = Reason.TARGET_UNANSWERED if click.reverse else Reason.PAGER_UNANSWERED
        return Refusal(reason, outcome.cause)

    def _hang_up(self, click: Click) -> None:
        with bound_contextvars(page=click.page_id):
            for leg in click.legs:
                self._switch.api(api.uuid_kill(leg, "ORIGINATOR_CANCEL"), self._deadline)

    def _over(self, click: Click, refusal: Refusal | None, *, told: bool = True) -> None:
        click.outcome.set(refusal)
        if refusal is None:
            self._events.publish(ClickAnswered(*_told(click)))
        if click.refused and told:
            _log.info("click.refused", page=click.page_id, reason=click.refused.reason)
            self._events.publish(ClickRefused(click.refused))
        self._remembered.add(self._clock.later(REMEMBERED, partial(self._forget, click)))

    def _forget(self, click: Click) -> None:
        self._known.pop(click.page_id, None)
        self._called_off.pop(click.page_id, None)


def _told(click: Click) -> tuple[str, UserName, UserName, datetime, bool]:
    return click.page_id, click.pager, click.target, click.started_at, click.reverse


def _refused_again(
    feature: Feature, pager: UserName, target: UserName, record: PageRecord, refusal: Refusal
) -> Click:
    """A click of a pager that is shut out; the pager's row in the history counts it."""
    click = Click(record.page_id, record.switch, feature, pager, target, (), (), record.started_at)
    click.outcome.set(refusal)
    return click

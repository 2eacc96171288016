"""Click to page: a page that is asked for elsewhere than on the pager's phone.

What the page would become is decided first. Then the pager's own phones are rung, and the one that is
answered enters the dialplan where every page begins (`request`, dialplan/whisperpage.xml): from there it is a
page like any other, taken by whichever controller is there, decided anew. What ends before that is put into
the history here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from uuid import uuid4

import gevent
import structlog
from gevent.event import AsyncResult
from gevent.pool import Group
from structlog.contextvars import bound_contextvars

from controller.domain.decision import Device
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.errors import InvalidValue, StoreError, SwitchError, UnsafeValue
from controller.eventsocket import api, places
from controller.eventsocket.api import ApiCall, Extension
from controller.eventsocket.outcome import Outcome, Status
from controller.paging import dialling, request
from controller.paging.deciding import Decider
from controller.paging.events import Bus, PageRefused, RefusedAgain
from controller.paging.limits import Limits
from controller.paging.live import now
from controller.switch.pagelegs import CONTEXT
from controller.switch.queries import Switch, SwitchQueries

#: Seconds that the pager's phones ring.
RINGING = 30
#: Seconds for which a click that is over is still known: by then the history has it.
REMEMBERED = 10.0
#: Seconds between tries to hang up what is called off, for its legs may not be there yet; and for all tries.
AGAIN, PATIENCE = 0.1, 5.0

_SHOWN = {Feature.WHISPER: "Page", Feature.INTERCOM: "Intercom"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Click:
    """A page that was asked for: the pager's phones, and for each the uuid of the leg that rings it.

    `outcome` is there once they ring no longer, if they ever did: None as one was answered, or why there is
    no page.
    """

    page_id: str
    switch: str
    feature: Feature
    pager: UserName
    target: UserName
    devices: tuple[Device, ...]
    legs: tuple[str, ...]
    started_at: datetime
    outcome: AsyncResult[Refusal | None] = field(default_factory=AsyncResult)

    @property
    def rings(self) -> bool:
        """Whether the pager's phones are still ringing."""
        return not self.outcome.ready()

    @property
    def refused(self) -> PageRecord | None:
        """What the history is told of it, if there is to be no page."""
        refusal = None if self.rings else self.outcome.get()
        if refusal is None:
            return None
        return PageRecord(
            page_id=self.page_id,
            switch=self.switch,
            pager=str(self.pager),
            target=str(self.target),
            treatment=Treatment.REFUSED,
            started_at=self.started_at,
            reason=refusal.reason.value,
            cause=refusal.hangup_cause,
            ended_at=self.started_at,
            ending="refused",
        )


@dataclass(frozen=True)
class _Found:
    refusal: Refusal | None
    devices: tuple[Device, ...] = ()
    caller_id: Mapping[str, str] = field(default_factory=dict)


class Clicks:
    """The clicks on one switch, which is called `name`. `deadline` in seconds is for each call to it."""

    def __init__(
        self,
        name: str,
        switch: Switch,
        deadline: float,
        queries: SwitchQueries,
        decider: Decider,
        limits: Limits,
        events: Bus,
    ) -> None:
        self._name = name
        self._switch = switch
        self._deadline = deadline
        self._queries = queries
        self._decider = decider
        self._limits = limits
        self._events = events
        self._known: dict[str, Click] = {}
        self._called_off: set[str] = set()
        self._ringing = Group()
        self._remembered = Group()

    def page(self, feature: Feature, pager: UserName, target: UserName) -> Click:
        """Ring the pager's phones for a page, unless it would be refused; returns while they ring.

        A second click for the same page, while they ring, is the first one. Raises InvalidValue for users
        of two domains: what is dialled cannot cross domains either.
        """
        if pager.domain != target.domain:
            raise InvalidValue(f"{pager} and {target} are of two domains: page within one.")
        shut = self._limits.ask(pager)
        if shut and shut.record:
            self._limits.again(shut)
            self._events.publish(RefusedAgain(shut.refusal.reason))
            return _refused_again(feature, pager, target, shut.record, shut.refusal)
        page_id = str(uuid4())
        with bound_contextvars(page=page_id):
            found = _Found(shut.refusal) if shut else self._look(feature, pager, target)
        legs = tuple(str(uuid4()) for _ in found.devices)
        click = Click(page_id, self._name, feature, pager, target, found.devices, legs, now())
        # from here on nothing waits, so that no second click comes between
        other = next((each for each in self.ringing() if each.pager == pager), None)
        if other and (other.feature, other.target) == (feature, target):
            return other
        phones = list(_phones(click))
        refusal = found.refusal or (Refusal(Reason.PAGER_RINGING) if other else None)
        if refusal is None and not phones:
            refusal = Refusal(Reason.PAGER_NOT_REGISTERED)
        self._known[page_id] = click
        if refusal is None:
            self._ringing.spawn(self._ring, click, _originate(click, phones, found.caller_id))
        else:
            self._over(click, refusal)
        if shut:
            shut.record = click.refused
        return click

    def stop(self) -> None:
        """Look no more at what rings. It rings on, and whatever controller is there takes the page."""
        self._ringing.kill()
        self._remembered.kill()

    def known(self, page_id: str) -> Click | None:
        """A click whose phones ring, or rang until just now, or that was refused just now."""
        return self._known.get(page_id)

    def ringing(self) -> tuple[Click, ...]:
        """The clicks whose phones ring, the oldest first."""
        return tuple(click for click in self._known.values() if click.rings)

    def call_off(self, page_id: str) -> bool:
        """Stop the ringing, and wait until it has stopped; False if there is no such click that rings."""
        click = self._known.get(page_id)
        if click is None or not click.rings:
            return False
        self._called_off.add(page_id)
        patience = monotonic() + PATIENCE
        while click.rings and monotonic() < patience:
            self._hang_up(click)
            click.outcome.wait(AGAIN)
        return True

    def _look(self, feature: Feature, pager: UserName, target: UserName) -> _Found:
        """What is to be known before anything rings; what cannot be found out is a refusal, too."""
        try:
            decided = self._decider.judge(feature, pager, target).decision
            if isinstance(decided, Refusal):
                return _Found(decided)
            if not self._limits.may_be_paged(target):
                return _Found(Refusal(Reason.PAGED_TOO_OFTEN))
            return _Found(None, self._decider.own_phones(pager), self._queries.caller_id(pager))
        except StoreError as error:
            _log.error("click.no_store", error=str(error))
            return _Found(Refusal(Reason.STORE_TROUBLE))
        except SwitchError as error:
            _log.error("click.no_switch", error=str(error))
            return _Found(Refusal(Reason.SWITCH_TROUBLE))

    def _ring(self, click: Click, call: ApiCall) -> None:
        _log.info("click.rings", page=click.page_id, pager=str(click.pager), target=str(click.target))
        with bound_contextvars(page=click.page_id):
            outcome = self._switch.bgapi(call, RINGING + self._deadline)
        # of one of which nothing is known no word goes into the history: a controller may yet take it
        self._over(click, self._refusal(click, outcome), told=outcome.status is not Status.UNKNOWN)

    def _refusal(self, click: Click, outcome: Outcome) -> Refusal | None:
        """Why it ended before the pager's phone was answered; None if it was."""
        if outcome.done:
            return None
        if outcome.status is Status.UNKNOWN:
            self._hang_up(click)
        if outcome.status is not Status.REFUSED:
            _log.error("click.no_switch", page=click.page_id, error=outcome.text)
            return Refusal(Reason.SWITCH_TROUBLE)
        if click.page_id in self._called_off:
            return Refusal(Reason.CANCELLED)
        return Refusal(Reason.PAGER_UNANSWERED, outcome.text.removeprefix("-ERR").strip())

    def _hang_up(self, click: Click) -> None:
        with bound_contextvars(page=click.page_id):
            for leg in click.legs:
                self._switch.api(api.uuid_kill(leg, "ORIGINATOR_CANCEL"), self._deadline)

    def _over(self, click: Click, refusal: Refusal | None, *, told: bool = True) -> None:
        click.outcome.set(refusal)
        if click.refused and told:
            _log.info("click.refused", page=click.page_id, reason=click.refused.reason)
            self._events.publish(PageRefused(click.refused))
        self._remembered.add(gevent.spawn_later(REMEMBERED, self._forget, click))

    def _forget(self, click: Click) -> None:
        self._known.pop(click.page_id, None)
        self._called_off.discard(click.page_id)


def _refused_again(
    feature: Feature, pager: UserName, target: UserName, record: PageRecord, refusal: Refusal
) -> Click:
    """A click of a pager that is shut out: the row that counts has it."""
    click = Click(record.page_id, record.switch, feature, pager, target, (), (), record.started_at)
    click.outcome.set(refusal)
    return click


def _phones(click: Click) -> Iterator[str]:
    for device, leg in zip(click.devices, click.legs, strict=True):
        if phone := dialling.phone(device, click.pager, {"origination_uuid": leg}):
            yield phone


def _originate(click: Click, phones: list[str], caller_id: Mapping[str, str]) -> ApiCall:
    """Rings the phones, which show whom they are about to page, and sends the answered one to `request`.

    Of the pager's leg the target's phone is to show what it shows of a call that the pager has dialled.
    """
    extension = click.pager.extension
    variables = {
        request.CLICK: click.page_id,
        request.CLICKED_BY: str(click.pager),
        request.KIND: request.KINDS[click.feature],
        request.EXTENSION: click.target.extension,
        "origination_caller_id_name": f"{_SHOWN[click.feature]} {click.target.extension}",
        "origination_caller_id_number": click.target.extension,
        "effective_caller_id_name": _fit(caller_id.get("name", ""), extension),
        "effective_caller_id_number": _fit(caller_id.get("number", ""), extension),
        "ignore_early_media": "true",  # an announcement is no answer (switch_ivr_originate.c)
        "originate_timeout": str(RINGING),
    }
    return api.ring(phones, Extension("request", CONTEXT), variables)


def _fit(text: str, otherwise: str) -> str:
    """The text, or something else where it cannot be a variable; what is empty cannot."""
    try:
        places.originate_variable("caller id", text)
    except UnsafeValue:
        return otherwise
    return text

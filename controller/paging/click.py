"""A click as a value: a request for a page that does not come from the pager's phone, and what rings for it.

The pager's own phones ring; for a reverse page, whose pager is on a call, those of the target that answer by
themselves. The phone that is answered enters the dialplan at the place where every page begins (`request`,
dialplan/whisperpage.xml).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gevent.event import AsyncResult

from controller.domain.decision import Device
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Refusal
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.paging import dialling, request
from controller.paging.click_looks import Found
from controller.switch.pagelegs import into

#: Seconds that the phones ring.
RINGING = 30


@dataclass(frozen=True, eq=False)
class Click:
    """A request by click: the phones to ring, and for each phone the uuid of the leg that rings it.

    They are the pager's own, or the target's if the page is `reverse`. `outcome` is set when they do not
    ring, or have stopped: None if one was answered, else the refusal.
    """

    page_id: str
    switch: str
    feature: Feature
    pager: UserName
    target: UserName
    devices: tuple[Device, ...]
    legs: tuple[str, ...]
    started_at: datetime
    reverse: bool = False
    outcome: AsyncResult[Refusal | None] = field(default_factory=AsyncResult)

    @property
    def rung(self) -> UserName:
        """The user whose phones ring."""
        return self.target if self.reverse else self.pager

    @property
    def rings(self) -> bool:
        """Whether the phones are still ringing."""
        return not self.outcome.ready()

    @property
    def refused(self) -> PageRecord | None:
        """Its record for the history if the click was refused, else None."""
        refusal = None if self.rings else self.outcome.get()
        if refusal is None:
            return None
        return PageRecord(
            page_id=self.page_id,
            switch=self.switch,
            pager=self.pager,
            target=self.target,
            treatment=Treatment.REFUSED,
            started_at=self.started_at,
            reason=refusal.reason.value,
            cause=refusal.hangup_cause,
            ended_at=self.started_at,
            ending="refused",
        )


def originate(click: Click, found: Found) -> ApiCall | None:
    """Ring the phones, which show the other user, and send the answered one to `request`.

    None if no phone can be rung. The target's phone will show the same caller id as for a call that the pager
    has dialled.
    """
    phones = list(_phones(click))
    if not phones:
        return None
    variables = {
        request.CLICK: click.page_id,
        request.CLICKED_BY: str(click.pager),
        request.KIND: request.REVERSE if click.reverse else request.KINDS[click.feature],
        request.EXTENSION: click.target.extension,
        "origination_caller_id_name": found.shown,
        "origination_caller_id_number": found.number,
        **dialling.shown(found.caller_id, click.pager, "effective"),
        "ignore_early_media": "true",  # else an announcement counts as an answer (switch_ivr_originate.c)
        "originate_timeout": str(RINGING),
    }
    return api.ring(phones, into("request"), variables)


def _phones(click: Click) -> Iterator[str]:
    for device, leg in zip(click.devices, click.legs, strict=True):
        if phone := dialling.phone(device, click.rung, {"origination_uuid": leg}):
            yield phone

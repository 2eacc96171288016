"""A click as a value: a request for a page that does not come from the pager's phone, and what rings for it.

The phone that is answered enters the dialplan at the place where every page begins (`request`,
dialplan/whisperpage.xml).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gevent.event import AsyncResult

from controller.domain.decision import Device
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Refusal
from controller.errors import UnsafeValue
from controller.eventsocket import api, places
from controller.eventsocket.api import ApiCall
from controller.paging import dialling, request
from controller.switch.pagelegs import into

#: Seconds that the pager's phones ring.
RINGING = 30

_SHOWN = {Feature.WHISPER: "Page", Feature.INTERCOM: "Intercom"}
_CALL_BACK = "Call back"


@dataclass(frozen=True, eq=False)
class Click:
    """A request by click: the pager's phones, and for each phone the uuid of the leg that rings it.

    `outcome` is set when the phones do not ring, or have stopped: None if one was answered, else the refusal.
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


def text_for(feature: Feature, target: UserName) -> str:
    """The text that the pager's phones show while they ring."""
    return f"{_SHOWN[feature]} {target.extension}"


def call_back_text_for(target: UserName, display_name: str) -> str:
    """The text that the pager's phones show while they ring for a call back."""
    return f"{_CALL_BACK} {_fit(display_name, target.extension)}"


def originate(click: Click, shown: str, caller_id: Mapping[str, str]) -> ApiCall | None:
    """Ring the phones, which show the text `shown`, and send the answered one to `request`.

    None if no phone can be rung. `caller_id` is that of the pager (`SwitchQueries.caller_id`): the target's
    phone will show the same as for a call that the pager has dialled.
    """
    phones = list(_phones(click))
    if not phones:
        return None
    extension = click.pager.extension
    variables = {
        request.CLICK: click.page_id,
        request.CLICKED_BY: str(click.pager),
        request.KIND: request.KINDS[click.feature],
        request.EXTENSION: click.target.extension,
        "origination_caller_id_name": shown,
        "origination_caller_id_number": click.target.extension,
        "effective_caller_id_name": _fit(caller_id.get("name", ""), extension),
        "effective_caller_id_number": _fit(caller_id.get("number", ""), extension),
        "ignore_early_media": "true",  # else an announcement counts as an answer (switch_ivr_originate.c)
        "originate_timeout": str(RINGING),
    }
    return api.ring(phones, into("request"), variables)


def _phones(click: Click) -> Iterator[str]:
    for device, leg in zip(click.devices, click.legs, strict=True):
        if phone := dialling.phone(device, click.pager, {"origination_uuid": leg}):
            yield phone


def _fit(text: str, otherwise: str) -> str:
    """The text, or `otherwise` if the text is empty or cannot be a variable."""
    try:
        places.originate_variable("caller id", text)
    except UnsafeValue:
        return otherwise
    return text

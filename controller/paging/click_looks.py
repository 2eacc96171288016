"""The look before a click rings anybody: the decision, and the phones to ring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from controller.domain.decision import Basis, Device, Reverse
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.refusal import Reason, Refusal
from controller.errors import StoreError, SwitchError
from controller.paging import dialling
from controller.paging.deciding import TRIES, Decider
from controller.paging.limits import Limits
from controller.switch.queries import SwitchQueries

_SHOWN = {Feature.WHISPER: "Page", Feature.INTERCOM: "Intercom"}
_CALL_BACK, _PRIVATE = "Call back", "Private"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """What a look has found.

    `pager` and `target` have their own names instead of aliases, if the switch was asked. `devices` are the
    phones to ring, which show the text `shown` and the number `number`. `caller_id` is that of the pager.
    """

    pager: UserName
    target: UserName
    refusal: Refusal | None
    devices: tuple[Device, ...] = ()
    caller_id: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""
    number: str = ""


class ClickLooks:
    """Looks on one switch. Both methods raise StoreError and SwitchError.

    Whose phones are to ring may begin a call meanwhile: then there is another look, since a phone on a call
    must not answer by itself.
    """

    def __init__(self, queries: SwitchQueries, decider: Decider, limits: Limits) -> None:
        self._queries = queries
        self._decider = decider
        self._limits = limits

    def page(self, feature: Feature, pager: UserName, target: UserName, *, call_back: bool) -> Found:
        """The pager's own phones; none of them answers by itself for a `call_back`."""
        pager = self._queries.named(pager) or pager
        for _ in range(TRIES):
            basis = self._decider.basis(pager)
            found = self._page(feature, pager, target, call_back=call_back)
            if found.refusal or self._decider.basis(pager) == basis:
                return found
        return replace(found, devices=tuple(replace(each, headers=()) for each in found.devices))

    def _page(self, feature: Feature, pager: UserName, target: UserName, *, call_back: bool) -> Found:
        judgement = self._decider.judge(feature, pager, target)
        target = judgement.target or target
        decided, phones = self._decider.by_click(judgement, pager)
        if isinstance(decided, Refusal):
            return Found(pager, target, decided)
        if not self._limits.may_be_paged(target):
            return Found(pager, target, Refusal(Reason.PAGED_TOO_OFTEN))
        shown = text_for(feature, target)
        if call_back:
            phones = tuple(replace(each, headers=()) for each in phones)
            shown = call_back_text_for(target, self._queries.display_name(target))
        caller_id = self._queries.caller_id(pager)
        return Found(pager, target, None, phones, caller_id, shown, target.extension)

    def reverse(self, pager: UserName, target: UserName) -> Found:
        """The target's phones that answer by themselves, for a reverse page."""
        pager = self._queries.named(pager) or pager
        for _ in range(TRIES):
            found, basis = self._reverse(pager, target)
            if found.refusal or self._decider.basis(found.target) == basis:
                return found
        return Found(pager, found.target, Refusal(Reason.CALL_CHANGED))

    def _reverse(self, pager: UserName, target: UserName) -> tuple[Found, Basis]:
        judgement = self._decider.judge_reverse(pager, target)
        basis = judgement.situation.basis if judgement.situation else frozenset()
        target, decided = judgement.target or target, judgement.decision
        if not isinstance(decided, Reverse):
            assert isinstance(decided, Refusal)  # there is nothing else (domain/reverse.py)
            return Found(pager, target, decided), basis
        if not self._limits.may_be_paged(target):
            return Found(pager, target, Refusal(Reason.PAGED_TOO_OFTEN)), basis
        caller_id = self._queries.caller_id(pager)
        shown = f"{_PRIVATE} {dialling.fit(caller_id.get('name', ''), pager.extension)}"
        return Found(pager, target, None, decided.devices, caller_id, shown, pager.extension), basis


def without_trouble(look: Callable[[], Found], pager: UserName, target: UserName) -> Found:
    """What a look has found; trouble becomes a refusal."""
    try:
        return look()
    except StoreError as error:
        _log.error("click.no_store", error=str(error))
        return Found(pager, target, Refusal(Reason.STORE_TROUBLE))
    except SwitchError as error:
        _log.error("click.no_switch", error=str(error))
        return Found(pager, target, Refusal(Reason.SWITCH_TROUBLE))


def text_for(feature: Feature, target: UserName) -> str:
    """The text that the pager's phones show while they ring."""
    return f"{_SHOWN[feature]} {target.extension}"


def call_back_text_for(target: UserName, display_name: str) -> str:
    """The text that the pager's phones show while they ring for a call back."""
    return f"{_CALL_BACK} {dialling.fit(display_name, target.extension)}"

"""What a page becomes: whisper, intercom, ordinary call, or a refusal. One pure function, `decide`.

The rules are checked in this order: the pager is known, the pager may page, the target accepts it, the
target's phones can take it. So a pager that is not accepted does not learn what the target does. A situation
that is not understood is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace

from controller.domain.leg import Leg, Registration
from controller.domain.policy import Feature, Policy, WhenNotAccepted
from controller.domain.refusal import Reason, Refusal
from controller.phones.values import Header, Phone, PhoneKind


@dataclass(frozen=True)
class Situation:
    """What the switch says about a target at the moment of a page.

    `legs` are the target's own, without the channels of pages. `partners` are the legs bridged to those, by
    uuid. `paged` are the legs of the target on which a page is up. `busy` are the addresses of phones on a
    call. They include the phones of calls that only claim to be the target's: such a call gets no whisper,
    but the phone may be the target's. `known`: the directory has the target.
    """

    known: bool = True
    legs: tuple[Leg, ...] = ()
    partners: Mapping[str, Leg] = field(default_factory=dict)
    paged: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    registrations: tuple[Registration, ...] = ()


@dataclass(frozen=True)
class Whisper:
    """Whisper to the target on `leg`, whose far party, if there is one, is on `far`.

    With `bypass` the call's media has to be brought back through the switch first.
    """

    leg: Leg
    far: Leg | None
    bypass: bool = False


@dataclass(frozen=True)
class Device:
    """A phone to ring. With headers it is asked to answer by itself, without them it rings."""

    registration: Registration
    phone: Phone
    headers: tuple[Header, ...]


@dataclass(frozen=True)
class Intercom:
    """Call the target's phones, the first group first; the first phone to answer has the call.

    `automatic` is False for an ordinary call.
    """

    groups: tuple[tuple[Device, ...], ...]
    automatic: bool


Decision = Whisper | Intercom | Refusal
Recognise = Callable[[str], Phone]


@dataclass(frozen=True)
class Judgement:
    """What becomes of a request, and what it was decided from, as far as that was found out.

    `phones` are the target's: of its legs and of its registrations, by User-Agent.
    """

    decision: Decision
    policy: Policy | None = None
    situation: Situation | None = None
    phones: Mapping[str, Phone] = field(default_factory=dict)
    trouble: str = ""


def decide(feature: Feature, policy: Policy, situation: Situation, recognise: Recognise) -> Decision:
    """What becomes of a request.

    `feature` is what was asked for: WHISPER for a page, INTERCOM for the intercom code. `recognise` tells the
    phone behind a User-Agent. Identity (who is paging, is it another than the target) is settled before.
    """
    if policy.pager == policy.target:
        return Refusal(Reason.ONESELF)
    if not any(policy.rights(each).initiate for each in _needed(feature)):
        return Refusal(Reason.NOT_PERMITTED)
    if not situation.known:
        return Refusal(Reason.UNKNOWN_TARGET)
    if feature is Feature.WHISPER and policy.pages_off:
        return Refusal(Reason.PAGES_OFF)
    talking = tuple(leg for leg in situation.legs if leg.talking)
    on_desk_phone = bool(talking) and recognise(talking[0].user_agent).kind is PhoneKind.DESK
    becomes = Feature.WHISPER if feature is Feature.WHISPER and on_desk_phone else Feature.INTERCOM
    if not policy.rights(becomes).initiate:
        return Refusal(Reason.NOT_PERMITTED)
    if not policy.rights(becomes).accepted:
        return _call_instead(policy, situation, recognise) or Refusal(Reason.NOT_ACCEPTED)
    if any(leg.page for leg in situation.legs):
        return Refusal(Reason.PAGING)
    if feature is Feature.WHISPER and (refusal := _unfit(talking, situation)):
        return refusal
    if becomes is Feature.WHISPER:
        leg = talking[0]
        return Whisper(leg, situation.partners.get(leg.partner), leg.bypass)
    return _intercom(situation, recognise)


def own_phones(situation: Situation, recognise: Recognise) -> tuple[Device, ...]:
    """The phones of a pager that has not dialled: all are rung, and the first that is answered pages.

    Beside a desk phone that answers by itself a softphone only rings, or it might be the quicker one.
    """
    devices = tuple(_device(each, situation.busy, recognise) for each in situation.registrations)
    if not any(device.headers and device.phone.kind is PhoneKind.DESK for device in devices):
        return devices
    return tuple(
        device if device.phone.kind is PhoneKind.DESK else replace(device, headers=()) for device in devices
    )


def _needed(feature: Feature) -> tuple[Feature, ...]:
    """The rights that a request may need: a page to an idle target is an intercom call."""
    return (Feature.WHISPER, Feature.INTERCOM) if feature is Feature.WHISPER else (Feature.INTERCOM,)


def unfit(leg: Leg, far: Leg | None) -> Reason | None:
    """Why a call cannot be whispered into, judged by its two legs alone; None if it can."""
    if leg.conference or (far is not None and far.conference):
        return Reason.CONFERENCE
    if leg.eavesdroppers or (far is not None and far.eavesdroppers):
        return Reason.JOINED
    if leg.fax or (far is not None and far.fax):
        return Reason.FAX
    if leg.proxied or (far is not None and far.proxied):
        return Reason.MEDIA_ELSEWHERE
    if leg.bypass:
        return None if far is not None and far.bypass else Reason.MEDIA_ELSEWHERE
    return None if leg.audible and leg.read_rate else Reason.NOT_UNDERSTOOD


def _unfit(talking: tuple[Leg, ...], situation: Situation) -> Refusal | None:
    if situation.paged:
        return Refusal(Reason.ALREADY_PAGED)
    for leg in talking:
        if reason := unfit(leg, situation.partners.get(leg.partner)):
            return Refusal(reason)
    return Refusal(Reason.SEVERAL_CALLS) if len(talking) > 1 else None


def _intercom(situation: Situation, recognise: Recognise) -> Decision:
    if not situation.registrations:
        return Refusal(Reason.NOT_REGISTERED)
    devices = [_device(each, situation.busy, recognise) for each in situation.registrations]
    return Intercom(_desk_phones_first(devices), automatic=any(device.headers for device in devices))


def _call_instead(policy: Policy, situation: Situation, recognise: Recognise) -> Intercom | None:
    """The ordinary call that a target's group may prefer to a refusal: every phone rings."""
    if policy.when_not_accepted is not WhenNotAccepted.CALL or not situation.registrations:
        return None
    devices = tuple(Device(each, recognise(each.user_agent), headers=()) for each in situation.registrations)
    return Intercom((devices,), automatic=False)


def _device(registration: Registration, busy: Set[str], recognise: Recognise) -> Device:
    """A phone that is on a call is never made to answer: that would put its call on hold."""
    phone = recognise(registration.user_agent)
    return Device(registration, phone, headers=() if registration.address in busy else phone.headers)


def _desk_phones_first(devices: list[Device]) -> tuple[tuple[Device, ...], ...]:
    desk = tuple(device for device in devices if device.phone.kind is PhoneKind.DESK)
    soft = tuple(device for device in devices if device.phone.kind is not PhoneKind.DESK)
    return tuple(group for group in (desk, soft) if group)

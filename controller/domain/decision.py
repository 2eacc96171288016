"""The decision on a request: a whisper page, an intercom call, an ordinary call, or a refusal.

`decide` is one pure function. It checks in this order: pager and target are two users of one domain, the
pager may page, the directory has both, the target accepts the page, and the target's phones can take it. So
a pager that the target does not accept learns nothing about the target's calls. In a situation that it does
not understand, the decision is a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace

from controller.domain.leg import Leg, Registration
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy, WhenNotAccepted
from controller.domain.presence import CallState
from controller.domain.refusal import Reason, Refusal
from controller.phones.values import Header, Phone, PhoneKind

#: Legs by uuid, each with what its user does by it, as far as that is known.
Basis = frozenset[tuple[str, CallState | None]]


@dataclass(frozen=True)
class Situation:
    """The state of a target on the switch at the moment of a request.

    `known`: the directory has the target; `name` is its own name there, or None if nobody asked: the request
    may have an alias. `pager_known`: the directory has the pager, too. `legs` are the target's own, without
    the channels of pages. `partners` are the legs bridged to those, by uuid. `paged` are the legs of
    the target on which a page is up. `busy` are the addresses of phones on a call. They include the phones
    of calls that only claim to be the target's: such a call gets no whisper, but the phone may be the
    target's.

    `switch` is the name of another switch if the call is there, or else the registrations. `phones_switch` is
    that of the registrations, which may be at another one than the call. `away` names those that cannot be
    reached and may have the target. `through` are the target's legs that lead to its phone's leg on another
    switch, with their partners: they are one call with it.

    `basis` are the target's legs with their states, as the tables of legs had them before the switch was
    asked. As long as they have the same, the target has begun no call and ended none.
    """

    known: bool = True
    name: UserName | None = None
    pager_known: bool = True
    legs: tuple[Leg, ...] = ()
    partners: Mapping[str, Leg] = field(default_factory=dict)
    paged: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    registrations: tuple[Registration, ...] = ()
    switch: str = ""
    phones_switch: str = ""
    away: str = ""
    through: tuple[tuple[Leg, Leg | None], ...] = ()
    basis: Basis = frozenset()


@dataclass(frozen=True)
class Whisper:
    """A whisper page to the target on `leg`; `far` is the leg of its far party, if there is one.

    `bypass`: the call's media must come back through the switch first. `switch` is the name of another switch
    if it is to be made there. `window` is the time in seconds in which the target can decline before it hears
    the pager. `basis` is that of the situation.
    """

    leg: Leg
    far: Leg | None
    bypass: bool = False
    switch: str = ""
    window: int = 0
    basis: Basis = field(default=frozenset(), compare=False, kw_only=True)


@dataclass(frozen=True)
class Reverse(Whisper):
    """A reverse page: on `leg` is the pager, who speaks privately to an idle target. So `far` is there.

    `devices` are the phones of the target that answer by themselves, until one of them has.
    """

    devices: tuple[Device, ...] = ()


@dataclass(frozen=True)
class Device:
    """A phone to ring. With headers it should answer by itself; without them it only rings."""

    registration: Registration
    phone: Phone
    headers: tuple[Header, ...]


@dataclass(frozen=True)
class Intercom:
    """A call to the target's phones, group after group; the first phone to answer gets the call.

    `automatic` is True for an intercom call, and False for an ordinary call. `switch` is the name of another
    switch if the call is to be made there. `basis` is that of the situation.
    """

    groups: tuple[tuple[Device, ...], ...]
    automatic: bool
    switch: str = ""
    basis: Basis = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class Group:
    """A page to the members of a page group, but for the pager; each is decided by itself (`of_member`)."""

    members: tuple[UserName, ...]
    switch: str = ""


#: The decision on a request whose target is one user.
ForOne = Whisper | Intercom | Refusal
Decision = ForOne | Group
Recognise = Callable[[str], Phone]


@dataclass(frozen=True)
class Judgement:
    """A decision and the data behind it, as far as it could be read.

    `phones` are the phones of the target's legs and registrations, by User-Agent. `trouble` is why data is
    missing.
    """

    decision: Decision
    policy: Policy | None = None
    situation: Situation | None = None
    phones: Mapping[str, Phone] = field(default_factory=dict)
    trouble: str = ""

    @property
    def target(self) -> UserName | None:
        """The target by its own name; None if the decision did not need it."""
        return self.policy.target if self.policy else None


def decide(feature: Feature, policy: Policy, situation: Situation, recognise: Recognise) -> Decision:
    """The decision on a request.

    `feature` is WHISPER for the code of a page, and INTERCOM for that of an intercom call. `recognise`
    returns the phone behind a User-Agent. The pager has been authenticated before.
    """
    if policy.pager == policy.target:
        return Refusal(Reason.ONESELF)
    if policy.pager.domain != policy.target.domain:
        return Refusal(Reason.OTHER_DOMAIN)
    if not any(policy.rights(each).initiate for each in _needed(feature)):
        return Refusal(Reason.NOT_PERMITTED)
    if not situation.pager_known:
        return Refusal(Reason.UNKNOWN_PAGER)
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
    if situation.away:
        return Refusal(Reason.SWITCH_AWAY, switch=situation.away)
    if feature is Feature.WHISPER and (refusal := _unfit(talking, situation)):
        return refusal
    if becomes is Feature.WHISPER:
        leg = talking[0]
        far = situation.partners.get(leg.partner)
        window, basis = policy.decline_seconds, situation.basis
        return Whisper(leg, far, leg.bypass, situation.switch, window, basis=basis)
    return _intercom(situation, recognise)


def for_one(decision: Decision) -> ForOne:
    """The decision where the target must be one user: a page group is none."""
    return Refusal(Reason.UNKNOWN_TARGET) if isinstance(decision, Group) else decision


def of_member(decision: Decision) -> ForOne:
    """What becomes of a member of a page group, by the decision on a page to it alone.

    Nobody's phone only rings.
    """
    decision = for_one(decision)
    if not isinstance(decision, Intercom):
        return decision
    groups = (tuple(each for each in group if each.headers) for group in decision.groups)
    first = next(filter(None, groups), ())
    return replace(decision, groups=(first,), automatic=True) if first else Refusal(Reason.NOT_AUTOMATIC)


def decide_click(decision: Decision, phones: tuple[Device, ...]) -> Decision:
    """The decision on a request by click: the same, if the pager has a phone that can ring."""
    return decision if isinstance(decision, Refusal) or phones else Refusal(Reason.PAGER_NOT_REGISTERED)


def own_phones(situation: Situation, recognise: Recognise) -> tuple[Device, ...]:
    """The phones of a pager that uses click to page: all ring, and the first that is answered pages.

    If a desk phone answers by itself, softphones only ring, so that none of them answers before it.
    """
    devices = tuple(_device(each, situation.busy, recognise) for each in situation.registrations)
    if not any(device.headers and device.phone.kind is PhoneKind.DESK for device in devices):
        return devices
    return tuple(
        device if device.phone.kind is PhoneKind.DESK else replace(device, headers=()) for device in devices
    )


def _needed(feature: Feature) -> tuple[Feature, ...]:
    """The rights that a request may need: a page to an idle target becomes an intercom call."""
    return (Feature.WHISPER, Feature.INTERCOM) if feature is Feature.WHISPER else (Feature.INTERCOM,)


#: What a leg must not be, though it only leads to the leg of the target's phone on another switch.
_OF_ANY_LEG = (Reason.CONFERENCE, Reason.JOINED, Reason.FAX)


def unfit(leg: Leg, far: Leg | None) -> Reason | None:
    """Why the state of its two legs does not allow a whisper page into a call; None if it does."""
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


def unfit_on_the_way(situation: Situation) -> Reason | None:
    """Why the legs that only lead to the phone's leg do not allow a whisper page; None if they do."""
    reasons = (unfit(leg, far) for leg, far in situation.through)
    return next((reason for reason in reasons if reason in _OF_ANY_LEG), None)


def _unfit(talking: tuple[Leg, ...], situation: Situation) -> Refusal | None:
    if situation.paged:
        return Refusal(Reason.ALREADY_PAGED)
    for leg in talking:
        if reason := unfit(leg, situation.partners.get(leg.partner)):
            return Refusal(reason)
    if reason := unfit_on_the_way(situation):
        return Refusal(reason)
    return Refusal(Reason.SEVERAL_CALLS) if len(talking) > 1 else None


def _intercom(situation: Situation, recognise: Recognise) -> Decision:
    if not situation.registrations:
        return Refusal(Reason.NOT_REGISTERED)
    devices = [_device(each, situation.busy, recognise) for each in situation.registrations]
    return Intercom(
        _desk_phones_first(devices),
        automatic=any(device.headers for device in devices),
        switch=situation.phones_switch,
        basis=situation.basis,
    )


def _call_instead(policy: Policy, situation: Situation, recognise: Recognise) -> Intercom | None:
    """The ordinary call that the target's group may have chosen in place of a refusal: every phone rings."""
    if policy.when_not_accepted is not WhenNotAccepted.CALL or not situation.registrations:
        return None
    devices = tuple(Device(each, recognise(each.user_agent), headers=()) for each in situation.registrations)
    switch, basis = situation.phones_switch, situation.basis
    return Intercom((devices,), automatic=False, switch=switch, basis=basis)


def _device(registration: Registration, busy: Set[str], recognise: Recognise) -> Device:
    """The phone to ring; a phone on a call must not answer by itself, for it would put its call on hold."""
    phone = recognise(registration.user_agent)
    on_a_call = registration.address in busy or (registration.through_proxy and bool(busy))
    return Device(registration, phone, headers=() if on_a_call else phone.headers)


def _desk_phones_first(devices: list[Device]) -> tuple[tuple[Device, ...], ...]:
    desk = tuple(device for device in devices if device.phone.kind is PhoneKind.DESK)
    soft = tuple(device for device in devices if device.phone.kind is not PhoneKind.DESK)
    return tuple(group for group in (desk, soft) if group)

"""The decision on a reverse page: the pager, who is on a call, speaks privately to an idle target.

`decide_reverse` is one pure function. It asks for the rights of an intercom call, then for the one call of
the pager, and at last for the target: so a pager that the target does not accept learns nothing of it.
"""

from __future__ import annotations

from controller.domain.decision import (
    Decision,
    Recognise,
    Reverse,
    Situation,
    own_phones,
    unfit,
    unfit_on_the_way,
)
from controller.domain.leg import Leg
from controller.domain.policy import Policy
from controller.domain.refusal import Reason, Refusal, of_the_pager


def decide_reverse(
    policy: Policy, own: Situation, target: Situation, recognise: Recognise, *, answered: bool = False
) -> Decision:
    """The decision on a request for a reverse page: a Reverse, or a refusal.

    `own` is the pager's situation, and `target` that of the target. `recognise` returns the phone behind a
    User-Agent of the target. `answered`: a phone of the target has answered, so it is not asked for.
    """
    if policy.pager == policy.target:
        return Refusal(Reason.ONESELF)
    if policy.pager.domain != policy.target.domain:
        return Refusal(Reason.OTHER_DOMAIN)
    if not policy.intercom.initiate:
        return Refusal(Reason.NOT_PERMITTED)
    if not own.known:
        return Refusal(Reason.UNKNOWN_PAGER)
    if not target.known:
        return Refusal(Reason.UNKNOWN_TARGET)
    if not policy.intercom.accepted:
        return Refusal(Reason.NOT_ACCEPTED)
    if away := own.away or target.away:
        return Refusal(Reason.SWITCH_AWAY, switch=away)
    call = _call_of(own)
    if isinstance(call, Reason):
        return Refusal(of_the_pager(call))
    made = Reverse(*call, call[0].bypass, own.switch)
    return made if answered else _rung(made, target, recognise)


def _call_of(own: Situation) -> tuple[Leg, Leg] | Reason:
    """The pager's leg and that of its far party, or why there is not exactly one call to speak in."""
    if own.paged or any(leg.page for leg in own.legs):
        return Reason.ALREADY_PAGED
    talking = tuple(leg for leg in own.legs if leg.talking)
    for leg in talking:
        if reason := unfit(leg, own.partners.get(leg.partner)):
            return reason
    if on_the_way := unfit_on_the_way(own):
        return on_the_way
    if len(talking) > 1:
        return Reason.SEVERAL_CALLS
    far = own.partners.get(talking[0].partner) if talking else None
    return (talking[0], far) if far else Reason.PAGER_IDLE


def _rung(made: Reverse, target: Situation, recognise: Recognise) -> Decision:
    """The same, with the phones of the target to ring."""
    if any(leg.page for leg in target.legs):
        return Refusal(Reason.PAGING)
    if any(leg.talking for leg in target.legs):
        return Refusal(Reason.TARGET_ON_CALL)
    if not target.registrations:
        return Refusal(Reason.NOT_REGISTERED)
    devices = tuple(each for each in own_phones(target, recognise) if each.headers)
    if not devices:
        return Refusal(Reason.NO_AUTO_ANSWER)
    return Reverse(made.leg, made.far, made.bypass, made.switch, devices=devices)

"""Explains a decision in words: the result, and the chain of reasons."""

from __future__ import annotations

from collections.abc import Iterator

from controller.domain.decision import Decision, Group, Intercom, Judgement, Reverse, Situation, Whisper
from controller.domain.leg import Leg
from controller.domain.policy import Accept, Feature, Policy
from controller.domain.refusal import Refusal
from controller.phones.values import Phone

Reasons = Iterator[tuple[str, str]]


def outcome(decision: Decision) -> str:
    """The result in one word: whisper, intercom, call, group or refused."""
    if isinstance(decision, Whisper):
        return "reverse" if isinstance(decision, Reverse) else "whisper"
    if isinstance(decision, Intercom):
        return "intercom" if decision.automatic else "call"
    return "group" if isinstance(decision, Group) else "refused"


def reason(decision: Decision) -> str | None:
    """The code of a refusal; None for another decision."""
    return decision.reason.value if isinstance(decision, Refusal) else None


def reasons(judgement: Judgement, by_click: Decision | None = None) -> Reasons:
    """The data behind the decision, and the decision itself: pairs of a subject and a finding.

    `by_click` is the decision on the same request by click; it is listed if it differs.
    """
    if judgement.policy:
        yield from _rights(judgement.policy)
    if judgement.situation:
        yield from _situation(judgement, judgement.situation)
    if judgement.trouble:
        yield "trouble", judgement.trouble
    yield "so", sentence(judgement.decision)
    if by_click and by_click != judgement.decision:
        yield "by a click", sentence(by_click)


def sentence(decision: Decision) -> str:
    """The result in one sentence."""
    if isinstance(decision, Refusal):
        told = f"the pager's phone is told {decision.hangup_cause}"
        return f"refused, {decision.reason.value}: {decision}; {told}"
    if isinstance(decision, Reverse):
        there = f" on the switch {decision.switch}" if decision.switch else ""
        phones = " and ".join(_device(each.phone) for each in decision.devices)
        return f"a call to the target's {phones}, for the pager on leg {decision.leg.uuid}{there}"
    if isinstance(decision, Whisper):
        back = ", its media brought back through the switch" if decision.bypass else ""
        there = f" on the switch {decision.switch}" if decision.switch else ""
        return f"a whisper{there} on leg {decision.leg.uuid} at {decision.leg.read_rate or 'its'} Hz{back}"
    if isinstance(decision, Group):
        return f"a page to a page group, of which {len(decision.members)} are members beside the pager"
    order = ", then ".join(" and ".join(_device(each.phone) for each in group) for group in decision.groups)
    how = "answering by itself where it can" if decision.automatic else "ringing as for any call"
    there = f" on the switch {decision.switch}" if decision.switch else ""
    return f"a call{there} to the target's {order}, {how}"


def _rights(policy: Policy) -> Reasons:
    yield "pager", f"{policy.pager}, {'known' if policy.pager_known else 'not known'} in SQL"
    yield "target", f"{policy.target}, {'known' if policy.target_known else 'not known'} in SQL"
    for feature in Feature:
        rights = policy.rights(feature)
        yield f"{feature.value}: may initiate", f"{_yes(rights.initiate)} ({rights.initiate_source})"
        listed = (
            f", and the pager {'is' if rights.listed else 'is not'}" if rights.accept is Accept.LISTED else ""
        )
        yield f"{feature.value}: accepts", f"{rights.accept.value} ({rights.accept_source}){listed}"
    if policy.pages_off:
        yield "pages off", "the target blocks pages to itself"


def _situation(judgement: Judgement, situation: Situation) -> Reasons:
    if not situation.pager_known:
        yield "directory", "the switch does not know the pager"
        return
    if not situation.known:
        yield "directory", "the switch does not know the target"
        return
    if situation.switch:
        yield "switch", situation.switch
    for leg in situation.legs:
        yield f"leg {leg.uuid}", _leg(leg, situation, judgement.phones[leg.user_agent])
    if not situation.legs:
        yield "legs", "none: the target is idle"
    for each in situation.registrations:
        phone = judgement.phones[each.user_agent]
        if each.through_proxy:
            yield "registered", f"at no switch; through the proxy as {each.dial}: {_phone(phone)}"
            continue
        yield "registered", f"{each.user_agent or 'unknown agent'} at {each.address}: {_phone(phone)}"
    if not situation.registrations:
        yield "registered", "no phone"


def _leg(leg: Leg, situation: Situation, phone: Phone) -> str:
    found = [leg.call_state.lower() or "unknown", leg.state]
    found += [name for name in ("conference", "bypass", "proxied", "fax") if getattr(leg, name)]
    if leg.eavesdroppers:
        found.append("paged" if leg.uuid in situation.paged else f"{leg.eavesdroppers} listening in")
    if leg.page:
        found.append("paging somebody")
    far = f" with {leg.partner}" if leg.partner else ""
    return f"{', '.join(found)}{far}; {leg.user_agent or 'unknown agent'}: {_phone(phone)}"


def _phone(phone: Phone) -> str:
    rule = f"rule {phone.rule.position} {phone.rule.pattern!r}" if phone.rule else "no rule"
    return f"{_device(phone)} by {rule}"


def _device(phone: Phone) -> str:
    return f"{phone.vendor} {phone.kind.value} phone".strip()


def _yes(value: bool) -> str:
    return "yes" if value else "no"

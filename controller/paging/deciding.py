"""Collects the data of SQL and of the switch for one request, and decides it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import structlog

from controller.domain.decision import (
    Basis,
    Decision,
    Device,
    ForOne,
    Group,
    Intercom,
    Judgement,
    Situation,
    Whisper,
    decide,
    decide_click,
    for_one,
    of_member,
    own_phones,
)
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.presence import CallState
from controller.domain.refusal import Reason, Refusal
from controller.domain.reverse import decide_reverse
from controller.errors import StoreError, SwitchError
from controller.paging.cluster import Cluster
from controller.paging.request import Request
from controller.phones.recognise import recognise
from controller.phones.values import Phone, PhoneKind, PhoneOverride, PhoneRule
from controller.precedence import DECISIONS
from controller.switch.proxied import ProxyDial
from controller.switch.queries import SwitchQueries

Rules = Callable[[UserName, UserName], tuple[Policy, tuple[PhoneRule, ...]]]
Members = Callable[[str, str], tuple[UserName, ...] | None]
NO_PROXY = ProxyDial()
#: Decisions on one request, each of which holds no more when it is to be carried out.
TRIES = 3
_log = structlog.get_logger(__name__)


class Decider:
    """Decides requests.

    `rules` reads the policy for a pager and a target, and the phone rules, from the store; it raises
    StoreError. `unknown` is the kind of a phone that matches no phone rule. `cluster` has the other switches.
    `proxy` rings users that no switch has registered. `members` reads from the store the members of the page
    group that an extension is in a domain, None if it is none; it raises StoreError.
    """

    def __init__(
        self,
        queries: SwitchQueries,
        rules: Rules,
        unknown: PhoneKind,
        cluster: Cluster,
        proxy: ProxyDial = NO_PROXY,
        members: Members = lambda extension, domain: None,
    ) -> None:
        self._members = members
        self._proxy = proxy
        self._cluster = cluster
        self._queries = queries
        self._read = rules
        self._unknown = unknown

    def decide(self, request: Request) -> tuple[Request, Decision]:
        """The request, with its target's own name in place of an alias, and the decision on it.

        If the database or the switch fails, the decision is a refusal.
        """
        if request.pager is None:
            return request, Refusal(Reason.NOT_AUTHENTICATED)
        if request.target is None:
            return request, Refusal(Reason.MALFORMED)
        # the switch has just authenticated the pager, or rung its phone
        if request.reverse:
            judgement = self.judge_reverse(request.pager, request.target, answered=True)
        else:
            judgement = self.judge(request.feature, request.pager, request.target, pager_known=True)
        return replace(request, target=judgement.target or request.target), judgement.decision

    def judge(
        self, feature: Feature, pager: UserName, target: UserName, *, pager_known: bool = False
    ) -> Judgement:
        """The present decision on a request, and the data behind it.

        `pager_known`: the switch need not be asked whether its directory has the pager.
        """
        try:
            policy, rules = self._rules(pager, target)
            situation = self._situation(policy, pager_known)
            if situation.name and situation.name != target:
                policy, rules = self._rules(pager, situation.name)
        except (StoreError, SwitchError) as error:
            return _failed(error)
        judgement = self._judged(feature, policy, rules, situation)
        if lacks_phones(judgement.decision, situation):
            situation = self._cluster.with_phones(self._queries, policy.target, situation)
            judgement = self._judged(feature, policy, rules, situation)
        if feature is Feature.WHISPER and judgement.decision == Refusal(Reason.UNKNOWN_TARGET):
            return self._judge_group(policy, judgement)
        return judgement

    def _judged(
        self, feature: Feature, policy: Policy, rules: tuple[PhoneRule, ...], situation: Situation
    ) -> Judgement:
        phones = phones_of(situation, rules, policy.phone, self._unknown)
        return Judgement(decide(feature, policy, situation, phones.__getitem__), policy, situation, phones)

    def _judge_group(self, policy: Policy, user: Judgement) -> Judgement:
        """The decision if the target may be a page group, since the directory has no such user."""
        try:
            members = self._members(policy.target.extension, policy.target.domain)
        except StoreError as error:
            return _failed(error)
        if members is None:
            return user
        return replace(user, decision=Group(tuple(each for each in members if each != policy.pager)))

    def judge_reverse(self, pager: UserName, target: UserName, *, answered: bool = False) -> Judgement:
        """The present decision on a request for a reverse page, and the data behind it.

        `answered`: a phone of the target has answered, so its situation is not asked for.
        """
        try:
            policy, rules = self._rules(pager, target)
            own, there = Situation(), Situation()
            if policy.intercom.initiate and may_ask(policy):
                own = self.situation(pager)
                there = there if answered else self.situation(target)
            if there.name and there.name != target:
                policy, rules = self._rules(pager, there.name)
        except (StoreError, SwitchError) as error:
            return _failed(error)
        phones = phones_of(there, rules, policy.phone, self._unknown)
        decision = decide_reverse(policy, own, there, phones.__getitem__, answered=answered)
        return Judgement(decision, policy, there, phones)

    def by_click(self, judgement: Judgement, pager: UserName) -> tuple[Decision, tuple[Device, ...]]:
        """What becomes of it by a click, and the pager's phones to ring. Raises StoreError, SwitchError."""
        phones = () if isinstance(judgement.decision, Refusal) else self.own_phones(pager)
        return decide_click(judgement.decision, phones), phones

    def now(
        self,
        feature: Feature,
        pager: UserName,
        treatment: ForOne,
        target: UserName,
        *,
        aged: bool = False,
        member: bool = False,
    ) -> ForOne:
        """A decision on a page that is made at this switch, as it is now: `still`, or taken anew.

        `aged`: it is too old to count. `member`: the target is a member of a page group.
        """

        def anew() -> ForOne:
            decision = self.judge(feature, pager, target, pager_known=True).decision
            found = of_member(decision) if member else for_one(decision)
            left = not isinstance(found, Refusal) and found.switch
            return Refusal(Reason.CALL_CHANGED) if left else found

        return still(treatment, lambda each: self.holds(each, target), anew, aged=aged)

    def holds(self, treatment: Whisper | Intercom, target: UserName) -> bool:
        """Whether a target, by its own name, has begun and ended no call since a decision; asks nobody."""
        return treatment.basis == self.basis(target)

    def taken(self, treatment: Intercom, target: UserName, ours: Collection[str]) -> bool:
        """Whether a target is on a call since a decision, by another leg than `ours`; asks nobody."""
        since = self.basis(target) - treatment.basis
        return any(state is CallState.ON_CALL and uuid not in ours for uuid, state in since)

    def basis(self, user: UserName) -> Basis:
        """The legs of a user, by its own name, on which a decision would be based; asks nobody."""
        return self._cluster.basis(self._queries, user)

    def situation(self, user: UserName) -> Situation:
        """The present situation of a user, on whichever switch it is. Raises SwitchError."""
        return self._reached(user, self._cluster.situation(self._queries, user))

    def own_phones(self, pager: UserName) -> tuple[Device, ...]:
        """The pager's own phones, and how to ring them; raises StoreError and SwitchError."""
        policy, rules = self._rules(pager, pager)
        situation = self._reached(pager, self._cluster.own(self._queries, pager))
        phones = phones_of(situation, rules, policy.phone, self._unknown)
        return own_phones(situation, phones.__getitem__)

    def _reached(self, user: UserName, situation: Situation) -> Situation:
        """The same, with the way through the proxy if no switch knows a phone of the user."""
        if situation.registrations or not situation.known:
            return situation
        return replace(situation, registrations=self._proxy.phones(situation.name or user))

    def _rules(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        with DECISIONS.taken():
            return self._read(pager, target)

    def _situation(self, policy: Policy, pager_known: bool) -> Situation:
        """The target's situation; empty, and not asked for, if the pager may not page it anyway."""
        if not may_ask(policy):
            return Situation()
        if not pager_known and not self._queries.exists(policy.pager):
            return Situation(pager_known=False)
        return self.situation(policy.target)


def lacks_phones(decision: Decision, situation: Situation) -> bool:
    """Whether a call of the target decides nothing, and a switch that was not asked may have its phones."""
    on_call = any(leg.talking for leg in situation.legs)
    known = any(not each.through_proxy for each in situation.registrations)
    if isinstance(decision, Refusal):
        return on_call and not known and decision.reason in (Reason.NOT_REGISTERED, Reason.NOT_ACCEPTED)
    return on_call and not known and isinstance(decision, Intercom)


def _failed(error: StoreError | SwitchError) -> Judgement:
    """The refusal for a database or a switch that has failed."""
    if isinstance(error, StoreError):
        _log.error("decision.no_store", error=str(error))
        return Judgement(Refusal(Reason.STORE_TROUBLE), trouble=str(error))
    _log.error("decision.no_switch", error=str(error))
    return Judgement(Refusal(Reason.SWITCH_TROUBLE), trouble=str(error))


def still(
    treatment: ForOne,
    holds: Callable[[Whisper | Intercom], bool],
    anew: Callable[[], ForOne],
    *,
    aged: bool = False,
) -> ForOne:
    """A decision that holds at this moment: the one that was taken before, or one that is taken anew.

    A phone that is on a call by now would answer by itself, and put its call on hold. A target that changes
    its calls faster than it can be decided is refused.
    """
    for _ in range(TRIES):
        if isinstance(treatment, Refusal) or (holds(treatment) and not aged):
            return treatment
        treatment, aged = anew(), False
    return treatment if isinstance(treatment, Refusal) else Refusal(Reason.CALL_CHANGED)


def may_ask(policy: Policy) -> bool:
    """Whether the pager may page at all: else nothing of the target's situation decides."""
    may = policy.whisper.initiate or policy.intercom.initiate
    return may and policy.pager.domain == policy.target.domain


def phones_of(
    situation: Situation, rules: tuple[PhoneRule, ...], override: PhoneOverride, unknown: PhoneKind
) -> dict[str, Phone]:
    """The phones of the legs and registrations, by User-Agent."""
    agents = {leg.user_agent for leg in situation.legs}
    agents |= {registration.user_agent for registration in situation.registrations}
    return {agent: recognise(agent, rules, override, unknown) for agent in agents}

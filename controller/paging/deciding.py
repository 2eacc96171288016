"""Collects the data of SQL and of the switch for one request, and decides it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from controller.domain.decision import Decision, Device, Judgement, Situation, decide, own_phones
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.refusal import Reason, Refusal
from controller.errors import StoreError, SwitchError
from controller.paging.request import Request
from controller.phones.recognise import recognise
from controller.phones.values import Phone, PhoneKind, PhoneOverride, PhoneRule
from controller.switch.queries import SwitchQueries

Rules = Callable[[UserName, UserName], tuple[Policy, tuple[PhoneRule, ...]]]
_log = structlog.get_logger(__name__)


class Decider:
    """Decides requests.

    `rules` reads the policy for a pager and a target, and the phone rules, from the store; it raises
    StoreError. `unknown` is the kind of a phone that matches no phone rule.
    """

    def __init__(self, queries: SwitchQueries, rules: Rules, unknown: PhoneKind) -> None:
        self._queries = queries
        self._rules = rules
        self._unknown = unknown

    def decide(self, request: Request) -> Decision:
        """The decision on a request; trouble with SQL or the switch is a refusal."""
        if request.pager is None:
            return Refusal(Reason.NOT_AUTHENTICATED)
        if request.target is None:
            return Refusal(Reason.MALFORMED)
        return self.judge(request.feature, request.pager, request.target).decision

    def judge(self, feature: Feature, pager: UserName, target: UserName) -> Judgement:
        """The present decision on a request, and the data behind it."""
        try:
            policy, rules = self._rules(pager, target)
            situation = self._situation(policy)
        except StoreError as error:
            _log.error("decision.no_store", error=str(error))
            return Judgement(Refusal(Reason.STORE_TROUBLE), trouble=str(error))
        except SwitchError as error:
            _log.error("decision.no_switch", error=str(error))
            return Judgement(Refusal(Reason.SWITCH_TROUBLE), trouble=str(error))
        phones = self._phones(situation, rules, policy.phone)
        decision = decide(feature, policy, situation, phones.__getitem__)
        return Judgement(decision, policy, situation, phones)

    def own_phones(self, pager: UserName) -> tuple[Device, ...]:
        """The pager's own phones, and how to ring them; raises StoreError and SwitchError."""
        policy, rules = self._rules(pager, pager)
        situation = self._queries.situation(pager)
        return own_phones(situation, self._phones(situation, rules, policy.phone).__getitem__)

    def _phones(
        self, situation: Situation, rules: tuple[PhoneRule, ...], override: PhoneOverride
    ) -> dict[str, Phone]:
        """The phones of the legs and registrations, by User-Agent."""
        agents = {leg.user_agent for leg in situation.legs}
        agents |= {registration.user_agent for registration in situation.registrations}
        return {agent: recognise(agent, rules, override, self._unknown) for agent in agents}

    def _situation(self, policy: Policy) -> Situation:
        """The target's situation; empty, and not asked for, if the pager may not page anybody."""
        if not policy.whisper.initiate and not policy.intercom.initiate:
            return Situation()
        return self._queries.situation(policy.target)

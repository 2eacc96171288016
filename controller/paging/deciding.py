"""Brings together what SQL says, what the switch says and the rules, for one request."""

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
    """Decides what becomes of a request.

    `rules` asks the store what it says at this moment of a pager and a target, and of phones; it raises
    StoreError. `unknown` is the kind of a phone that no phone rule knows.
    """

    def __init__(self, queries: SwitchQueries, rules: Rules, unknown: PhoneKind) -> None:
        self._queries = queries
        self._rules = rules
        self._unknown = unknown

    def decide(self, request: Request) -> Decision:
        """What becomes of a request; what cannot be found out is a refusal, too."""
        if request.pager is None:
            return Refusal(Reason.NOT_AUTHENTICATED)
        if request.target is None:
            return Refusal(Reason.MALFORMED)
        return self.judge(request.feature, request.pager, request.target).decision

    def judge(self, feature: Feature, pager: UserName, target: UserName) -> Judgement:
        """What would become of a request at this moment, and why."""
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
        """The pager's own phones, as they are to be rung; raises StoreError and SwitchError."""
        policy, rules = self._rules(pager, pager)
        situation = self._queries.situation(pager)
        return own_phones(situation, self._phones(situation, rules, policy.phone).__getitem__)

    def _phones(
        self, situation: Situation, rules: tuple[PhoneRule, ...], override: PhoneOverride
    ) -> dict[str, Phone]:
        """The phones of legs and registrations, by their User-Agents."""
        agents = {leg.user_agent for leg in situation.legs}
        agents |= {registration.user_agent for registration in situation.registrations}
        return {agent: recognise(agent, rules, override, self._unknown) for agent in agents}

    def _situation(self, policy: Policy) -> Situation:
        """The switch is not asked about a target that the pager could not page anyway."""
        if not policy.whisper.initiate and not policy.intercom.initiate:
            return Situation()
        return self._queries.situation(policy.target)

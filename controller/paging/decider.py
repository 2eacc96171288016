"""Brings together what SQL says, what the switch says and the guard, for one request."""

from __future__ import annotations

import structlog

from controller.errors import StoreError, SwitchError
from controller.paging.guard import Situation, Treatment, decide
from controller.paging.policies import Policies
from controller.paging.refusal import Reason, Refusal
from controller.paging.request import Request
from controller.paging.survey import Survey
from controller.phones.recognise import recognise
from controller.phones.values import PhoneKind
from controller.store.values import Feature, Policy

_log = structlog.get_logger(__name__)


class Decider:
    """Decides what becomes of a request. `unknown` is the kind of a phone that no phone rule knows."""

    def __init__(self, survey: Survey, policies: Policies, unknown: PhoneKind) -> None:
        self._survey = survey
        self._policies = policies
        self._unknown = unknown

    def treatment(self, request: Request) -> Treatment:
        """What becomes of a request; what cannot be found out is a refusal, too."""
        if request.pager is None:
            return Refusal(Reason.NOT_AUTHENTICATED)
        if request.target is None:
            return Refusal(Reason.MALFORMED)
        try:
            policy, rules = self._policies.between(request.pager, request.target)
            situation = self._situation(request.feature, policy)
        except StoreError as error:
            _log.error("decision.no_store", error=str(error))
            return Refusal(Reason.STORE_TROUBLE)
        except SwitchError as error:
            _log.error("decision.no_switch", error=str(error))
            return Refusal(Reason.SWITCH_TROUBLE)
        return decide(
            request.feature,
            policy,
            situation,
            lambda agent: recognise(agent, rules, policy.phone, self._unknown),
        )

    def _situation(self, feature: Feature, policy: Policy) -> Situation:
        """The switch is not asked about a target that the pager could not page anyway."""
        if not policy.whisper.initiate and not policy.intercom.initiate:
            return Situation()
        return self._survey.situation(policy.target)

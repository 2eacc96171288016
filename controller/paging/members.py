"""What becomes of each member of a page group: the decision on a page to it alone, for all at once.

The settings are read once for all members. The state of each is asked anew, several at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import replace
from typing import Protocol

from gevent.pool import Pool

from controller.domain.decision import ForOne, Intercom, Judgement, Situation, Whisper, decide, of_member
from controller.domain.names import UserName
from controller.domain.policy import Feature, WhenNotAccepted
from controller.domain.refusal import Reason, Refusal
from controller.paging.deciding import lacks_phones, may_ask, phones_of, still
from controller.paging.verdicts import Policies, Situations
from controller.phones.values import PhoneKind

#: Members whose state is asked for at the same time.
AT_ONCE = 8


class Judges(Protocol):
    """Decides one request, and knows whether a decision still holds."""

    def judge(self, feature: Feature, pager: UserName, target: UserName, /) -> Judgement:
        """The present decision on a request."""

    def holds(self, treatment: Whisper | Intercom, target: UserName, /) -> bool:
        """Whether a target has begun no call and ended none since a decision."""


class MemberVerdicts:
    """The verdicts on members at one switch.

    `situations` gets a user's situation from the switches; `decider` decides for a member that is named by an
    alias. `unknown` is the kind of a phone that matches no phone rule.
    """

    def __init__(
        self,
        situations: Situations,
        policies: Policies,
        decider: Judges,
        unknown: PhoneKind,
    ) -> None:
        self._situations = situations
        self._policies = policies
        self._decider = decider
        self._unknown = unknown

    def of(self, pager: UserName, members: Sequence[UserName]) -> Mapping[UserName, ForOne]:
        """What becomes of each user that is a member, by its own name. Raises StoreError, SwitchError.

        A user that is a member by its alias, too, is one member. The pager is none.
        """
        policies, rules = self._policies(pager, members)
        asked = [each for each in members if may_ask(policies[each])]
        found = dict(zip(asked, self._ask(asked), strict=True))
        verdicts: dict[UserName, ForOne] = {}
        for member in members:
            # an ordinary call in place of a page is nothing for a group
            policy = replace(policies[member], when_not_accepted=WhenNotAccepted.REFUSE)
            situation = found.get(member, Situation())
            user = situation.name or member
            if user != member:  # an alias: its settings are those of its user
                if user != pager and user not in policies and user not in verdicts:
                    verdicts[user] = of_member(self._decider.judge(Feature.WHISPER, pager, user).decision)
                continue
            phones = phones_of(situation, rules, policy.phone, self._unknown)
            decision = decide(Feature.WHISPER, policy, situation, phones.__getitem__)
            if lacks_phones(decision, situation):
                decision = self._decider.judge(Feature.WHISPER, pager, member).decision
            verdicts[member] = of_member(decision)
        return verdicts

    def now(self, pager: UserName, member: UserName, verdict: ForOne, *, aged: bool = False) -> ForOne:
        """A verdict on a member as it is now: `still`, or taken anew. Raises StoreError, SwitchError."""

        def anew() -> ForOne:
            return self.of(pager, (member,)).get(member, Refusal(Reason.UNKNOWN_TARGET))

        return still(verdict, lambda each: self._decider.holds(each, member), anew, aged=aged)

    def _ask(self, users: Sequence[UserName]) -> list[Situation]:
        pool = Pool(AT_ONCE)
        asking = [pool.spawn(copy_context().run, self._situations.situation, each) for each in users]
        return [each.get() for each in asking]

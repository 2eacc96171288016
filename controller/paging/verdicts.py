"""What would become of a page by click to each of some targets: for showing it before the click.

It is the same decision, of the same data. The settings are read for all targets at once; the state of a
target on the switch is used for a moment, by whoever asks. A page itself is always decided anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, cast

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore

from controller.clock import REAL, Clock
from controller.domain.decision import Decision, Device, Situation, decide, decide_click, own_phones
from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.errors import SwitchError
from controller.paging.deciding import Decider, lacks_phones, may_ask, phones_of
from controller.paging.events import Bus, PageCameUp, PageEnded, PageEvent, PageLost, PresenceChanged
from controller.phones.values import PhoneKind, PhoneRule

#: Seconds for which a situation is used, unless an event says before that it is another one.
FRESH = 5.0
#: Situations that are kept.
KEPT = 5000
#: Situations that are asked for at a time: a page's own command waits behind no more than their questions.
AT_ONCE = 8

#: Reads the policies between a pager and many targets, and the phone rules, from the store.
Policies = Callable[[UserName, Sequence[UserName]], tuple[Mapping[UserName, Policy], tuple[PhoneRule, ...]]]


class Situations(Protocol):
    """Knows the situations of users."""

    def situation(self, user: UserName, /) -> Situation:
        """The present situation of a user; raises SwitchError."""


class Verdicts:
    """The verdicts at one switch.

    `situations` gets a user's situation from the switches; `decider` decides what needs more
    than that. `unknown` is the kind of a phone that matches no phone rule.
    """

    def __init__(
        self,
        situations: Situations,
        policies: Policies,
        decider: Decider,
        unknown: PhoneKind,
        events: Bus,
        clock: Clock = REAL,
    ) -> None:
        self._situations_of = situations
        self._policies = policies
        self._decider = decider
        self._unknown = unknown
        self._clock = clock
        self._asking = BoundedSemaphore(AT_ONCE)
        self._found: OrderedDict[UserName, tuple[float, AsyncResult[Situation]]] = OrderedDict()
        events.subscribe(PresenceChanged, lambda event: self._forget(each.user for each in event.users))
        for kind in (PageCameUp, PageEnded, PageLost):
            events.subscribe(kind, self._page_changed)

    def of(self, pager: UserName, targets: Sequence[UserName]) -> dict[UserName, Decision]:
        """What would become of a page to each target. Raises StoreError, SwitchError."""
        policies, rules = self._policies(pager, (*targets, pager))
        asked = [each for each in targets if may_ask(policies[each])]
        asked += [pager] if asked else []
        found = dict(zip(asked, self._situations(asked), strict=True))
        me = found.get(pager, Situation())
        own = own_phones(me, phones_of(me, rules, policies[pager].phone, self._unknown).__getitem__)
        verdicts: dict[UserName, Decision] = {}
        for target in targets:
            policy, situation = policies[target], found.get(target, Situation())
            if not may_ask(policy):
                situation = Situation()
            elif not me.known:
                situation = Situation(pager_known=False)
            elif situation.name not in (None, target):  # an alias: its settings are those of its user
                verdicts[target] = self._judge(pager, target, own)
                continue
            phones = phones_of(situation, rules, policy.phone, self._unknown)
            decision = decide(Feature.WHISPER, policy, situation, phones.__getitem__)
            if lacks_phones(decision, situation):
                verdicts[target] = self._judge(pager, target, own)
            else:
                verdicts[target] = decide_click(decision, own)
        return verdicts

    def _judge(self, pager: UserName, target: UserName, own: tuple[Device, ...]) -> Decision:
        """The verdict on a target whose situation alone does not decide."""
        return decide_click(self._decider.judge(Feature.WHISPER, pager, target).decision, own)

    def _situations(self, users: Sequence[UserName]) -> list[Situation]:
        results = [self._result(user) for user in users]
        return [cast(Situation, result.get()) for result in results]

    def _result(self, user: UserName) -> AsyncResult[Situation]:
        """The situation of a user, asked for at most once at a time."""
        now = self._clock.monotonic()
        at, result = self._found.get(user, (now - FRESH, None))
        if result is not None and now - at < FRESH:
            return result
        result = AsyncResult()
        self._found[user] = now, result
        self._found.move_to_end(user)
        while len(self._found) > KEPT:
            self._found.popitem(last=False)
        gevent.spawn(self._learn, user, result)
        return result

    def _learn(self, user: UserName, result: AsyncResult[Situation]) -> None:
        try:
            with self._asking:
                result.set(self._situations_of.situation(user))
        except SwitchError as error:
            self._forget((user,))
            result.set_exception(error)

    def _page_changed(self, event: PageEvent) -> None:
        self._forget(each for each in (event.record.pager, event.record.target) if each)

    def _forget(self, users: Iterable[UserName]) -> None:
        for user in users:
            self._found.pop(user, None)

"""A switch that answers from a table, and a store that has one policy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.outcome import Outcome
from controller.paging.post import Post
from controller.phones.values import PhoneRule
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.timed import TimedSwitch

#: The fixture that waits until a condition holds.
Eventually = Callable[[Callable[[], object]], None]


def event(name: str, uuid: str, **headers: str) -> JsonEvent:
    """An event of a leg, as the switch sends it."""
    whole = {"Event-Name": name, "Unique-ID": uuid} | headers
    return JsonEvent(json.dumps(whole, separators=(",", ":")).encode())


def bridge(name: str, one: str, other: str, **headers: str) -> JsonEvent:
    """A bridge of two legs begins or ends."""
    return event(name, one, **{"Bridge-A-Unique-ID": one, "Bridge-B-Unique-ID": other} | headers)


@dataclass
class FakeSwitch:
    """Answers a call by the longest of `answers` that it begins with; keeps what it was asked and told.

    Without an answer of its own, an originate gets the uuid that it asks for.
    """

    answers: dict[str, str | Outcome] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        self.asked.append(call.text)
        begins = [each for each in self.answers if call.text.startswith(each)]
        wanted = re.search(r"origination_uuid=([0-9a-f-]+)", call.text)
        answer = self.answers[max(begins, key=len)] if begins else f"+OK {wanted[1] if wanted else ''}"
        return answer if isinstance(answer, Outcome) else Outcome.of_answer(answer)

    bgapi = api

    def send(self, command: Command, deadline: float) -> Outcome:
        if command.line.startswith("sendevent "):
            self.told.append(dict(command.headers))
            return Outcome.of_answer("+OK")
        self.asked.append(" ".join((command.line, *(value for _, value in command.headers))))
        return Outcome.of_answer("+OK")

    def names(self) -> list[str]:
        """The calls by their first word."""
        return [text.split(" ")[0] for text in self.asked]


def post(switch: FakeSwitch, policies: FakeStore, decider: object = None, legs: Legs | None = None) -> Post:
    """A post beside a fake switch called `pbx`, that has a second for each call."""
    timed = TimedSwitch(switch)
    survey = SwitchQueries(timed, Legs() if legs is None else legs, deadline=1)
    return Post("pbx", timed, survey, decider, policies, deadline=1)  # type: ignore[arg-type]


@dataclass
class FakeStore:
    """One policy for all, or an error; keeps what was saved."""

    policy: Policy | Exception
    rules: tuple[PhoneRule, ...] = ()
    open: tuple[PageRecord, ...] = ()
    saved: list[PageRecord] = field(default_factory=list)
    off: set[UserName] = field(default_factory=set)

    def block(self, user: UserName, off: bool | None) -> bool:
        self._fail()
        now_off = user not in self.off if off is None else off
        (self.off.add if now_off else self.off.discard)(user)
        return now_off

    def blocked(self) -> frozenset[UserName]:
        self._fail()
        return frozenset(self.off)

    def _fail(self) -> None:
        if isinstance(self.policy, Exception):
            raise self.policy

    def between(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        if isinstance(self.policy, Exception):
            raise self.policy
        return self.policy, self.rules

    def claim(self, record: PageRecord) -> bool:
        if any(each.page_id == record.page_id for each in self.saved):
            return False
        self.saved.append(record)
        return True

    def save(self, record: PageRecord) -> None:
        self.saved.append(record)

    def open_pages(self, switch: str) -> tuple[PageRecord, ...]:
        return self.open

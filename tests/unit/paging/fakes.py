"""A fake switch that answers from a table, and a fake store with one policy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from controller.clock import REAL, Clock, date
from controller.domain.call_back import CallBack
from controller.domain.crossing import Arrival, Crossing
from controller.domain.decision import ForOne
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord
from controller.domain.toggle import Toggle
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.eventsocket.outcome import Outcome
from controller.paging.blocked import BlockedUsers
from controller.paging.call_back_key import CallBackKey
from controller.paging.call_backs import CallBackRows, CallBacks
from controller.paging.cluster import Cluster
from controller.paging.control import PageControl
from controller.paging.crossing import Crossings
from controller.paging.deciding import Decider
from controller.paging.events import BlockChanged, Bus, SwitchChanged
from controller.paging.everywhere import LiveEverywhere
from controller.paging.following import Following
from controller.paging.group import GroupSetup
from controller.paging.history import History
from controller.paging.intercom import IntercomSetup
from controller.paging.lamps import Lamps
from controller.paging.limits import Limits
from controller.paging.live import LivePages
from controller.paging.members import MemberVerdicts
from controller.paging.metrics import Metrics
from controller.paging.outlets import DialledMessages
from controller.paging.page import NO_KEYS
from controller.paging.pages_off import PagesOff
from controller.paging.refusals import Refusals
from controller.paging.replies import Replies
from controller.paging.requests import Requests
from controller.paging.setup import WhisperSetup
from controller.phones.values import PhoneRule
from controller.ratelimit import RateLimit
from controller.switch.identity import SwitchName
from controller.switch.keys import Key
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch

#: The fixture that waits until a condition holds.
Eventually = Callable[[Callable[[], object]], None]


def event(name: str, uuid: str, **headers: str) -> JsonEvent:
    """An event of a leg as the switch sends it."""
    whole = {"Event-Name": name, "Unique-ID": uuid} | headers
    return JsonEvent(json.dumps(whole, separators=(",", ":")).encode())


def bridge(name: str, one: str, other: str, **headers: str) -> JsonEvent:
    """The event of a bridge between two legs that begins or ends."""
    return event(name, one, **{"Bridge-A-Unique-ID": one, "Bridge-B-Unique-ID": other} | headers)


PBX = SwitchName("127.0.0.1:8021", "pbx")
#: Seconds for work that was begun to be done; only a failing test waits so long.
PATIENCE = 60.0


@dataclass
class FakeSwitch:
    """Answers a call from `answers`, by the longest beginning that matches, and keeps all calls and commands.

    An originate without an entry gets the uuid that it asks for. `bridges`: every leg was bridged to that.
    Without an entry, every user is known, and none has a number alias, for which the lamps ask: that is not
    kept, since it comes at any time.
    """

    answers: dict[str, str | Outcome] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    bridges: bool = False
    made: str = ""

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        if not call.text.endswith(" attr number-alias"):
            self.asked.append(call.text)
        begins = [each for each in self.answers if call.text.startswith(each)]
        wanted = re.search(r"origination_uuid=([0-9a-f-]+)", call.text)
        answer = self.answers[max(begins, key=len)] if begins else f"+OK {wanted[1] if wanted else ''}"
        if not begins and (found := re.fullmatch(r"user_data (\S+)@\S+ attr (\S+)", call.text)):
            answer = found[1] if found[2] == "id" else "-ERR no reply"
        self.made = wanted[1] if wanted else self.made
        if self.bridges and call.text.endswith(" last_bridge_to"):
            answer = self.made
        return answer if isinstance(answer, Outcome) else Outcome.of_answer(answer)

    bgapi = api

    def send(self, command: Command, deadline: float) -> Outcome:
        if command.line.startswith("sendevent "):
            self.told.append(dict(command.headers))
            return Outcome.of_answer("+OK")
        self.asked.append(" ".join((command.line, *(value for _, value in command.headers))))
        return Outcome.of_answer("+OK")

    def names(self) -> list[str]:
        """The first words of the calls."""
        return [text.split(" ")[0] for text in self.asked]


@dataclass
class FakeStore:
    """Has one policy for all users, or an error, and keeps the saved records."""

    policy: Policy | Exception
    rules: tuple[PhoneRule, ...] = ()
    open: tuple[PageRecord, ...] = ()
    saved: list[PageRecord] = field(default_factory=list)
    off: set[UserName] = field(default_factory=set)
    crossings: dict[str, list[Any]] = field(default_factory=dict)
    call_backs: dict[tuple[UserName, UserName], CallBack] = field(default_factory=dict)

    def block(self, user: UserName, toggle: Toggle) -> bool:
        self._fail()
        now_off = toggle.after(user in self.off)
        (self.off.add if now_off else self.off.discard)(user)
        return now_off

    def blocked(self) -> frozenset[UserName]:
        self._fail()
        return frozenset(self.off)

    def _fail(self) -> None:
        if isinstance(self.policy, Exception):
            raise self.policy

    def rules_between(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
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

    def attempt(self, page_id: str) -> PageRecord | None:
        return next((each for each in reversed(self.saved) if each.page_id == page_id), None)

    def open_parts(self, page_id: str) -> tuple[PageRecord, ...]:
        self._fail()
        newest = {each.page_id: each for each in self.saved if each.part_of == page_id}
        return tuple(each for each in newest.values() if each.ended_at is None)

    def begin(self, token: str, crossing: Crossing) -> None:
        self._fail()
        self.crossings[token] = [crossing, None]

    def arrive(self, token: str, switch: str, leg: str) -> Arrival | None:
        found = self.crossings.get(token)
        if found is None or found[0].switch != switch or found[1] not in (None, leg):
            return None
        ours, found[1] = found[1] is None, leg
        return Arrival(found[0], ours)

    def give_up(self, page_id: str) -> bool:
        self._fail()
        for found in self.crossings.values():
            if found[0].page_id == page_id and found[1] is not None:
                return False
        return True

    def list_call_backs(self) -> tuple[CallBack, ...]:
        self._fail()
        return tuple(self.call_backs.values())

    def ask_call_back(self, asked: CallBack, limit: int) -> None:
        self._fail()
        self.call_backs[asked.pair] = asked

    def finish_call_back(self, pager: UserName, target: UserName, taken_at: datetime) -> None:
        self._fail()
        self.call_backs.pop((pager, target), None)

    @property
    def call_back_rows(self) -> CallBackRows:
        return CallBackRows(
            listing=self.list_call_backs,
            ask=self.ask_call_back,
            take=lambda pager, target, at: (pager, target) in self.call_backs,
            give_back=lambda pager, target, at: None,
            finish=self.finish_call_back,
            remove=lambda pager, target: self.call_backs.pop((pager, target), None) is not None,
            prune=lambda at: 0,
        )

    def open_pages(self, *_: str) -> tuple[PageRecord, ...]:
        return self.open


class Beside:
    """All parts for a fake switch named `pbx`, connected as in `Station`; each call has a second."""

    def __init__(
        self,
        switch: FakeSwitch,
        store: FakeStore,
        decider: object = None,
        digits: Mapping[Key, str] = NO_KEYS,
        *,
        limits: tuple[RateLimit | None, RateLimit | None] = (None, None),
        show: bool = False,
        lamps: bool = True,
        call_back_minutes: int = 0,
        clock: Clock = REAL,
    ) -> None:
        self.events, self.metrics, self.legs = Bus(), Metrics(), Legs()
        self.history = History(lambda record: store.save(record))
        self.history.subscribe(self.events)
        self.blocked = BlockedUsers(
            lambda: store.blocked(), lambda user, toggle: store.block(user, toggle), self.events
        )
        self.limits = Limits(self.events, *limits)
        self.timed = timed = TimedSwitch(switch)
        self.queries = SwitchQueries(timed, self.legs, deadline=1)
        self.runner = CommandRunner(timed, deadline=1)
        self.live = LivePages(self.runner, self.events)
        self.control = PageControl(self.live)
        replies = Replies(self.queries, lambda target: (), frozenset(digits.values()))
        self.following = Following(PBX, self.queries, self.runner, self.live, digits, self.events, replies)
        self.everywhere = LiveEverywhere(self.events)
        self.everywhere.add(PBX, self.live)
        self.lamps = Lamps(
            PBX, timed, self.queries, 1, self.legs, self.everywhere, self.blocked, on=lamps, clock=clock
        )
        self.pages_off = PagesOff(self.runner, self.live, self.blocked)
        self.call_backs = CallBacks(store.call_back_rows, self.events, call_back_minutes, 2, "5", clock)
        self.call_back_key = CallBackKey(self.runner, self.queries, self.call_backs)
        self.cluster = Cluster()
        self.crossings = Crossings(
            self.cluster,
            lambda token, crossing, at, part: store.begin(token, crossing),
            lambda page_id: store.give_up(page_id),
            lambda page_id: store.attempt(page_id),
            lambda page_id: store.open_parts(page_id),
            self.runner,
            self.live,
            self.events,
        )
        setup = WhisperSetup(self.queries, self.runner, self.live, self.blocked, digits, replies, show=show)
        self.members: dict[UserName, ForOne] = {}
        self.groups = GroupSetup(
            cast(MemberVerdicts, self),
            self.limits,
            setup,
            self.crossings,
            self.queries,
            self.runner,
            self.live,
            self.events,
        )
        self.requests = Requests(
            PBX,
            cast(Decider, decider),
            self.limits,
            lambda record: store.claim(record),
            lambda page_id: store.attempt(page_id),
            setup,
            IntercomSetup(self.runner, self.live),
            self.groups,
            Refusals(self.runner, self.call_backs, self.events),
            self.runner,
            self.live,
            self.following,
            self.pages_off,
            cast(DialledMessages, None),
            self.crossings,
            lambda token, switch, leg, at: store.arrive(token, switch, leg),
            self.events,
        )
        self.metrics.subscribe(self.events)
        self.following.subscribe(self.events)
        self.crossings.subscribe(self.events)
        self.groups.subscribe(self.events)
        self.lamps.subscribe(self.events)
        self.events.subscribe(BlockChanged, self.control.block_changed)
        self.reach(str(PBX))

    def reach(self, switch: str, *, up: bool = True) -> None:
        """Publish that a switch can be reached, or not any more."""
        self.events.publish(SwitchChanged(switch, up, date(REAL)))

    def of(self, pager: UserName, members: Sequence[UserName]) -> dict[UserName, ForOne]:
        """The verdicts on members of a page group, as a test has set them."""
        return {each: self.members[each] for each in members}

    def now(self, pager: UserName, member: UserName, verdict: ForOne, *, aged: bool = False) -> ForOne:
        """The verdict on a member as it is reached: as a test has set it by then."""
        return self.members.get(member, verdict)

    def settle(self) -> None:
        """Wait until all work that was begun is done."""
        for work in (self.requests, self.runner, self.lamps, self.history):
            work.drain(PATIENCE)

    def close(self) -> None:
        self.following.stop()
        self.groups.stop()
        self.lamps.stop()
        self.limits.close()
        self.history.close(1)

"""Meeting a switch: its legs, its pages, and what the history still believes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from controller.errors import SwitchTrouble
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.history import History
from controller.paging.takeover import Takeover
from controller.store.naming import UserName
from controller.store.values import PageRecord, Policy, Treatment
from controller.switch.legs import Legs
from controller.switch.pagelegs import PageMark
from tests.unit.paging.fakes import FakePolicies, FakeSwitch

MARK = PageMark("page-1", "1001@pbx.test", "1002@pbx.test", "p-1", "t-1", "f-1")
ROWS = [
    {"uuid": "t-1", "name": "sofia/internal/1002", "presence_id": "1002@pbx.test"},
    {"uuid": MARK.relay, "name": "loopback/relay-t-1-a", "presence_id": ""},
]


@dataclass
class Adopts:
    marks: list[PageMark] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)

    def adopt(self, mark: PageMark, muted: bool) -> None:
        self.marks.append(mark)
        self.found.append(muted)


def record(page: str) -> PageRecord:
    return PageRecord(page, "pbx", "1001@pbx.test", "1002@pbx.test", Treatment.WHISPER, datetime.now(UTC))


class Meeting:
    """A controller that meets a switch with these rows, its history having these pages open."""

    def __init__(self) -> None:
        self.switch = FakeSwitch({"show channels": json.dumps({"row_count": 2, "rows": ROWS})})
        dump = {f"variable_{name}": value for name, value in MARK.variables().items()}
        dump |= {"variable_whisperpage_muted": "true"}
        self.switch.answers[f"uuid_dump {MARK.relay}"] = json.dumps(dump, separators=(",", ":"))
        self.legs, self.adopts = Legs(), Adopts()
        nobody = UserName("1", "a")
        self.policies = FakePolicies(Policy(nobody, nobody))
        self.history = History(self.policies.save)

    def run(self) -> None:
        Takeover(
            self.switch,
            "pbx",
            self.legs,
            self.adopts,
            self.policies,
            self.history,
            1,  # type: ignore[arg-type]
        ).run()
        self.history.drain(1)


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    meeting = Meeting()
    yield meeting
    meeting.history.close(1)


def test_legs_and_pages_that_are_there_are_taken_over(meeting: Meeting) -> None:
    meeting.run()
    assert meeting.legs.of("1002@pbx.test") == ("t-1",)
    assert meeting.adopts.marks == [MARK]
    assert meeting.adopts.found == [True]


def test_a_switch_without_channels_has_no_rows_at_all(meeting: Meeting) -> None:
    meeting.switch.answers["show channels"] = '{"row_count":0}'
    meeting.run()
    assert len(meeting.legs) == 0


def test_pages_that_ended_unseen_are_closed_and_those_that_are_up_are_not(meeting: Meeting) -> None:
    meeting.policies.open = (record("page-1"), record("page-2"))
    meeting.run()
    assert [(each.page_id, each.ending) for each in meeting.policies.saved] == [("page-2", "lost")]


@pytest.mark.parametrize("dump", ["-ERR No such channel!", "{}"])
def test_a_relay_that_is_gone_or_says_nothing_is_no_page(meeting: Meeting, dump: str) -> None:
    meeting.switch.answers[f"uuid_dump {MARK.relay}"] = dump
    meeting.run()
    assert meeting.adopts.marks == []


@pytest.mark.parametrize("answer", [Outcome(Status.UNKNOWN, "late"), Outcome(Status.DONE, "no JSON")])
def test_a_switch_that_does_not_tell_its_channels_is_met_again_later(
    meeting: Meeting, answer: Outcome
) -> None:
    meeting.switch.answers["show channels"] = answer
    with pytest.raises(SwitchTrouble):
        meeting.run()

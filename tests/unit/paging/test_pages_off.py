"""Whisper Page Off, by code and by key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable
from controller.paging.page import WhisperPage
from controller.paging.request import Request
from controller.switch.pagelegs import PageMark
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch, event

TARGET = UserName("1002", "pbx.test")
MARK = PageMark("page-1", UserName("1001", "pbx.test"), TARGET, "p-1", "t-1", "f-1")


class Desk:
    def __init__(self) -> None:
        self.switch = FakeSwitch({"sched_del": "+OK Deleted: 1"})
        self.store = FakeStore(Policy(TARGET, TARGET))
        self.beside = Beside(self.switch, self.store)

    def dial(self, user: UserName | None = TARGET) -> list[str]:
        """Make a user dial the code; return the commands to the switch."""
        self.switch.asked.clear()
        self.beside.pages_off.take(Request("c-1", Feature.WHISPER, user, None, "*20", off=True))
        return self.switch.asked

    def press(self, key: str = "off", leg: str = "t-1") -> list[str]:
        """Make the target of a page press a key; return the commands to the switch."""
        record = PageRecord("page-1", "pbx", MARK.pager, MARK.target, Treatment.WHISPER, datetime.now(UTC))
        self.beside.live.follow(WhisperPage(MARK, up=True), record)
        seen = event("CUSTOM", leg, **{"Event-Subclass": "whisperpage::key", "whisperpage_key": key})
        self.beside.live.observe(seen)
        self.beside.pages_off.on_key(seen)
        self.beside.runner.drain(60)
        return self.switch.asked


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.beside.close()


def test_the_code_switches_off_and_on_again_and_says_so(desk: Desk) -> None:
    claim = "sched_del whisperpage-pages-c-1"
    assert desk.dial() == [claim, "uuid_transfer c-1 pages-off XML whisperpage@switch"]
    assert desk.store.off == {TARGET}
    assert desk.dial() == [claim, "uuid_transfer c-1 pages-on XML whisperpage@switch"]
    assert desk.store.off == set()


def test_the_code_is_left_to_a_controller_that_was_first(desk: Desk) -> None:
    desk.switch.answers["sched_del"] = "+OK Deleted: 0"
    assert desk.dial() == ["sched_del whisperpage-pages-c-1"]
    assert desk.store.off == set()


def test_an_unauthenticated_caller_hears_reorder(desk: Desk) -> None:
    assert desk.dial(None)[1:] == [
        "uuid_setvar c-1 whisperpage_cause CALL_REJECTED",
        "uuid_transfer c-1 refuse XML whisperpage@switch",
    ]


def test_a_code_that_cannot_be_written_is_heard_as_reorder(desk: Desk) -> None:
    desk.store.policy = DatabaseUnavailable("locked")
    assert desk.dial()[1:] == [
        "uuid_setvar c-1 whisperpage_cause NORMAL_TEMPORARY_FAILURE",
        "uuid_transfer c-1 refuse XML whisperpage@switch",
    ]


def test_the_key_blocks_further_pages_and_the_target_hears_it(desk: Desk) -> None:
    assert desk.press() == [
        "sched_del whisperpage-pages-t-1",
        "sendmsg t-1 execute execute_extension heard-off XML whisperpage@switch",
    ]
    assert desk.store.off == {TARGET}


def test_a_key_that_cannot_be_written_is_heard_as_reorder(desk: Desk) -> None:
    desk.store.policy = DatabaseUnavailable("locked")
    assert desk.press()[-1] == "sendmsg t-1 execute execute_extension heard-reorder XML whisperpage@switch"


def test_the_key_is_left_to_a_controller_that_was_first(desk: Desk) -> None:
    desk.switch.answers["sched_del"] = "+OK Deleted: 0"
    assert desk.press() == ["sched_del whisperpage-pages-t-1"]
    assert desk.store.off == set()


@pytest.mark.parametrize(("key", "leg"), [("end", "t-1"), ("off", "x-1")])
def test_other_keys_and_other_legs_block_nothing(desk: Desk, key: str, leg: str) -> None:
    assert desk.press(key, leg) == []

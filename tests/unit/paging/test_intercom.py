"""Intercom and ordinary calls: started and followed, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.decision import Device, Intercom
from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, Refusal
from controller.paging.dialling import RINGING
from controller.paging.events import Bus
from controller.paging.intercom import IntercomSetup
from controller.paging.live import LivePages
from controller.paging.request import Request
from controller.phones.values import Phone, PhoneKind
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
REQUEST = Request("p-1", Feature.INTERCOM, PAGER, TARGET, "1002")
RECORD = PageRecord("page-1", "pbx", PAGER, TARGET, Treatment.INTERCOM, datetime.now(UTC))


class Desk:
    def __init__(self) -> None:
        self.switch = FakeSwitch()
        runner = CommandRunner(TimedSwitch(self.switch), deadline=1)
        self.live = LivePages(runner, Bus())
        self._setup = IntercomSetup(runner, self.live)

    def make(
        self, dial: str = "sofia/internal/sip:1002@10.0.0.2", record: PageRecord = RECORD
    ) -> Refusal | None:
        device = Device(Registration(dial), Phone(PhoneKind.DESK, "", ()), ())
        return self._setup.make(REQUEST, Intercom(((device,),), automatic=True), record)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_call_is_started_and_followed(desk: Desk) -> None:
    assert desk.make() is None
    dial, page, last = desk.switch.asked
    assert dial.startswith("uuid_setvar p-1 whisperpage_dial [")
    assert page == "uuid_setvar p-1 whisperpage_page page-1"
    assert last == "uuid_transfer p-1 intercom XML whisperpage@switch"
    assert desk.live.find("page-1")


def test_member_of_a_page_group_at_another_switch_is_called_for_as_long_as_one_at_its_own(desk: Desk) -> None:
    desk.make()
    desk.make(record=replace(RECORD, part_of="page-0"))
    alone, member = (text for text in desk.switch.asked if "whisperpage_dial" in text)
    assert "leg_timeout" not in alone
    assert f"leg_timeout={RINGING}" in member


def test_a_target_whose_phones_cannot_be_dialled_has_none(desk: Desk) -> None:
    assert desk.make("sofia/internal/${system(id)}") == Refusal(Reason.NOT_REGISTERED)
    assert desk.switch.asked == []


def test_a_call_that_the_switch_does_not_start_is_followed_no_more(desk: Desk) -> None:
    desk.switch.answers["uuid_transfer"] = "-ERR no"
    assert desk.make() == Refusal(Reason.SWITCH_TROUBLE)
    assert desk.live.find("page-1") is None

"""A pager's leg whose call was sent to another switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord, Treatment
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch

RECORD = PageRecord(
    "page-1",
    "beta",
    UserName("1001", "pbx.test"),
    UserName("1002", "pbx.test"),
    Treatment.WHISPER,
    datetime(2026, 11, 29, tzinfo=UTC),
)


class Desk(Beside):
    """What follows the legs of pagers on the first switch, where one leg exists."""

    def __init__(self) -> None:
        nobody = UserName("1", "a")
        self.store = FakeStore(Policy(nobody, nobody))
        super().__init__(FakeSwitch({"uuid_exists": "false", "uuid_exists p-1": "true"}), self.store)

    @property
    def endings(self) -> list[str | None]:
        """The endings in the history."""
        self.settle()
        return [record.ending for record in self.store.saved]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_leg_that_is_there_is_followed(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-1")
    assert desk.live.find("page-1")
    assert desk.endings == []


def test_leg_that_has_ended_before_is_let_go_and_a_call_that_has_not_arrived_is_closed(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-2")
    assert not desk.live.all()
    assert desk.endings == ["pager_hung_up"]


def test_leg_that_has_ended_while_there_was_no_connection_is_closed_then(desk: Desk) -> None:
    desk.crossings.follow(RECORD, "p-1")
    desk.live.clear()
    desk.crossings.settle()
    assert desk.endings == ["pager_hung_up"]
    desk.crossings.settle()
    assert desk.endings == ["pager_hung_up"]


def test_leg_whose_page_is_not_of_another_switch_is_not_resumed(desk: Desk) -> None:
    desk.store.saved.append(replace(RECORD, switch="pbx"))
    assert not desk.crossings.resume("page-1", "p-1", "", "pbx")
    assert not desk.live.all()

"""An attempt as a record of the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, Treatment, ending_in


def record(target: UserName | None, dialled: str = "") -> PageRecord:
    now = datetime.now(UTC)
    return PageRecord("page-1", "pbx", None, target, Treatment.WHISPER, now, dialled=dialled)


def test_people_are_shown_the_target_or_else_what_was_dialled() -> None:
    assert record(UserName("1002", "pbx.test")).called == "1002@pbx.test"
    assert record(None, "what was dialled").called == "what was dialled"


def test_in_a_reverse_page_the_legs_are_those_of_the_others() -> None:
    assert ending_in(Treatment.REVERSE, Ending.PAGER_HUNG_UP) is Ending.TARGET_HUNG_UP
    assert ending_in(Treatment.REVERSE, Ending.TARGET_HUNG_UP) is Ending.PAGER_HUNG_UP
    assert ending_in(Treatment.REVERSE, Ending.STOPPED) is Ending.STOPPED
    assert ending_in(Treatment.WHISPER, Ending.PAGER_HUNG_UP) is Ending.PAGER_HUNG_UP


def test_a_page_comes_into_the_call_of_its_target_and_a_reverse_page_into_that_of_its_pager() -> None:
    pager, target = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
    page = replace(record(target), pager=pager)
    assert page.on_call == target
    assert replace(page, treatment=Treatment.REVERSE).on_call == pager

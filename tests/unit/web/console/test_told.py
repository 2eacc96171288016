"""Who is told of what: a console of its own domain alone, and of pages of others only that they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.presence import CallState, Present
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.paging.events import BlockChanged, ClickRings, PresenceChanged, SwitchChanged
from controller.web.console import told
from controller.web.feed import Change, ClickChanged, Message, PageChanged

NOW = datetime(2025, 1, 31, 12, tzinfo=UTC)
ANNA, BOB, CARL = (UserName(ext, "one.test") for ext in ("1001", "1002", "1003"))
STRANGER = UserName("1001", "two.test")
PAGE = PageRecord("p", "pbx", ANNA, BOB, Treatment.WHISPER, NOW, answered_at=NOW)
RINGS = ClickRings("p", ANNA, BOB, NOW)


def concerns(change: Change, user: UserName) -> bool:
    return told.concerns(Message("1", change), user)


def events(change: Change, user: UserName) -> list[tuple[str, object]]:
    return list(told.events(Message("1", change), user, ()))


@pytest.mark.parametrize(
    "change",
    [
        PageChanged(PAGE),
        ClickChanged(RINGS, answered=False),
        BlockChanged(BOB, True),
        PresenceChanged("one.test", (Present(BOB, CallState.ON_CALL, NOW),)),
    ],
)
def test_another_domain_is_told_of_nothing(change: Change) -> None:
    assert concerns(change, ANNA)
    assert not concerns(change, STRANGER)


def test_everybody_is_told_whether_the_switches_are_there_and_not_which() -> None:
    change = SwitchChanged("10.0.0.1:8021", False, NOW, "connection refused")
    assert concerns(change, STRANGER)
    assert events(change, STRANGER) == [("switch", {"up": True})]


def test_a_third_one_is_told_that_somebody_is_paged_and_not_by_whom() -> None:
    assert events(PageChanged(PAGE), CARL) == [("state", {"1002": {"paged": "yes"}})]
    assert events(PageChanged(PAGE, muted=True), CARL) == [("state", {"1002": {"paged": "muted"}})]
    over = replace(PAGE, ended_at=NOW, ending="stopped")
    assert events(PageChanged(over), CARL) == [("state", {"1002": {"paged": ""}})]


@pytest.mark.parametrize(
    "treatment", [Treatment.REVERSE, Treatment.INTERCOM, Treatment.CALL, Treatment.REFUSED]
)
def test_a_third_one_is_not_told_of_what_is_no_whisper(treatment: Treatment) -> None:
    assert not concerns(PageChanged(replace(PAGE, treatment=treatment)), CARL)


def test_a_third_one_is_not_told_whose_phone_rings_for_a_page() -> None:
    assert not concerns(ClickChanged(RINGS, answered=False), CARL)
    assert not concerns(ClickChanged(RINGS, answered=False), BOB)


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_shows_more_of_the_target_than_the_list_does(reason: Reason) -> None:
    record = replace(PAGE, treatment=Treatment.REFUSED, reason=reason.value, answered_at=None)
    [(_, page)] = events(PageChanged(record), ANNA)
    assert isinstance(page, dict)
    seen = (Reason.PAGES_OFF, Reason.ALREADY_PAGED, Reason.TARGET_ON_CALL)
    hidden = told.as_told(reason) is not reason and reason not in seen
    assert page["reason"] == ("unavailable" if hidden else reason.value)


def test_a_target_of_another_domain_is_not_named() -> None:
    record = replace(PAGE, target=STRANGER, treatment=Treatment.REFUSED, reason="other_domain")
    [(_, page)] = events(PageChanged(record), ANNA)
    assert isinstance(page, dict)
    assert page["other"] == ""
    assert "two.test" not in str(page)


def test_pager_of_a_group_is_told_of_the_whole_page_and_a_member_of_its_part() -> None:
    part = replace(PAGE, part_of="whole")
    assert "mine" not in dict(events(PageChanged(part), ANNA))
    assert "mine" in dict(events(PageChanged(part), BOB))
    assert "mine" in dict(events(PageChanged(replace(PAGE, treatment=Treatment.GROUP)), ANNA))

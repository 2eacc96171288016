"""The display of the target's phone during a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.names import UserName
from controller.switch import displays
from controller.switch.pagelegs import PageMark

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")


def test_the_targets_phone_shows_the_page_and_is_to_show_its_call_again() -> None:
    assert [order.text for order in displays.show(MARK, "The Client", "5551")] == [
        f"uuid_setvar {MARK.relay} api_reporting_hook uuid_display t-1 The Client|5551",
        "uuid_display t-1 Page from 1001|1001",
    ]


@pytest.mark.parametrize(("name", "number"), [("", ""), ("The Client", ""), ("", "5551"), ('"', "5551")])
def test_a_display_that_could_not_be_restored_is_left_alone(name: str, number: str) -> None:
    assert displays.show(MARK, name, number) == ()


@given(st.text(), st.text())
def test_whatever_a_client_calls_itself_can_be_shown_again(name: str, number: str) -> None:
    displays.show(MARK, name, number)


def test_a_name_is_shown_without_what_would_end_it() -> None:
    assert displays.fit('Anna "Red"  O\'Hara|5;<x>\r\n') == "Anna Red O Hara 5 x"
    assert displays.fit("日本 Ünal") == "日本 Ünal"


def test_pagers_phone_shows_the_reply_and_who_gave_it() -> None:
    assert [order.text for order in displays.answer(MARK, "I am coming")] == [
        "uuid_setvar p-1 whisperpage_shown true",
        "uuid_display p-1 1002 - I am coming|1002",
    ]


def test_reply_is_whole_when_another_switch_has_passed_it_on() -> None:
    """That switch takes a name with one of these characters for an address (switch_sanitize_number)."""
    shown = displays.answer(MARK, "at 14:30, 1/2 hour, anna@home")[1].text
    assert shown == "uuid_display p-1 1002 - at 14.30, 1-2 hour, anna home|1002"


@given(st.text())
def test_whatever_somebody_has_written_into_sql_as_a_reply_is_shown_as_words(words: str) -> None:
    """An administrator of one domain may have written it."""
    orders = displays.answer(MARK, words)
    assert not any(set(order.text) & set("${}\\\"'<>;^\r\n\x1b") for order in orders)


@pytest.mark.parametrize("words", ["", '"', "\n", "${}"])
def test_reply_of_which_nothing_can_be_shown_is_not_shown(words: str) -> None:
    assert displays.answer(MARK, words) == ()

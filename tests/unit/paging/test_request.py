"""Requests, as the dialplan's event tells them."""

from __future__ import annotations

import json

import pytest

from controller.eventsocket.events import JsonEvent
from controller.paging.request import Request, read
from controller.store.naming import UserName
from controller.store.values import Feature

HEADERS = {
    "Event-Name": "CUSTOM",
    "Event-Subclass": "whisperpage::request",
    "Unique-ID": "p1",
    "Call-Direction": "inbound",
    "Caller-Caller-ID-Number": "1009",
    "Caller-RDNIS": "*191002",
    "variable_sip_authorized": "true",
    "variable_user_name": "1001",
    "variable_domain_name": "pbx.test",
    "variable_whisperpage_request": "page",
    "variable_whisperpage_extension": "1002",
}


def request(**changes: str) -> Request:
    headers = {name: value for name, value in (HEADERS | changes).items() if value}
    return read(JsonEvent(json.dumps(headers, separators=(",", ":")).encode()))


def test_pager_is_who_the_switch_authenticated_and_target_of_the_same_domain() -> None:
    assert request() == Request(
        "p1", Feature.WHISPER, UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "1002"
    )


@pytest.mark.parametrize(
    "changes",
    [{"variable_sip_authorized": ""}, {"variable_user_name": ""}, {"variable_domain_name": ""}],
)
def test_who_was_not_authenticated_is_nobody_whatever_the_caller_id(changes: dict[str, str]) -> None:
    assert request(**changes).pager is None


@pytest.mark.parametrize("kind", ["page", "intercom", "off"])
def test_a_call_that_another_phone_has_sent_to_the_code_is_nobodys(kind: str) -> None:
    sent = request(variable_sip_refer_to="<sip:*191002@pbx.test>", variable_whisperpage_request=kind)
    assert sent.pager is None


def test_the_intercom_code_asks_for_intercom() -> None:
    assert request(variable_whisperpage_request="intercom").feature is Feature.INTERCOM


@pytest.mark.parametrize(
    "changes",
    [
        {"variable_whisperpage_request": "malformed", "variable_whisperpage_extension": ""},
        {"variable_whisperpage_extension": ""},
        {"variable_whisperpage_extension": "${system(id)}"},
        {"variable_whisperpage_extension": "1" * 40},
    ],
)
def test_what_is_no_extension_is_no_target(changes: dict[str, str]) -> None:
    assert request(**changes).target is None


def test_what_was_dialled_is_kept_for_people_to_read() -> None:
    malformed = {"variable_whisperpage_request": "malformed", "variable_whisperpage_extension": ""}
    assert request(**malformed).dialled == "*191002"


CLICK = "3b241101-e2bb-4255-8caf-4136c566a962"
CLICKED = {
    "Call-Direction": "outbound",
    "variable_sip_authorized": "",
    "variable_user_name": "",
    "variable_domain_name": "",
    "variable_whisperpage_click": CLICK,
    "variable_whisperpage_clicked_by": "1003@pbx.test",
}


def test_pager_of_a_click_is_whose_phone_the_switch_was_made_to_ring() -> None:
    clicked = request(**CLICKED)
    assert (clicked.pager, clicked.page_id) == (UserName("1003", "pbx.test"), CLICK)
    assert clicked.target == UserName("1002", "pbx.test")


def test_what_a_click_sets_counts_for_nothing_on_a_leg_that_came_in() -> None:
    forged = request(**CLICKED | {"Call-Direction": "inbound"})
    assert forged.pager is None
    assert forged.page_id != CLICK
    own = {"variable_whisperpage_clicked_by": "1003@pbx.test", "variable_whisperpage_click": CLICK}
    assert request(**own).pager == UserName("1001", "pbx.test")
    assert request(**own).page_id != CLICK


def test_a_leg_that_the_switch_has_made_for_something_else_pages_as_nobody() -> None:
    assert request(**{"Call-Direction": "outbound"}).pager is None


@pytest.mark.parametrize("click", ["", "x", "../../etc", CLICK + "0"])
def test_what_is_no_id_is_not_taken_for_one(click: str) -> None:
    assert request(**CLICKED | {"variable_whisperpage_click": click}).page_id == request().page_id


def test_the_off_code_asks_for_no_page() -> None:
    off = request(variable_whisperpage_request="off", variable_whisperpage_extension="")
    assert off.off
    assert off.pager == UserName("1001", "pbx.test")
    assert off.target is None
    assert not request().off

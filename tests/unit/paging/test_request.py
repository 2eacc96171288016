"""Reading requests from the dialplan's event."""

from __future__ import annotations

import json

import pytest

from controller.domain.message import is_name
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.eventsocket.events import JsonEvent
from controller.paging.request import NO_NUMBER, Request, read

DIALLED = "1795353634:98f5f1c2-be04-475b-b07b-46ca3c72a245:bl_xfer:request/whisperpage@switch/XML"
PROMPT = DIALLED.replace("request", "prompt")
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
    "variable_transfer_history": DIALLED,
    "variable_whisperpage_request": "page",
    "variable_whisperpage_extension": "1002",
}


def request(**changes: str | list[str]) -> Request:
    headers = {name: value for name, value in (HEADERS | changes).items() if value}
    return read(JsonEvent(json.dumps(headers, separators=(",", ":")).encode()))


def message(number: str) -> str:
    return request(variable_whisperpage_request="message", variable_whisperpage_number=number).message


def test_message_is_called_by_the_number_that_was_dialled() -> None:
    assert message("12") == "12"


@pytest.mark.parametrize("number", ["", "none", "lobby", "1234", "1\n", "\u0661", "${system(id)}"])
def test_what_is_no_number_calls_no_message(number: str) -> None:
    """Nothing may have been dialled; no name is taken for a number."""
    called = message(number)
    assert called == NO_NUMBER
    assert not is_name(called)


def test_pager_is_the_authenticated_user_and_target_has_the_same_domain() -> None:
    assert request() == Request(
        "p1", Feature.WHISPER, UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "1002"
    )


@pytest.mark.parametrize(
    "changes",
    [{"variable_sip_authorized": ""}, {"variable_user_name": ""}, {"variable_domain_name": ""}],
)
def test_a_caller_without_authentication_is_nobody_whatever_its_caller_id(changes: dict[str, str]) -> None:
    assert request(**changes).pager is None


def sent_by(kind: str, number: str) -> str:
    """An entry of the transfer history; a phone or a dialplan has written the number."""
    return f"1795353634:7e350783-3849-490b-bfdf-b0901b4b4816:{kind}:{number}"


@pytest.mark.parametrize("kind", ["page", "intercom", "off"])
@pytest.mark.parametrize(
    "history",
    [
        [sent_by("bl_xfer", "*191002/default/XML"), DIALLED],  # REFER, 302, or a forward of the dialplan
        [sent_by("att_xfer", "1002@pbx.test/555@127.0.0.1"), DIALLED],
        [sent_by("uuid_br", "7d4357a1-121d-43ba-8673-d5bec776201a"), DIALLED],
        [DIALLED, DIALLED],
        [PROMPT, PROMPT, DIALLED],
        [PROMPT, DIALLED, sent_by("bl_xfer", "x/default/XML")],
        [PROMPT],
        [
            sent_by("bl_xfer", f"x|:{PROMPT}|:{DIALLED}/default/XML"),
            DIALLED,
        ],  # a number that looks like a history
        [DIALLED + "\n"],
        [DIALLED.replace("request", "request/whisperpage@switch/XML/x")],
        [],
    ],
)
def test_a_call_that_reached_the_code_without_dialling_has_no_pager(history: list[str], kind: str) -> None:
    """The number in an entry is unchecked text from the phone that made the transfer."""
    sent = request(variable_transfer_history=history, variable_whisperpage_request=kind)
    assert sent.pager is None


def test_a_call_to_the_code_alone_comes_by_the_prompt() -> None:
    assert request(variable_transfer_history=[PROMPT, DIALLED]).pager == UserName("1001", "pbx.test")


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
def test_a_number_that_is_no_extension_is_no_target(changes: dict[str, str]) -> None:
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


def test_a_clicked_phone_that_sends_its_call_on_pages_as_nobody() -> None:
    sent = [sent_by("bl_xfer", "*191002/default/XML"), DIALLED]
    assert request(**CLICKED | {"variable_transfer_history": sent}).pager is None


def test_pager_of_a_click_is_the_user_whose_phone_rang() -> None:
    clicked = request(**CLICKED)
    assert (clicked.pager, clicked.page_id) == (UserName("1003", "pbx.test"), CLICK)
    assert clicked.target == UserName("1002", "pbx.test")


def test_variables_of_a_click_are_ignored_on_inbound_legs() -> None:
    forged = request(**CLICKED | {"Call-Direction": "inbound"})
    assert forged.pager is None
    assert forged.page_id != CLICK
    own = {"variable_whisperpage_clicked_by": "1003@pbx.test", "variable_whisperpage_click": CLICK}
    assert request(**own).pager == UserName("1001", "pbx.test")
    assert request(**own).page_id != CLICK


def test_a_leg_that_the_switch_has_made_for_something_else_pages_as_nobody() -> None:
    assert request(**{"Call-Direction": "outbound"}).pager is None


@pytest.mark.parametrize("click", ["", "x", "../../etc", CLICK + "0"])
def test_an_invalid_click_id_is_ignored(click: str) -> None:
    assert request(**CLICKED | {"variable_whisperpage_click": click}).page_id == request().page_id


def test_the_off_code_asks_for_no_page() -> None:
    own = DIALLED.replace("request", "pages")
    off = request(
        variable_whisperpage_request="off", variable_whisperpage_extension="", variable_transfer_history=own
    )
    assert off.off
    assert off.pager == UserName("1001", "pbx.test")
    assert off.target is None
    assert not request().off


REVERSED = {
    "Call-Direction": "outbound",
    "variable_whisperpage_request": "reverse",
    "variable_whisperpage_clicked_by": "1001@pbx.test",
    "variable_whisperpage_click": "df7c793f-3c6e-4c17-8771-cf0e87a01071",
}


def test_a_reverse_page_is_asked_for_by_a_click_with_the_rights_of_an_intercom_call() -> None:
    asked = request(**REVERSED)
    assert asked.reverse
    assert (asked.feature, asked.pager) == (Feature.INTERCOM, UserName("1001", "pbx.test"))
    assert asked.target == UserName("1002", "pbx.test")


def test_nobody_asks_for_a_reverse_page_by_a_call_of_its_own() -> None:
    asked = request(**REVERSED | {"Call-Direction": "inbound"})
    assert asked.pager is None
    assert asked.target is None

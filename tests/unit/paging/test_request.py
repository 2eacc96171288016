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

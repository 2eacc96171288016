"""The buttons of a phone in the console: what `keys template` prints."""

from __future__ import annotations

from html import unescape

import pytest

from controller.app import Controller
from controller.simulator.office import Office
from tests.unit.web.console.conftest import Browser, changes, read, send
from tests.unit.web.office import at_work

FIELDS = {
    "name": "1002@pbx.test",
    "vendor": "yealink",
    "pages": "1003\r\n1004",
    "token": "t0k",
    "url": "http://10.0.0.1:8019",
    "first": "7",
    "page_code": "*77",
    "off_code": "*78",
}


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)


def test_a_phone_gets_its_buttons_and_nothing_is_changed(admin: Browser, controller: Controller) -> None:
    text = unescape(send(admin, "keys/write", 200, **FIELDS).text)
    for line in (
        "linekey.7.value = *771003",
        "linekey.8.value = *771004",
        "linekey.10.value = http://10.0.0.1:8019/keys/t0k/toggle-mute",
        "linekey.13.value = whisper+1002",
    ):
        assert line in text
    assert changes(controller) == []


def test_a_token_that_is_not_known_yet_has_its_place(admin: Browser) -> None:
    assert "/keys/TOKEN/end" in send(admin, "keys/write", 200, **FIELDS | {"token": "", "pages": ""}).text


def test_the_form_knows_the_address_and_the_usual_codes(admin: Browser) -> None:
    page = read(admin, "keys/buttons")
    assert 'value="http://localhost"' in page
    assert 'value="*19"' in page
    assert "keys/buttons" in read(admin, "tokens")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "1002"},
        {"vendor": "nokia"},
        {"pages": "1003\n${x}"},
        {"token": "a b"},
        {"url": "ftp://x"},
        {"url": "http://x/;nme=<script>"},
        {"first": "0"},
        {"first": "101"},
        {"page_code": "*19;"},
        {"pages": "\n".join(map(str, range(1000, 1101)))},
    ],
)
def test_what_would_spoil_it_is_told_in_the_form(admin: Browser, wrong: dict[str, str]) -> None:
    answer = send(admin, "keys/write", 400, **FIELDS | wrong)
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text


def test_a_tenant_makes_them_for_its_own_users_alone(tenant: Browser) -> None:
    send(tenant, "keys/write", 200, **FIELDS)
    answers = [send(tenant, "keys/write", 403, **FIELDS | {"name": f"{each}@two.test"}) for each in (1, 2)]
    assert answers[0].text.replace("1@two", "2@two") == answers[1].text

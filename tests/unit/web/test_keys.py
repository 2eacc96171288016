"""The URLs of phones' keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import gevent
import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.message import Message
from controller.simulator.office import Office
from controller.store import key_tokens, messages, users
from controller.web.keys import WRONG
from tests.unit.web.office import at_work, muted, talk, user, whispering

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture
def tokens(controller: Controller, office: Office) -> dict[int, str]:
    with controller.store.unit() as unit:
        messages.add(unit, "*", Message("lobby", "visitor.wav", number=1))
        messages.add(unit, "*", Message("text", words="Your visitor is here"))
        unit.commit()
    return at_work(controller, office)


class Phone:
    """A phone with keys that open URLs."""

    def __init__(self, client: FlaskClient, token: str, agent: str = "") -> None:
        self._client, self._token, self._headers = client, token, {"User-Agent": agent}

    def press(self, key: str) -> TestResponse:
        return self._client.get(f"/keys/{self._token}/{key}", headers=self._headers)


@pytest.fixture
def alice(client: FlaskClient, tokens: dict[int, str]) -> Phone:
    """The phone of 1001."""
    return Phone(client, tokens[1001])


@pytest.fixture
def bob(client: FlaskClient, tokens: dict[int, str]) -> Phone:
    """The phone of 1002."""
    return Phone(client, tokens[1002])


@pytest.fixture
def paged(office: Office, controller: Controller, alice: Phone, eventually: Wait) -> None:
    """A whisper page of 1001 to 1002, who is on a call."""
    talk(office, controller)
    assert alice.press("page/1002").status_code == 202
    eventually(lambda: whispering(controller))
    eventually(lambda: not any(leg.playing for leg in office.switch.channels.values()))


def heard(office: Office, who: str) -> set[str]:
    """The names of those who are heard at a phone."""
    return {other for other in office.hears(who) if other in ("1001", "1002", "customer")}


@pytest.mark.usefixtures("paged")
def test_the_target_mutes_itself_to_the_far_party_and_is_heard_again(
    bob: Phone, office: Office, controller: Controller, eventually: Wait
) -> None:
    for key, said, hears in (
        ("mute", "Muted.\n", set()),
        ("unmute", "Heard again.\n", {"1002"}),
        ("toggle-mute", "Muted.\n", set()),
        ("toggle-mute", "Heard again.\n", {"1002"}),
    ):
        answer = bob.press(key)
        assert (answer.status_code, answer.text) == (200, said)
        eventually(lambda hears=hears: heard(office, "customer") == hears)
        eventually(lambda hears=hears: muted(controller) is not bool(hears))


@pytest.mark.usefixtures("paged")
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_pager_and_target_end_the_page_and_the_call_goes_on(
    request: pytest.FixtureRequest, office: Office, controller: Controller, eventually: Wait, who: str
) -> None:
    assert request.getfixturevalue(who).press("end").text == "Ended.\n"
    eventually(lambda: not whispering(controller))
    eventually(lambda: heard(office, "customer") == {"1002"})


def test_a_pager_cancels_its_ringing_call(alice: Phone, office: Office, controller: Controller) -> None:
    phone = office.phone(1001)
    phone.behaviour = replace(phone.behaviour, answers=False)
    assert alice.press("page/1002").text == "Your phone rings for 1002.\n"
    assert alice.press("end").text == "Ended.\n"
    assert phone.calls == []


def test_a_user_blocks_pages_and_permits_them_again(bob: Phone, alice: Phone, controller: Controller) -> None:
    def off() -> bool:
        with controller.store.reading() as reading:
            return users.show(reading, user(1002)).pages_off

    assert (bob.press("off").text, off()) == ("Pages to you are off.\n", True)
    refused = alice.press("page/1002")
    assert (refused.status_code, refused.text) == (
        409,
        "No page: the target cannot be paged now.\n",
    )
    assert (bob.press("on").text, off()) == ("Pages to you are on.\n", False)
    assert (bob.press("toggle-off").text, off()) == ("Pages to you are off.\n", True)
    assert (bob.press("toggle-off").text, off()) == ("Pages to you are on.\n", False)


@pytest.mark.usefixtures("paged")
def test_off_ends_the_page_that_is_up(bob: Phone, controller: Controller, eventually: Wait) -> None:
    bob.press("off")
    eventually(lambda: not whispering(controller))


def test_an_intercom_call_is_made_by_a_key(alice: Phone, office: Office, eventually: Wait) -> None:
    assert alice.press("intercom/1002").status_code == 202
    eventually(lambda: heard(office, "1002") == {"1001"})


@pytest.mark.parametrize("called", ["lobby", "1"])
def test_a_message_is_sent_by_a_key(
    alice: Phone, office: Office, controller: Controller, eventually: Wait, called: str
) -> None:
    talk(office, controller)
    answer = alice.press(f"message/{called}/1002")
    assert (answer.status_code, answer.text) == (202, "Sent to 1002.\n")
    eventually(lambda: "visitor.wav" in office.switch.sounds.get("1002", ()))


def test_a_user_on_a_call_speaks_privately_by_a_key_and_ends_that(
    bob: Phone, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    answer = bob.press("reverse/1001")
    assert (answer.status_code, answer.text) == (202, "Calling 1001.\n")
    eventually(lambda: heard(office, "1001") == {"1002"} and heard(office, "1002") == {"1001", "customer"})
    assert heard(office, "customer") == set()
    assert bob.press("unmute").status_code == 409
    assert bob.press("end").text == "Ended.\n"
    eventually(lambda: heard(office, "customer") == {"1002"})


@pytest.mark.parametrize("key", ["mute", "unmute", "toggle-mute", "end"])
def test_without_a_page_there_is_nothing_to_do(bob: Phone, key: str) -> None:
    answer = bob.press(key)
    assert answer.status_code == 409
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    ("key", "status", "said"),
    [
        ("page/1001", 409, "pager and target are the same user"),
        ("page/1999", 409, "no such user"),
        ("page/%24%7Bsystem(id)%7D", 400, "not an extension"),
        ("message/door/1002", 404, "There is no message 'door'"),
        ("message/%24%7Bsystem(id)%7D/1002", 404, "There is no message"),
        ("message/text/1002", 400, "speech_command is not set"),
        ("message/lobby/%24%7Bsystem(id)%7D", 400, "not an extension"),
        ("message/lobby/1999", 409, "no such user"),
        ("reverse/1002", 409, "No page: the pager is on no call, or alone in it"),
        ("reverse/%24%7Bsystem(id)%7D", 400, "not an extension"),
        ("whistle", 404, "There is no such key"),
        ("mute.pdf", 404, "There is no such key"),
    ],
)
def test_an_impossible_action_is_answered_in_one_line(alice: Phone, key: str, status: int, said: str) -> None:
    answer = alice.press(key)
    assert (answer.status_code, answer.content_type) == (status, "text/plain; charset=utf-8")
    assert said in answer.text
    assert answer.text.count("\n") == 1


# -- forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "key", "root"),
    [
        ("Yealink SIP-T46U 108.86.0.20", "end", "YealinkIPPhoneTextScreen"),
        ("Cisco/SPA504G-7.6.2c", "end", "CiscoIPPhoneText"),
        ("", "end.aastra", "AastraIPPhoneTextScreen"),
        ("Yealink SIP-T46U 108.86.0.20", "page/1001.snom", "SnomIPPhoneText"),
    ],
)
def test_a_phone_that_wants_xml_gets_its_vendors_with_a_status_that_it_shows(
    client: FlaskClient, tokens: dict[int, str], agent: str, key: str, root: str
) -> None:
    answer = Phone(client, tokens[1001], agent).press(key)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert ElementTree.fromstring(answer.text).tag == root


def test_a_phone_may_ask_for_plain_text(client: FlaskClient, tokens: dict[int, str]) -> None:
    answer = Phone(client, tokens[1001], "Yealink SIP-T46U 108.86.0.20").press("end.txt")
    assert (answer.status_code, answer.mimetype) == (409, "text/plain")


# -- keeping it to those who have the key ------------------------------------------------------------------


@pytest.mark.parametrize(
    "rest",
    ["mute", "end", "whistle", "page/1002", "page/1999", "page/%24%7Bx%7D", "intercom/1002", "end.snom"],
)
@pytest.mark.parametrize("token", ["x", "%ff", "a" * 43])
def test_the_answer_to_a_wrong_token_does_not_depend_on_the_request(
    client: FlaskClient, tokens: dict[int, str], token: str, rest: str
) -> None:
    first = client.get("/keys/wrong/off")
    assert (first.status_code, first.text) == (403, WRONG + "\n")
    answer = Phone(client, token, "Yealink SIP-T46U").press(rest)
    assert (answer.status_code, answer.data, dict(answer.headers)) == (403, first.data, dict(first.headers))


def test_a_sender_that_guesses_is_told_to_wait(
    client: FlaskClient, tokens: dict[int, str], alice: Phone
) -> None:
    answers = [client.get(f"/keys/guess-{number}/end") for number in range(21)]
    assert [answer.status_code for answer in answers] == [403] * 20 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].text == "Too many requests: try again in a minute.\n"


def test_the_url_of_a_key_is_neither_cached_nor_passed_on(alice: Phone) -> None:
    headers = alice.press("end").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_no_token_reaches_the_log(
    alice: Phone, tokens: dict[int, str], client: FlaskClient, controller: Controller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with capture_logs() as logs:
        alice.press("end")
        client.get("/keys/a-wrong-token/end")
        monkeypatch.setattr(controller.stations[0].control, "stop", lambda user: 1 / 0)
        assert alice.press("end").status_code == 500
    assert "http.failed" in str(logs)
    assert tokens[1001] not in str(logs)
    assert "a-wrong-token" not in str(logs)


@pytest.mark.usefixtures("paged")
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 405),
        ("OPTIONS", {}, 200),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, 403),
        ("GET", {"X-Moz": "prefetch"}, 403),
        ("GET", {"X-Purpose": "preview"}, 403),
    ],
)
def test_a_preview_or_another_method_does_nothing(
    client: FlaskClient, tokens: dict[int, str], controller: Controller, method: str, headers: dict[str, str],
    status: int,
) -> None:  # fmt: skip
    answer = client.open(f"/keys/{tokens[1002]}/end", method=method, headers=headers)
    assert answer.status_code == status
    gevent.sleep(0.05)
    assert whispering(controller)


def test_a_use_is_noted(alice: Phone, controller: Controller, eventually: Wait) -> None:
    alice.press("end")

    def noted() -> bool:
        with controller.store.reading() as reading:
            (key,) = key_tokens.listing(reading, user(1001))
        return key.last_used_at is not None

    eventually(noted)


def test_a_program_may_post(client: FlaskClient, tokens: dict[int, str]) -> None:
    assert client.post(f"/keys/{tokens[1002]}/off").text == "Pages to you are off.\n"

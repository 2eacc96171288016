"""A kiosk: it sends its own messages to those who accept them, and reads what has become of them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.policy import Accept
from controller.ratelimit import RateLimit
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, messages, users
from controller.store.settings import UserChanges
from controller.web import keyring
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, talk

LOBBY = UserName("lobby", DOMAIN)
SOUND = "visitor.wav"


class Kiosk:
    """Asks with the token of a kiosk; with the administrator's, if `token` says so."""

    def __init__(self, client: FlaskClient, controller: Controller, office: Office) -> None:
        self.client, self.controller, self.office = client, controller, office
        at_work(controller, office)
        office.switch.lengths[SOUND] = 10.0
        with controller.store.unit() as unit:
            for number, name in enumerate(("visitor", "fire"), 1):
                messages.add(unit, "*", Message(name, SOUND, number=number))
            messages.add(unit, "@two.test", Message("theirs", SOUND))
            issued = api_tokens.issue(unit, DOMAIN, "", {Scope.KIOSK}, "lobby", ["visitor"])
            self.id, self.token = issued[0].id, issued[1]
            unit.commit()

    def ask(self, method: str, path: str, token: str = "", **body: object) -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, json=body or None)

    def send(self, **body: object) -> Any:
        return self.ask("POST", "messages", **({"message": "visitor", "to": ["1002"]} | body))

    def sent(self, **body: object) -> Any:
        answer = self.send(**body)
        assert answer.status_code == 200, answer.text
        return answer.json["messages"][0]

    def people(self) -> dict[str, str]:
        return {each["extension"]: each["name"] for each in self.ask("GET", "kiosk").json["people"]}


@pytest.fixture
def kiosk(client: FlaskClient, controller: Controller, office: Office) -> Kiosk:
    return Kiosk(client, controller, office)


def test_a_kiosk_sends_in_its_own_name_and_waits_for_the_reply(
    kiosk: Kiosk,
) -> None:
    talk(kiosk.office, kiosk.controller)
    sent = kiosk.sent()
    assert (sent["from"], sent["result"]) == (str(LOBBY), "waiting")
    (leg,) = (leg for leg in kiosk.office.switch.channels.values() if leg.presence_id == f"1002@{DOMAIN}")
    kiosk.office.settle(lambda: len(leg.meta) >= 4, "the keys")
    kiosk.office.phone(1002).call.press("*2")
    told = kiosk.ask("GET", f"messages/{sent['id']}?wait=30").json
    assert (told["result"], told["reply"]) == ("replied", "five minutes")


def test_a_kiosk_is_not_told_whether_its_target_is_on_a_call(kiosk: Kiosk) -> None:
    idle = kiosk.sent(to=["1003"])
    talk(kiosk.office, kiosk.controller)
    busy, unknown = kiosk.sent(), kiosk.sent(to=["9999"])
    for told in (idle, busy, unknown):
        assert {told[name] for name in ("treatment", "reason", "detail", "ending")} == {None}
    assert (idle["result"], busy["result"], unknown["result"]) == ("waiting", "waiting", "refused")


@pytest.mark.parametrize("message", ["fire", 2, "theirs", "none"])
def test_another_message_is_not_there_for_a_kiosk(kiosk: Kiosk, message: object) -> None:
    answer = kiosk.send(message=message)
    assert answer.status_code == 404
    assert answer.json["detail"] == f"There is no message '{message}'."
    assert not kiosk.office.switch.channels


def test_a_message_may_be_called_by_its_number(kiosk: Kiosk) -> None:
    assert kiosk.sent(message=1)["result"] == "waiting"


@pytest.mark.parametrize("sender", [f"1001@{DOMAIN}", "lobby@two.test"])
def test_a_kiosk_sends_in_no_other_name(kiosk: Kiosk, sender: str) -> None:
    assert kiosk.send(**{"from": sender}).status_code == 403
    assert not kiosk.office.switch.channels


def test_a_kiosk_reaches_nobody_of_another_domain(kiosk: Kiosk) -> None:
    assert kiosk.sent(to=["1002@two.test"])["result"] == "refused"


def test_a_kiosk_reads_the_answers_to_its_own_messages_alone(kiosk: Kiosk) -> None:
    other = kiosk.ask(
        "POST", "messages", TOKEN, message="visitor", to=[str(LOBBY), "1003"], **{"from": f"1001@{DOMAIN}"}
    )
    for each in other.json["messages"]:
        assert kiosk.ask("GET", f"messages/{each['id']}").status_code == 404


def test_a_kiosk_that_is_revoked_is_out(kiosk: Kiosk) -> None:
    with kiosk.controller.store.unit() as unit:
        api_tokens.revoke(unit, kiosk.id)
        unit.commit()
    assert kiosk.send().status_code == kiosk.ask("GET", "kiosk").status_code == 401


def test_a_kiosk_that_asks_without_end_is_held_up_and_a_program_is_not(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "USES", RateLimit(2, 60.0))
    assert [kiosk.ask("GET", "kiosk").status_code for _ in range(3)] == [200, 200, 429]
    with kiosk.controller.store.unit() as unit:
        _, program = api_tokens.issue(unit, DOMAIN)
        unit.commit()
    assert [kiosk.ask("GET", "pages", program).status_code for _ in range(3)] == [200, 200, 200]


def test_a_kiosk_shows_its_messages_and_the_names_of_the_people(kiosk: Kiosk) -> None:
    told = kiosk.ask("GET", "kiosk").json
    assert (told["from"], told["messages"]) == (str(LOBBY), ["visitor"])
    assert all(each.keys() == {"extension", "name"} for each in told["people"])
    assert kiosk.people()["1002"]


def test_only_those_who_accept_the_kiosk_are_shown(kiosk: Kiosk) -> None:
    nobody = UserChanges(whisper_accept=Accept.NONE, intercom_accept=Accept.NONE)
    with kiosk.controller.store.unit() as unit:
        users.add(unit, UserName("1003", DOMAIN), nobody)
        unit.commit()
    assert "1002" in kiosk.people()
    assert "1003" not in kiosk.people()


def test_a_kiosk_that_may_not_page_shows_nobody(kiosk: Kiosk) -> None:
    with kiosk.controller.store.unit() as unit:
        for right in ("whisper_initiate", "intercom_initiate"):
            unit.session.execute(text(f"UPDATE settings_groups SET {right} = FALSE"))
        unit.commit()
    assert kiosk.people() == {}
    assert kiosk.sent()["result"] == "refused"


def test_the_page_of_a_kiosk_needs_no_login_and_has_no_name(kiosk: Kiosk) -> None:
    for language, title in (("en", "Whom are you visiting?"), ("de", "Wen besuchen Sie?")):
        page = kiosk.client.get("/lobby", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert title in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "1002" not in page.text

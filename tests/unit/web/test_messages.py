"""`/api/v1/messages`: a message is sent, and its reply comes back."""

from __future__ import annotations

import wave
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import gevent
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text

from controller.administration import history
from controller.administration.history import Filter
from controller.administration.reach import EVERYTHING
from controller.app import Controller
from controller.config import Settings
from controller.domain.message import Message, result_of
from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, Treatment
from controller.simulator.office import DOMAIN, Office
from controller.speech import Speech
from controller.store import api_tokens, messages, pages
from controller.web.app import build
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, talk, user

LOBBY = f"lobby@{DOMAIN}"
SOUND = "visitor.wav"


class Api:
    def __init__(self, client: FlaskClient, controller: Controller, office: Office) -> None:
        self.client, self.controller, self.office = client, controller, office
        self.keys = at_work(controller, office)
        office.switch.lengths[SOUND] = 10.0
        with controller.store.unit() as unit:
            messages.add(unit, "*", Message("lobby", SOUND, number=1))
            messages.add(unit, "*", Message("text", words="Your visitor is here"))
            messages.add(unit, "*", Message("voice", words="Your visitor is here", voice="nobody"))
            unit.commit()

    def ask(self, method: str, path: str, token: str = TOKEN, **body: object):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"/api/v1/messages{path}"
        return self.client.open(url, method=method, headers=headers, json=body or None)

    def send(self, *to: str, message: object = "lobby"):  # type: ignore[no-untyped-def]
        answer = self.ask("POST", "", message=message, to=to or ("1002",), **{"from": LOBBY})
        assert answer.status_code == 200, answer.text
        return answer.json["messages"]


@pytest.fixture
def api(client: FlaskClient, controller: Controller, office: Office) -> Api:
    return Api(client, controller, office)


def hears(api: Api) -> bool:
    return SOUND in api.office.hears("1002")


def test_a_message_is_sent_and_its_reply_is_waited_for(api: Api) -> None:
    talk(api.office, api.controller)
    (sent,) = api.send()
    assert (sent["treatment"], sent["result"], sent["from"], sent["to"]) == (
        "whisper",
        "waiting",
        LOBBY,
        f"1002@{DOMAIN}",
    )
    api.office.settle(lambda: hears(api), "the sound")
    leg = next(leg for leg in api.office.switch.channels.values() if leg.presence_id == f"1002@{DOMAIN}")
    api.office.settle(lambda: len(leg.meta) >= 4, "the keys")
    waiting = gevent.spawn(api.ask, "GET", f"/{sent['id']}?wait=30")
    api.office.phone(1002).call.press("*2")
    told = waiting.get().json
    assert (told["result"], told["reply"], told["ending"]) == ("replied", "five minutes", "replied")


def test_a_message_by_its_number_to_several_is_decided_for_each(api: Api) -> None:
    one, other = api.send("1002", f"9999@{DOMAIN}", "1002", message=1)
    assert one["treatment"] == "intercom"
    assert (other["result"], other["reason"]) == ("refused", "unknown_target")
    assert api.ask("GET", f"/{other['id']}?wait=0").json["result"] == "refused"


def test_an_answer_waits_no_longer_than_it_was_asked_to(api: Api) -> None:
    (sent,) = api.send()
    assert api.ask("GET", f"/{sent['id']}").json["result"] == "waiting"
    assert api.ask("GET", f"/{sent['id']}?wait=61").status_code == 400


def test_the_database_is_asked_once_a_second_for_a_message_of_another_controller(api: Api) -> None:
    name, at = UserName("lobby", DOMAIN), datetime.now(UTC)
    store = api.controller.store
    with store.unit() as unit:
        page = PageRecord("7" * 36, "elsewhere", name, user(1002), Treatment.WHISPER, at, message="lobby")
        pages.save(unit, page)
        unit.commit()
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert api.ask("GET", f"/{'7' * 36}?wait=10").json["result"] == "waiting"
    assert 10 <= sum("FROM pages" in each for each in asked) <= 12


def test_a_page_is_no_message(api: Api) -> None:
    with api.controller.store.unit() as unit:
        at = datetime.now(UTC)
        pages.save(unit, PageRecord("7" * 36, "elsewhere", user(1001), user(1002), Treatment.WHISPER, at))
        unit.commit()
    assert api.ask("GET", f"/{'7' * 36}").status_code == 404


@pytest.mark.parametrize(("keys", "result"), [("*3", "declined"), ("", "missed")])
def test_a_message_that_is_declined_or_missed_is_told_so(api: Api, keys: str, result: str) -> None:
    talk(api.office, api.controller)
    (sent,) = api.send()
    api.office.settle(lambda: hears(api), "the sound")
    leg = next(leg for leg in api.office.switch.channels.values() if leg.presence_id == f"1002@{DOMAIN}")
    api.office.settle(lambda: len(leg.meta) >= 4, "the keys")
    call = api.office.phone(1002).call
    call.press(keys) if keys else call.hang_up()
    for _ in range(2):  # as often as one likes
        assert api.ask("GET", f"/{sent['id']}?wait=30").json["result"] == result


@pytest.mark.parametrize("ending", Ending)
def test_each_ending_has_a_result(ending: Ending) -> None:
    at = datetime(2026, 1, 31, tzinfo=UTC)
    record = PageRecord("1", "pbx", None, None, Treatment.WHISPER, at, ended_at=at, ending=ending)
    told = {Ending.REPLIED: "replied", Ending.DECLINED: "declined", Ending.HEARD: "heard"}
    assert result_of(record) == told.get(ending, "missed")


def test_the_user_of_a_key_sends_as_itself_alone(api: Api) -> None:
    own = api.ask("POST", "", api.keys[1001], message="lobby", to=["1002"])
    assert own.json["messages"][0]["from"] == str(user(1001))
    other = api.ask("POST", "", api.keys[1001], message="lobby", to=["1002"], **{"from": LOBBY})
    assert other.status_code == 403


def test_a_message_that_others_sent_is_not_there_for_a_user(api: Api) -> None:
    (sent,) = api.send("1003")
    assert api.ask("GET", f"/{sent['id']}", api.keys[1001]).status_code == 404


def test_a_spoken_text_is_served_to_the_switch_by_its_name_alone(
    client: FlaskClient, controller: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wave.open(str(tmp_path / "sample.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    kept = tmp_path / "kept"
    speech = Speech(f"cp {tmp_path}/sample.wav {{file}}", (), str(kept), "http://pbx.test")
    monkeypatch.setattr(controller.sounds, "speech", speech)
    served = build(controller).test_client()
    name = speech.speak("hello").path.name
    answer = served.get(f"/speech/{name}")
    assert (answer.status_code, answer.content_type) == (200, "audio/wav")
    assert answer.data == (tmp_path / "sample.wav").read_bytes()
    assert served.head(f"/speech/{name}").status_code == 200
    for other in (f"{'0' * 64}.wav", "..%2fsample.wav", "sample.wav", "."):
        assert served.get(f"/speech/{other}").status_code == 404
    assert client.get(f"/speech/{name}").status_code == 404  # where nothing speaks, nothing is served


@pytest.mark.parametrize("called", ["door", 7, "", "${system(id)}", "a\nb", "x" * 10_000])
def test_what_calls_no_message_is_not_there(api: Api, called: object) -> None:
    assert api.ask("POST", "", message=called, to=["1002"], **{"from": LOBBY}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"message": "lobby", "to": ["1002"]},
        {"message": "lobby", "from": LOBBY},
        {"message": "lobby", "from": LOBBY, "to": []},
        {"message": "lobby", "from": LOBBY, "to": ["1002"] * 21},
        {"message": "lobby", "from": LOBBY, "to": ["${system(id)}"]},
        {"message": "lobby", "from": LOBBY, "to": ["10\n02"]},
        {"message": "lobby", "from": "lobby'@x", "to": ["1002"]},
        {"message": True, "from": LOBBY, "to": ["1002"]},
        {"message": "text", "from": LOBBY, "to": ["1002"]},
        {"message": "voice", "from": LOBBY, "to": ["1002"]},
        {"message": "lobby", "from": LOBBY, "to": ["1002"], "voice": "nobody"},
    ],
)
def test_what_is_no_message_is_refused_in_one_sentence(api: Api, body: dict[str, object]) -> None:
    answer = api.ask("POST", "", **body)
    assert answer.status_code == 400
    assert answer.json["detail"].isprintable()


class TestLimit:
    """Where a pager may page three times a minute. Whoever has a token may send by any name of its domain."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, pager_limit="3/minute", target_limit="0")

    @pytest.fixture(params=["the administrator", "a domain"])
    def token(self, request: pytest.FixtureRequest, controller: Controller) -> str:
        if request.param == "the administrator":
            return TOKEN
        with controller.store.unit() as unit:
            _, token = api_tokens.issue(unit, DOMAIN)
            unit.commit()
        return token

    def send(self, api: Api, token: str, sender: str, *to: str):  # type: ignore[no-untyped-def]
        return api.ask(
            "POST", "", token, message="lobby", to=to or ["1002"], **{"from": f"{sender}@{DOMAIN}"}
        )

    def test_other_names_give_a_token_no_more_messages(self, api: Api, token: str) -> None:
        assert self.send(api, token, "a", "1002", "1003").status_code == 200
        assert self.send(api, token, "b").status_code == 200
        for sender in ("a", "c", "d"):
            refused = self.send(api, token, sender)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
            assert refused.json["detail"] == (
                "This token has sent as many messages as pager_limit allows: try again in a minute."
            )
        assert len(api.controller.gateway.read(history.listing, EVERYTHING, Filter(), 10)) == 3
        api.controller.clock.sleep(60)
        assert self.send(api, token, "d").status_code == 200

    def test_one_request_is_within_the_limit_of_its_sender(self, api: Api, token: str) -> None:
        sent = self.send(api, token, "a", "1001", "1002", "1003", "1004", "1005").json["messages"]
        assert [each["reason"] == "too_often" for each in sent] == [False] * 3 + [True] * 2
        assert self.send(api, token, "b").status_code == 429

    def test_a_token_counts_for_itself_alone(self, api: Api, token: str) -> None:
        assert self.send(api, token, "a", "1001", "1002", "1003").status_code == 200
        with api.controller.store.unit() as unit:
            _, other = api_tokens.issue(unit, DOMAIN)
            unit.commit()
        assert self.send(api, other, "b").status_code == 200

    def test_a_token_of_one_name_is_refused_as_that_pager_in_the_history(self, api: Api) -> None:
        for _ in range(4):
            own = api.ask("POST", "", api.keys[1001], message="lobby", to=["1002"])
            assert own.status_code == 200
        assert own.json["messages"][0]["result"] == "refused"
        found = api.controller.gateway.read(history.listing, EVERYTHING, Filter(), 10)
        assert found[0].reason == "too_often"


def test_a_sender_that_may_not_page_is_refused_and_the_history_has_it(api: Api) -> None:
    with api.controller.store.unit() as unit:
        for right in ("whisper_initiate", "intercom_initiate"):
            unit.session.execute(text(f"UPDATE settings_groups SET {right} = FALSE"))
        unit.commit()
    (sent,) = api.send()
    assert (sent["result"], sent["reason"]) == ("refused", "not_permitted")

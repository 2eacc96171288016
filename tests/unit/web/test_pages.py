"""`/api/v1/pages`: click to page for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.simulator.office import Office
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, call, talk, user, whispering

PAGES = "/api/v1/pages"
ASKED = {"pager": "1001@pbx.test", "target": "1002"}
Wait = Callable[[Callable[[], object]], None]


class Program:
    """A program with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str = PAGES) -> TestResponse:
        return self._client.get(path, headers=self._headers)

    def post(self, **asked: object) -> TestResponse:
        return self._client.post(PAGES, json=asked, headers=self._headers)

    def delete(self, path: str) -> TestResponse:
        return self._client.delete(path, headers=self._headers)

    def going_on(self) -> list[str]:
        return [each["state"] for each in self.get().json["pages"]]


@pytest.fixture
def tokens(controller: Controller, office: Office) -> dict[int, str]:
    return at_work(controller, office)


@pytest.fixture
def admin(client: FlaskClient, tokens: dict[int, str]) -> Program:
    return Program(client, TOKEN)


@pytest.fixture
def alice(client: FlaskClient, tokens: dict[int, str]) -> Program:
    """The program of 1001, with the token of its keys."""
    return Program(client, tokens[1001])


@pytest.fixture
def bob(client: FlaskClient, tokens: dict[int, str]) -> Program:
    """The program of 1002."""
    return Program(client, tokens[1002])


@pytest.fixture
def rings(office: Office) -> None:
    """Let nobody answer the pager's phone, nor the phone itself."""
    phone = office.phone(1001)
    phone.behaviour = replace(phone.behaviour, answers=False)


def test_a_page_is_made_listed_and_ended(
    admin: Program, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    made = admin.post(**ASKED)
    assert made.status_code == 202
    assert made.json["state"] == "ringing"
    eventually(lambda: whispering(controller))
    seen = admin.get(made.headers["Location"]).json
    assert (seen["state"], seen["treatment"], seen["muted"]) == ("up", "whisper", False)
    assert (seen["pager"], seen["target"]) == ("1001@pbx.test", "1002@pbx.test")
    assert admin.get().json["pages"] == [seen]
    assert admin.delete(made.headers["Location"]).status_code == 204
    eventually(lambda: admin.get(made.headers["Location"]).json["state"] == "ended")
    assert admin.get(made.headers["Location"]).json["ending"] == "stopped"
    assert admin.going_on() == []


@pytest.mark.usefixtures("rings")
def test_a_ringing_phone_is_listed_and_can_be_cancelled(admin: Program) -> None:
    made = admin.post(**ASKED)
    assert admin.going_on() == ["ringing"]
    assert admin.get(made.headers["Location"]).json["state"] == "ringing"
    assert admin.delete(made.headers["Location"]).status_code == 204
    assert admin.going_on() == []


def test_a_refused_request_rings_nobody_and_says_why(
    admin: Program, office: Office, controller: Controller
) -> None:
    call(office, controller, "3001")
    refused = admin.post(**ASKED)
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert refused.json["reason"] == "conference"
    assert refused.json["detail"] == "There is no page: the target is in a conference."
    assert office.phone(1001).calls == []
    kept = admin.get(f"{PAGES}/{refused.json['id']}").json
    assert (kept["state"], kept["reason"]) == ("refused", "conference")
    assert kept["detail"] == "the target is in a conference"


def test_an_intercom_call_is_asked_for_by_its_feature(admin: Program, eventually: Wait) -> None:
    made = admin.post(**ASKED, feature="intercom")
    eventually(lambda: admin.get(made.headers["Location"]).json["treatment"] == "intercom")


def test_a_reverse_page_is_asked_for_as_a_feature_and_is_muted(
    admin: Program, office: Office, controller: Controller, eventually: Wait
) -> None:
    talk(office, controller)
    made = admin.post(pager="1002@pbx.test", target="1001", feature="reverse")
    assert made.status_code == 202
    path = made.headers["Location"]
    eventually(lambda: admin.get(path).json["state"] == "up")
    shown = admin.get(path).json
    assert (shown["treatment"], shown["pager"], shown["target"], shown["muted"]) == (
        "reverse", "1002@pbx.test", "1001@pbx.test", True,
    )  # fmt: skip
    assert admin.delete(path).status_code == 204


def test_a_reverse_page_of_somebody_on_no_call_is_refused_with_its_reason(admin: Program) -> None:
    answer = admin.post(**ASKED, feature="reverse")
    assert (answer.status_code, answer.json["reason"]) == (409, "pager_idle")


@pytest.mark.parametrize(
    ("asked", "pointer", "said"),
    [
        ({"target": "1002"}, "#/pager", "pager is missing"),
        ({"pager": "1001@pbx.test"}, "#/target", "target is missing"),
        ({"pager": "1001", "target": "1002"}, "#/pager", "EXT@DOMAIN"),
        ({"pager": "1001@pbx.test", "target": "${system(id)}"}, "#/target", "not an extension"),
        ({"pager": "1001@pbx.test", "target": 1002}, "#/target", "not text"),
        ({"pager": None, "target": "1002"}, "#/pager", "not text"),
        (ASKED | {"feature": "whistle"}, "#/feature", "whisper nor intercom"),
        (ASKED | {"far_party": "x"}, "#/far_party", "There is no 'far_party'"),
        (ASKED | {"a/b~c\u00e9": "x"}, "#/a~1b~0c%C3%A9", "There is no 'a/b~c\\xe9'"),
    ],
)
def test_an_invalid_body_is_refused_with_its_fault(
    admin: Program, asked: dict[str, object], pointer: str, said: str
) -> None:
    answer = admin.post(**asked)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert said in answer.json["detail"]
    assert answer.json["errors"] == [{"detail": answer.json["detail"], "pointer": pointer}]


def test_each_of_five_faults_has_a_sentence_of_its_own(admin: Program) -> None:
    answer = admin.post(target="${x}", feature="whistle", far_party="x", urgent=True)
    pointers = [each["pointer"] for each in answer.json["errors"]]
    assert sorted(pointers) == ["#/far_party", "#/feature", "#/pager", "#/target", "#/urgent"]
    assert answer.json["detail"] == " ".join(each["detail"] for each in answer.json["errors"])


def test_no_answer_grows_with_the_faults_of_a_long_body(admin: Program) -> None:
    answer = admin.post(**{f"member {number}": "x" for number in range(1000)})
    assert (answer.status_code, len(answer.json["errors"])) == (400, 20)


def test_nobody_pages_into_another_domain(admin: Program) -> None:
    answer = admin.post(pager="1001@pbx.test", target="1002@other.test")
    assert (answer.status_code, answer.json["reason"]) == (409, "other_domain")


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("", "application/json", "not JSON"),
        ("[]", "application/json", "no object"),
        ("{", "application/json", "not JSON"),
        ("[" * 60_000, "application/json", "not JSON"),
        ("\xff", "application/json", "not JSON"),
        ("{}", "", "Content-Type"),
    ],
)
def test_a_body_that_is_no_object_is_refused(
    client: FlaskClient, tokens: dict[int, str], body: str, kind: str, said: str
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.post(PAGES, data=body.encode("latin-1"), content_type=kind, headers=headers)
    assert answer.status_code == 400
    [fault] = answer.json["errors"]
    assert said in fault["detail"]
    assert fault["pointer"] == "#"


@pytest.mark.parametrize("path", [f"{PAGES}/x", f"{PAGES}/3b241101-e2bb-4255-8caf-4136c566a962"])
def test_a_page_that_is_not_there_is_not_found(admin: Program, path: str) -> None:
    assert (admin.get(path).status_code, admin.delete(path).status_code) == (404, 404)


def test_a_page_that_is_over_cannot_be_ended(admin: Program) -> None:
    refused = admin.post(pager="1001@pbx.test", target="1001")
    assert admin.delete(f"{PAGES}/{refused.json['id']}").status_code == 404


def test_the_lack_of_a_switch_is_reported(app: Flask, controller: Controller, tokens: dict[int, str]) -> None:
    for station in controller.stations:
        station.link.stop()
    answer = Program(app.test_client(), TOKEN).post(**ASKED)
    assert (answer.status_code, answer.json["detail"]) == (503, "No switch can be reached: see /readyz.")


# -- users, by the tokens of their keys --------------------------------------------------------------------


@pytest.mark.usefixtures("rings")
def test_a_user_pages_by_the_token_of_its_keys(alice: Program) -> None:
    made = alice.post(**ASKED)
    assert (made.status_code, made.json["pager"]) == (202, "1001@pbx.test")


def test_a_user_does_not_learn_what_the_target_is_doing(
    admin: Program, alice: Program, office: Office, controller: Controller
) -> None:
    call(office, controller, "3001")
    refused = alice.post(**ASKED)
    assert (refused.status_code, refused.json["reason"]) == (409, "unavailable")
    assert refused.json["detail"] == "There is no page: the target cannot be paged now."
    kept = f"{PAGES}/{refused.json['id']}"
    assert (alice.get(kept).json["reason"], admin.get(kept).json["reason"]) == ("unavailable", "conference")
    assert alice.get(kept).json["detail"] == "the target cannot be paged now"


@pytest.mark.parametrize("pager", ["1002@pbx.test", "1999@pbx.test", "1001@other.test"])
def test_a_user_cannot_page_for_another_existing_or_not(alice: Program, office: Office, pager: str) -> None:
    answer = alice.post(pager=pager, target="1003")
    assert answer.status_code == 403
    assert answer.json["detail"].startswith("A key's token pages for its own user")
    assert office.phone(1002).calls == []


def test_a_user_sees_and_ends_only_its_own_pages(
    admin: Program, alice: Program, bob: Program, client: FlaskClient, office: Office, controller: Controller,
    eventually: Wait,
) -> None:  # fmt: skip
    talk(office, controller)
    others = admin.post(pager="1003@pbx.test", target="1002").headers["Location"]
    eventually(lambda: whispering(controller))
    assert (alice.going_on(), bob.going_on()) == ([], ["up"])
    assert (alice.get(others).status_code, bob.get(others).status_code) == (404, 200)
    assert alice.delete(others).status_code == 404
    assert whispering(controller)
    assert bob.delete(others).status_code == 204
    eventually(lambda: bob.get(others).json["state"] == "ended")


# -- without a token ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["1002", "1999", "3001", "${x}"])
@pytest.mark.parametrize("pager", ["1001@pbx.test", "1999@pbx.test", "x"])
def test_without_a_token_every_answer_is_the_same(
    client: FlaskClient, tokens: dict[int, str], office: Office, pager: str, extension: str
) -> None:
    plain = client.get(PAGES)
    assert plain.status_code == 401
    for answer in (
        client.post(PAGES, json={"pager": pager, "target": extension}),
        client.post(PAGES, data="{"),
        client.get(f"{PAGES}/{extension}"),
        client.delete(f"{PAGES}/{extension}"),
    ):
        assert (answer.status_code, answer.data, dict(answer.headers)) == (
            401,
            plain.data,
            dict(plain.headers),
        )


def test_the_switch_is_not_asked_without_a_token(
    client: FlaskClient, controller: Controller, tokens: dict[int, str]
) -> None:
    asked: list[object] = []
    for station in controller.stations:
        station.clicks.page = lambda *about: asked.append(about)  # type: ignore[method-assign, assignment]
    client.post(PAGES, json=ASKED, headers={"Authorization": "Bearer wrong"})
    assert asked == []


def test_a_revoked_token_no_longer_works(
    client: FlaskClient, controller: Controller, tokens: dict[int, str]
) -> None:
    from controller.store import key_tokens

    alice = Program(client, tokens[1001])
    assert alice.get().status_code == 200
    with controller.store.unit() as unit:
        (key,) = key_tokens.listing(unit, user(1001))
        key_tokens.revoke(unit, key.id)
        unit.commit()
    assert alice.get().status_code == 401

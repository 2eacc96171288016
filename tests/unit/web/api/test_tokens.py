"""`/api/v1/tokens` and `/api/v1/keys`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.app import Controller
from controller.domain.message import Message
from controller.store import messages
from tests.unit.web.api.conftest import ALICE, BOB, ONE, Api

Wait = Callable[[Callable[[], object]], None]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(api: Api, eventually: Wait) -> None:
    made = api("POST", "tokens", ONE, label="tablet", scopes=["settings"])
    assert made.status_code == 201
    assert (made.json["domain"], made.json["scopes"], made.json["label"]) == (ONE, ["settings"], "tablet")
    token = api.tokens["new"] = made.json["token"]
    assert api("GET", "users", "new").status_code == 200
    assert api("GET", "history", "new").status_code == 403
    where = made.headers["Location"].removeprefix("/api/v1/")
    eventually(lambda: api("GET", where, ONE).json["last_used_at"])
    listed = api("GET", "tokens", ONE).json["tokens"]
    assert api("GET", where, ONE).json in listed
    assert token not in str(listed)
    assert api("DELETE", where, ONE).status_code == 204
    assert api("GET", "users", "new").status_code == 401
    assert api("GET", where, ONE).json["revoked_at"]


def test_without_scopes_a_token_reads_and_pages(api: Api) -> None:
    made = api("POST", "tokens", ONE, label="x")
    assert made.json["scopes"] == ["read", "page"]


def test_no_token_makes_one_that_may_more(api: Api) -> None:
    answer = api("POST", "tokens", "settings", scopes=["settings", "page", "read"])
    assert (answer.status_code, answer.json["detail"]) == (403, "This token is not for page or read itself.")
    assert api("POST", "tokens", "settings", scopes=["settings"]).status_code == 201


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"scopes": []}, "no list of read, page, settings"),
        ({"scopes": "read"}, "no list of read, page, settings"),
        ({"scopes": ["write"]}, "none of read, page, settings"),
        ({"label": "é"}, "is not a label"),
        ({"domain": "a b"}, "is not a domain"),
        ({"token": "mine"}, "There is no 'token'"),
    ],
)
def test_bad_input_gets_one_sentence_and_makes_no_token(api: Api, body: dict[str, object], part: str) -> None:
    before = api("GET", "tokens").json
    answer = api("POST", "tokens", **body)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert part in fault["detail"]
    assert api("GET", "tokens").json == before


KIOSK = {"scopes": ["kiosk"], "sender": "lobby", "messages": ["visitor"]}


@pytest.fixture
def visitor(controller: Controller) -> None:
    with controller.store.unit() as unit:
        messages.add(unit, f"@{ONE}", Message("visitor", "visitor.wav"))
        unit.commit()


@pytest.mark.usefixtures("visitor")
def test_a_kiosks_token_is_issued_by_one_that_may_page(api: Api) -> None:
    made = api("POST", "tokens", ONE, **KIOSK)
    assert made.status_code == 201
    told = made.json["domain"], made.json["scopes"], made.json["sender"], made.json["messages"]
    assert told == (ONE, ["kiosk"], "lobby", ["visitor"])
    assert api("POST", "tokens", "settings", **KIOSK).status_code == 403


@pytest.mark.usefixtures("visitor")
@pytest.mark.parametrize(
    "more",
    [
        {"scopes": ["kiosk", "read"]},
        {"scopes": ["read"]},
        {"sender": ""},
        {"sender": "lobby@two.test"},
        {"sender": "${system(id)}"},
        {"messages": ["parcel"]},
        {"messages": ["visitor fire"]},
        {"messages": []},
        {"messages": ["v" * 33]},
        {"messages": [f"m{number:030d}" for number in range(20)]},
    ],
)
def test_what_is_no_kiosk_gets_no_token(api: Api, more: dict[str, object]) -> None:
    before = api("GET", "tokens").json["tokens"]
    answer = api("POST", "tokens", ONE, **(KIOSK | more))
    assert answer.status_code == (404 if more == {"messages": ["parcel"]} else 400)
    assert answer.json["detail"].isprintable()
    assert len(api("GET", "tokens").json["tokens"]) == len(before)


@pytest.mark.usefixtures("visitor")
def test_a_kiosk_is_of_one_domain(api: Api) -> None:
    assert api("POST", "tokens", **KIOSK).status_code == 400


@pytest.mark.parametrize("path", ["tokens", "keys"])
@pytest.mark.parametrize("number", ["0", "x", "-1", "1e3", "99999999999999999999"])
def test_what_is_no_number_of_a_token_is_not_there(api: Api, path: str, number: str) -> None:
    for method in ("GET", "DELETE"):
        assert api(method, f"{path}/{number}").status_code == 404


def test_a_key_is_shown_once_and_works_until_it_is_revoked(api: Api, eventually: Wait) -> None:
    made = api("POST", "keys", ONE, user=str(BOB), label="desk phone")
    assert (made.status_code, made.json["user"]) == (201, str(BOB))
    token = made.json["token"]
    assert api.client.get(f"/keys/{token}/end").status_code == 409
    where = made.headers["Location"].removeprefix("/api/v1/")
    eventually(lambda: api("GET", where, ONE).json["last_used_at"])
    listed = api("GET", f"keys?user={BOB}", ONE).json["keys"]
    assert listed == [api("GET", where, ONE).json]
    assert token not in str(listed)
    assert api("DELETE", where, ONE).status_code == 204
    assert api.client.get(f"/keys/{token}/end").status_code == 403


def test_who_may_not_page_makes_no_token_that_pages_for_a_user(api: Api) -> None:
    assert api("POST", "keys", "settings", user=str(ALICE)).status_code == 403
    assert len(api("GET", "keys", "settings").json["keys"]) == 1

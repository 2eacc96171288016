"""Who is let in to which resource: without a token, with another scope, of another domain, by another id."""

from __future__ import annotations

import re
from typing import Any

import pytest

from controller.app import Controller
from controller.domain.api_token import FULL, Scope
from controller.ratelimit import RateLimit
from controller.store import api_tokens, groups, key_tokens, phone_rules, users
from controller.store.session import ReadSession
from controller.web import keyring
from controller.web.openapi import document
from tests.unit.web.api.conftest import ALICE, ONE, STRANGER, TWO, Api

#: An example of each part of a path, of what is there for the administrator of `one.test`.
PARTS = {
    "user": str(ALICE),
    "group": f"sales@{ONE}",
    "owner": str(ALICE),
    "feature": "whisper",
    "allowed": f"1002@{ONE}",
    "pattern": "Yealink*",
    "number": "1",
    "page_id": "3b241101-e2bb-4255-8caf-4136c566a962",
    "message_id": "3b241101-e2bb-4255-8caf-4136c566a962",
}


def operations() -> list[tuple[str, str, Scope]]:
    """Method, path with examples in it, and the scope that the document says."""
    found = []
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method == "parameters" or not operation["security"]:
                continue
            scope = operation["description"].rpartition("Needs the scope ")[2]
            scope = "read" if "Needs the scope read" in operation["description"] else scope.removesuffix(".")
            for name, example in PARTS.items():
                if name == "owner" and path.startswith("/api/v1/groups"):
                    example = f"sales@{ONE}"
                path = path.replace(f"{{{name}}}", example)
            found.append((method, path.removeprefix("/api/v1/"), Scope(scope)))
    return found


OPERATIONS = operations()
#: When a token was last used, which each of these requests may change.
USED = r'"last_used_at":[^,]*,'
SETTINGS = [each for each in OPERATIONS if each[2] is Scope.SETTINGS]


def test_every_operation_of_the_api_names_its_scope() -> None:
    assert {scope for _, _, scope in OPERATIONS} == set(Scope)
    assert len(OPERATIONS) > 35


def test_nobody_is_let_in_without_a_token(api: Api) -> None:
    plain = api.client.get("/api/v1/pages")
    for method, path, _ in OPERATIONS:
        for headers in ({}, {"Authorization": "Bearer wrong"} if path == "users" else {}):
            answer = api.client.open(f"/api/v1/{path}", method=method, headers=headers, json={})
            assert (answer.status_code, answer.data) == (401, plain.data), (method, path)


def test_another_scope_is_not_enough(api: Api) -> None:
    for method, path, scope in OPERATIONS:
        for other in FULL - {scope}:
            assert api(method, path, other, pages_off=True).status_code == 403, (method, path, other)


def test_its_own_scope_is_enough(api: Api) -> None:
    # what needs two scopes, what needs all domains, and what does not end
    others = [("post", "keys"), ("get", "status"), ("delete", "phones/Yealink*"), ("get", "events")]
    for method, path, scope in OPERATIONS:
        if (method, path) not in others:
            assert api(method, path, scope, pages_off=True).status_code != 403, (method, path)


def test_a_kiosk_may_do_what_is_for_a_kiosk_and_nothing_else(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "USES", RateLimit(1000, 60.0))
    own = {("get", "kiosk"), ("post", "messages"), ("get", f"messages/{PARTS['message_id']}")}
    assert own < {(method, path) for method, path, _ in OPERATIONS}
    for method, path, _ in OPERATIONS:
        answer = api(method, path, "kiosk", pages_off=True)
        assert (answer.status_code != 403) is ((method, path) in own), (method, path)


def test_nothing_else_is_let_in_where_a_kiosk_is(api: Api) -> None:
    for who in (*FULL, ONE, TWO, "key", ""):
        assert api("get", "kiosk", who).status_code == 403, who


def test_the_token_of_a_kiosk_is_for_no_key_of_a_phone(api: Api) -> None:
    wrong = [api.client.get(f"/keys/{token}/page/1002") for token in (api.tokens["kiosk"], "x" * 43)]
    assert wrong[0].status_code == wrong[1].status_code == 403
    assert wrong[0].data == wrong[1].data


def test_a_users_key_is_for_pages_alone(api: Api) -> None:
    for method, path, _ in [
        *SETTINGS,
        ("get", "history", ""),
        ("get", "presence", ""),
        ("get", "status", ""),
    ]:
        assert api(method, path, "key", pages_off=True).status_code == 403, (method, path)


def everything(reading: ReadSession) -> list[Any]:
    """All settings."""
    found: list[Any] = [*users.listing(reading), *groups.listing(reading), *phone_rules.all_rules(reading)]
    tokens = [(each.id, each.revoked_at) for each in api_tokens.listing(reading)]
    return found + tokens + [(each.id, each.revoked_at) for each in key_tokens.listing(reading)]


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        *((method, f"users/{STRANGER}", f"users/9999@{TWO}") for method in ("GET", "PATCH", "DELETE")),
        *((method, f"groups/sales@{TWO}", f"groups/none@{TWO}") for method in ("GET", "PATCH", "DELETE")),
        ("GET", f"users/{STRANGER}/accept", f"users/9999@{TWO}/accept"),
        ("GET", f"groups/sales@{TWO}/accept", f"groups/none@{TWO}/accept"),
        *(
            (method, f"users/{STRANGER}/accept/whisper/{ALICE}", f"users/9999@{TWO}/accept/whisper/{ALICE}")
            for method in ("PUT", "DELETE")
        ),
        *(
            (method, f"users/{ALICE}/accept/whisper/{STRANGER}", f"users/{ALICE}/accept/whisper/9999@{TWO}")
            for method in ("PUT", "DELETE")
        ),
        *(
            (
                method,
                f"groups/sales@{ONE}/accept/whisper/group:sales@{TWO}",
                f"groups/sales@{ONE}/accept/whisper/group:none@{TWO}",
            )
            for method in ("PUT", "DELETE")
        ),
        *((method, "tokens/{token}", "tokens/999") for method in ("GET", "DELETE")),
        *((method, "keys/{key}", "keys/999") for method in ("GET", "DELETE")),
        ("GET", f"keys?user={STRANGER}", f"keys?user=9999@{TWO}"),
        ("GET", f"users?group=sales@{TWO}", f"users?group=none@{TWO}"),
    ],
)
def test_what_is_of_another_domain_is_answered_as_what_is_missing(
    api: Api, controller: Controller, method: str, path: str, missing: str
) -> None:
    with controller.store.reading() as reading:
        before = everything(reading)
    body = {"pages_off": True} if "users/" in path else {"whisper_initiate": True}
    body = body if method == "PATCH" else {}
    there, not_there = api(method, path.format(**api.ids), ONE, **body), api(method, missing, ONE, **body)
    assert there.status_code == not_there.status_code == 404
    names = (
        str(api.ids["token"]),
        str(api.ids["key"]),
        "999",
        "1001@two",
        "9999@two",
        "sales@two",
        "none@two",
    )

    def text(answer: Any) -> str:
        told = str(answer.json)
        for name in sorted(names, key=len, reverse=True):
            told = told.replace(f" {name}", " X")
        return told

    assert text(there) == text(not_there)
    assert dict(there.headers).keys() == dict(not_there.headers).keys()
    with controller.store.reading() as reading:
        assert everything(reading) == before


@pytest.mark.parametrize(
    ("path", "there", "missing"),
    [
        ("users", {"user": str(STRANGER)}, {"user": f"9999@{TWO}"}),
        ("groups", {"name": f"sales@{TWO}"}, {"name": f"none@{TWO}"}),
        ("tokens", {"domain": TWO}, {"domain": "none.test"}),
        ("keys", {"user": str(STRANGER)}, {"user": f"9999@{TWO}"}),
    ],
)
def test_what_is_to_be_made_in_another_domain_is_answered_the_same_whatever_is_there(
    api: Api, path: str, there: dict[str, str], missing: dict[str, str]
) -> None:
    answers = [api("POST", path, ONE, **body) for body in (there, missing)]
    assert {answer.status_code for answer in answers} <= {403, 404}
    first, second = (str(answer.json).replace("1001@", "9999@") for answer in answers)
    assert first == second


@pytest.mark.parametrize("path", ["users", "groups", "tokens", "keys", "history", "presence"])
def test_a_listing_has_nothing_of_another_domain_and_is_not_asked_for_one(api: Api, path: str) -> None:
    answer = api("GET", path, ONE)
    assert answer.status_code == 200
    assert TWO not in answer.text
    refused = {api("GET", f"{path}?domain={domain}", ONE).data for domain in (TWO, "none.test")}
    assert len(refused) == 1
    own = api("GET", f"{path}?domain={ONE}", ONE)
    assert re.sub(USED, "", own.text) == re.sub(USED, "", answer.text)


def test_the_administrator_of_all_domains_sees_each(api: Api) -> None:
    assert api("GET", f"users/{STRANGER}").status_code == 200
    assert [each["user"] for each in api("GET", f"users?domain={TWO}").json["users"]] == [str(STRANGER)]

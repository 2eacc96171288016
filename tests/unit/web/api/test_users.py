"""`/api/v1/users`."""

from __future__ import annotations

from typing import Any

import pytest

from controller.app import Controller
from tests.unit.web.api.conftest import ALICE, BOB, ONE, STRANGER, Api

PATH = f"users/{ALICE}"


def test_a_user_has_its_own_settings_and_what_is_in_effect(api: Api) -> None:
    answer = api("PATCH", PATH, ONE, whisper_accept="all", group="sales", auto_answer=["alert-info: x"])
    assert answer.status_code == 200
    told = answer.json
    assert (told["whisper_accept"], told["whisper_initiate"], told["group"]) == ("all", None, "sales")
    assert told["auto_answer"] == ["Alert-Info: x"]
    assert told["effective"]["whisper_accept_from"] == "user"
    assert told["effective"]["whisper_initiate_from"] == "group sales"
    assert api("GET", PATH, ONE).json == told


def test_null_inherits_again(api: Api) -> None:
    api("PATCH", PATH, ONE, whisper_initiate=True, phone_kind="soft", auto_answer=[])
    told = api("PATCH", PATH, ONE, whisper_initiate=None, phone_kind=None).json
    assert (told["whisper_initiate"], told["phone_kind"], told["auto_answer"]) == (None, None, [])


def test_a_user_is_added_shown_and_removed(api: Api) -> None:
    made = api("POST", "users", ONE, user="1003@One.test", pages_off=True)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/users/1003@one.test")
    assert made.json["pages_off"]
    shown = api("GET", "users/1003@one.test", ONE)
    assert (shown.json, shown.headers["ETag"]) == (made.json, made.headers["ETag"])
    assert api("POST", "users", ONE, user="1003@one.test").status_code == 409
    assert api("DELETE", "users/1003@one.test", ONE).status_code == 204
    assert api("GET", "users/1003@one.test", ONE).status_code == 404


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"whisper_accept": "some"}, {"#/whisper_accept": "it is none of none, all, listed"}),
        ({"pages_off": None}, {"#/pages_off": "neither true nor false"}),
        ({"pages_off": 1}, {"#/pages_off": "neither true nor false"}),
        ({"color": "red"}, {"#/color": "There is no 'color': send group, whisper_initiate"}),
        ({"group": 7}, {"#/group": "it is not text"}),
        ({"group": "a b"}, {"#/group": "is not a group's name"}),
        ({"auto_answer": "x"}, {"#/auto_answer": "no list of headers"}),
        ({"auto_answer": ["From: me"]}, {"#/auto_answer": "is not a header that makes a phone answer"}),
        ({"phone_kind": "red", "a/b": 1}, {"#/phone_kind": "none of desk, soft", "#/a~1b": "There is no"}),
    ],
)
def test_bad_input_gets_a_sentence_for_each_fault_and_changes_nothing(
    api: Api, body: dict[str, object], faults: dict[str, str]
) -> None:
    before = api("GET", PATH, ONE).json
    answer = api("PATCH", PATH, ONE, intercom_initiate=True, **body)
    assert answer.status_code == 400
    told = {each["pointer"]: each["detail"] for each in answer.json["errors"]}
    assert told.keys() == faults.keys()
    for pointer, part in faults.items():
        assert part in told[pointer]
    assert api("GET", PATH, ONE).json == before


@pytest.mark.parametrize("sent", ["", "{", "[]", "null", '{"pages_off": true', "{}", "[" * 5000])
def test_what_is_no_object_gets_one_sentence(api: Api, sent: str) -> None:
    headers = {"Authorization": f"Bearer {api.tokens[ONE]}", "Content-Type": "application/json"}
    answer = api.client.patch(f"/api/v1/{PATH}", data=sent, headers=headers)
    assert answer.status_code == 400
    assert len(answer.json["errors"]) == 1


def test_a_group_that_is_not_there_is_told(api: Api) -> None:
    answer = api("PATCH", PATH, ONE, group="nobody", pages_off=True)
    assert (answer.status_code, answer.json["detail"]) == (404, "There is no settings group nobody.")
    assert not api("GET", PATH, ONE).json["pages_off"]


def test_a_change_of_what_others_have_changed_is_not_made(api: Api) -> None:
    old = {"If-Match": api("GET", PATH, ONE).headers["ETag"]}
    changed = api("PATCH", PATH, ONE, old, pages_off=True)
    assert changed.status_code == 200
    for method, body in (("PATCH", {"pages_off": False}), ("DELETE", {})):
        late = api(method, PATH, ONE, old, **body)
        assert late.status_code == 412
        assert "has been changed meanwhile" in late.json["detail"]
    now = api("GET", PATH, ONE)
    assert now.json["pages_off"]
    assert now.headers["ETag"] == changed.headers["ETag"]
    assert api("DELETE", PATH, ONE, {"If-Match": now.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize(("sent", "status"), [("*", 200), ('W/"{}"', 412), ('"{}", "b"', 400), ("{}", 200)])
def test_the_version_may_be_any_and_must_be_one(api: Api, sent: str, status: int) -> None:
    version = api("GET", PATH, ONE).headers["ETag"].strip('"')
    headers = {"If-Match": sent.format(version)}
    assert api("PATCH", PATH, ONE, headers, pages_off=True).status_code == status


def test_a_long_listing_comes_in_pieces(api: Api) -> None:
    first = api("GET", "users?limit=1", ONE).json
    assert ([each["user"] for each in first["users"]], first["next"]) == ([str(ALICE)], str(ALICE))
    second = api("GET", f"users?limit=1&after={first['next']}", ONE).json
    assert ([each["user"] for each in second["users"]], second["next"]) == ([str(BOB)], None)


def test_users_are_found_by_a_part_of_their_name_and_by_their_group(api: Api) -> None:
    assert [each["user"] for each in api("GET", "users?search=002", ONE).json["users"]] == [str(BOB)]
    api("PATCH", PATH, ONE, group="sales")
    assert [each["user"] for each in api("GET", "users?group=sales", ONE).json["users"]] == [str(ALICE)]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("limit=0", "whole number from 1 to 1000"),
        ("limit=x", "whole number"),
        ("limit=1&limit=2", "2 times"),
        ("color=red", "There is no 'color': use domain"),
        ("after=1001", "write EXT@DOMAIN"),
        ("domain=a b", "is not a domain"),
    ],
)
def test_a_bad_parameter_gets_a_sentence(api: Api, query: str, part: str) -> None:
    answer = api("GET", f"users?{query}", ONE)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert part in fault["detail"]
    assert fault["parameter"] == query.partition("=")[0]


def test_pages_that_are_switched_off_are_known_at_once(api: Api, controller: Controller) -> None:
    api("PATCH", PATH, ONE, pages_off=True)
    assert ALICE in controller.blocked
    api("DELETE", PATH, ONE)
    assert ALICE not in controller.blocked


def test_several_users_are_changed_at_a_time(api: Api, controller: Controller) -> None:
    asked = [str(BOB), str(ALICE)]
    answer = api("PATCH", "users", ONE, users=asked, changes={"group": "sales", "pages_off": True})
    assert [(each["user"], each["group"]) for each in answer.json["users"]] == [
        (str(ALICE), "sales"), (str(BOB), "sales"),
    ]  # fmt: skip
    assert {ALICE, BOB} <= set(controller.blocked)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"users": [str(ALICE), str(STRANGER)], "changes": {"pages_off": True}}, 404),
        ({"users": [str(ALICE)], "changes": {"group": "nobodys"}}, 404),
        ({"users": [], "changes": {"pages_off": True}}, 400),
        ({"users": [str(ALICE)] * 101, "changes": {"pages_off": True}}, 400),
        ({"users": [str(ALICE)], "changes": {}}, 400),
        ({"users": [str(ALICE)], "changes": {"color": "red"}}, 400),
        ({"users": [str(ALICE)], "changes": {"pages_off": "yes"}}, 400),
        ({"changes": {"pages_off": True}}, 400),
    ],
)
def test_of_several_users_all_are_changed_or_none(
    api: Api, controller: Controller, body: dict[str, Any], status: int
) -> None:
    assert api("PATCH", "users", ONE, **body).status_code == status
    assert api("GET", PATH, ONE).json["pages_off"] is False

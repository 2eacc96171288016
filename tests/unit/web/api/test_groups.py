"""`/api/v1/groups`, and accept lists."""

from __future__ import annotations

import pytest

from tests.unit.web.api.conftest import ALICE, BOB, ONE, Api


def test_a_group_is_added_changed_and_removed(api: Api) -> None:
    made = api("POST", "groups", name="desk", whisper_initiate=True)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/groups/desk")
    assert (made.json["whisper_initiate"], made.json["whisper_accept"], made.json["members"]) == (
        True,
        "none",
        0,
    )
    changed = api("PATCH", "groups/desk", "", {"If-Match": made.headers["ETag"]}, whisper_accept="listed")
    assert (changed.json["whisper_accept"], changed.json["whisper_initiate"]) == ("listed", True)
    assert api("DELETE", "groups/desk", "", {"If-Match": made.headers["ETag"]}).status_code == 412
    assert api("DELETE", "groups/desk").status_code == 204
    assert api("GET", "groups/desk").status_code == 404


def test_one_domain_sees_groups_of_all_and_changes_its_own(api: Api) -> None:
    assert [each["name"] for each in api("GET", "groups", ONE).json["groups"]] == [
        "default",
        "sales",
        f"sales@{ONE}",
    ]
    assert api("PATCH", f"groups/sales@{ONE}", ONE, whisper_initiate=True).status_code == 200
    for method, body in (("PATCH", {"whisper_initiate": True}), ("DELETE", {})):
        assert api(method, "groups/sales", ONE, **body).status_code == 403
    assert not api("GET", "groups/sales", ONE).json["whisper_initiate"]


@pytest.mark.parametrize(
    ("method", "path", "body", "part"),
    [
        ("POST", "groups", {"whisper_initiate": True}, "name is missing"),
        ("POST", "groups", {"name": "a b"}, "is not a group's name"),
        ("PATCH", "groups/sales", {"whisper_initiate": None}, "neither true nor false"),
        ("PATCH", "groups/sales", {"members": 3}, "There is no 'members'"),
        ("DELETE", "groups/default", {}, "is protected"),
    ],
)
def test_bad_input_gets_one_sentence(
    api: Api, method: str, path: str, body: dict[str, object], part: str
) -> None:
    answer = api(method, path, **body)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert part in fault["detail"]


def test_a_name_that_cannot_be_is_not_there(api: Api) -> None:
    assert api("GET", "groups/a b").status_code == 404


def test_accept_lists_are_read_and_changed_entry_by_entry(api: Api) -> None:
    path = f"users/{ALICE}/accept"
    entry = {"feature": "whisper", "allowed": str(BOB), "counts": False}
    assert api("GET", path, ONE).json == {"entries": [entry]}
    assert api("PUT", f"{path}/whisper/{BOB}", ONE).status_code == 409
    made = api("PUT", f"{path}/intercom/group:sales", ONE)
    assert (made.status_code, made.json["allowed"]) == (201, "group:sales")
    api("PATCH", f"users/{ALICE}", ONE, whisper_accept="listed")
    assert [each["counts"] for each in api("GET", path, ONE).json["entries"]] == [True, False]
    assert api("DELETE", f"{path}/whisper/{BOB}", ONE).status_code == 204
    assert api("DELETE", f"{path}/whisper/{BOB}", ONE).status_code == 404
    assert len(api("GET", path, ONE).json["entries"]) == 1


def test_the_lists_of_a_group_are_changed_alike(api: Api) -> None:
    path = f"groups/sales@{ONE}/accept"
    assert api("PUT", f"{path}/whisper/{BOB}", ONE).status_code == 201
    assert api("GET", path, ONE).json["entries"][0]["allowed"] == str(BOB)
    assert api("PUT", f"groups/sales/accept/whisper/{BOB}", ONE).status_code == 403


@pytest.mark.parametrize(("last", "status"), [("whisper/nobody", 400), ("shout/1002@one.test", 404)])
def test_what_can_be_on_no_list_is_told(api: Api, last: str, status: int) -> None:
    assert api("PUT", f"users/{ALICE}/accept/{last}", ONE).status_code == status

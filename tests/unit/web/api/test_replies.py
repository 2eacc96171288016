"""`/api/v1/replies`."""

from __future__ import annotations

import pytest

from tests.unit.web.api.conftest import ONE, Api

FIRST = {"for": "*", "digit": "1", "words": "I am coming", "declines": False}


def test_a_reply_is_set_and_removed(api: Api) -> None:
    before = api("GET", "replies").json["replies"]
    assert before[0] == FIRST
    made = api("PUT", "replies/@one.test/1", words="auf dem Weg")
    assert made.json == {"for": "@one.test", "digit": "1", "words": "auf dem Weg", "declines": False}
    assert made.json in api("GET", "replies").json["replies"]
    assert api("DELETE", "replies/@one.test/1").status_code == 204
    assert api("DELETE", "replies/@one.test/1").status_code == 404
    assert api("GET", "replies").json["replies"] == before


def test_one_reply_is_shown_as_its_owner_has_set_it(api: Api) -> None:
    assert api("GET", "replies/*/1").json == FIRST
    assert api("GET", "replies/*/1", ONE).json == FIRST
    for path in ("replies/@one.test/1", "replies/*/9", "replies/nobody/1"):
        assert api("GET", path).status_code == 404


def test_a_reply_of_another_domain_is_as_one_that_is_not_there(api: Api) -> None:
    api("PUT", "replies/@two.test/1", words="of others")
    there, nowhere = api("GET", "replies/@two.test/1", ONE), api("GET", "replies/@two.test/2", ONE)
    assert there.status_code == nowhere.status_code == 404
    assert there.json["detail"].replace("*1", "*2") == nowhere.json["detail"]


def test_a_change_of_what_others_have_changed_is_not_made(api: Api) -> None:
    path = "replies/*/1"
    old = {"If-Match": api("GET", path).headers["ETag"]}
    changed = api("PUT", path, "", old, words="on my way")
    assert changed.status_code == 200
    for method, body in (("PUT", {"words": "never"}), ("DELETE", {})):
        late = api(method, path, "", old, **body)
        assert late.status_code == 412
        assert late.json["detail"] == "The reply by *1 has been changed meanwhile: nothing was changed."
    now = api("GET", path)
    assert (now.json["words"], now.headers["ETag"]) == ("on my way", changed.headers["ETag"])
    assert api("DELETE", path, "", {"If-Match": now.headers["ETag"]}).status_code == 204


def test_a_change_of_what_others_have_removed_is_not_made(api: Api) -> None:
    path = "replies/*/1"
    old = {"If-Match": api("GET", path).headers["ETag"]}
    assert api("DELETE", path).status_code == 204
    assert api("PUT", path, "", old, words="on my way").status_code == 412
    assert api("DELETE", path, "", old).status_code == 404
    assert api("GET", path).status_code == 404


def test_a_domain_changes_its_own_alone(api: Api) -> None:
    assert api("PUT", "replies/@one.test/1", ONE, words="yes", declines=True).status_code == 200
    assert api("PUT", "replies/*/1", ONE, words="no").status_code == 403
    assert api("PUT", "replies/@two.test/1", ONE, words="no").status_code == 403
    api("PUT", "replies/@two.test/1", words="of others")
    assert {each["for"] for each in api("GET", "replies", ONE).json["replies"]} == {"*", "@one.test"}


@pytest.mark.parametrize("path", ["replies/nobody/1", "replies/*/12", "replies/*/x", "replies/@/1"])
def test_what_cannot_have_a_reply_is_not_there(api: Api, path: str) -> None:
    assert api("PUT", path, words="yes").status_code == 404


@pytest.mark.parametrize("words", [5, None, "a" * 65, "a\nb", "\u202eb"])
def test_words_that_cannot_be_a_reply_are_refused(api: Api, words: object) -> None:
    assert api("PUT", "replies/*/1", words=words).status_code == 400
    assert api("GET", "replies").json["replies"][0] == FIRST

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

"""`/api/v1/phones`."""

from __future__ import annotations

import pytest

from tests.unit.web.api.conftest import ONE, Api

ACME = {"pattern": "Acme/1 ?*", "vendor": "Acme", "kind": "desk"}
PATH = "phones/Acme/1%20%3F*"


def test_a_rule_is_added_first_moved_and_removed(api: Api) -> None:
    made = api("POST", "phones", **ACME, auto_answer=["call-info: <sip:{domain}>;answer-after=0"])
    assert made.status_code == 201
    assert made.json["auto_answer"] == ["Call-Info: <sip:{domain}>;answer-after=0"]
    assert api("GET", "phones").json["phones"][0] == made.json
    assert api.client.get(made.headers["Location"]).status_code == 401
    moved = api("PATCH", PATH, "", {"If-Match": made.headers["ETag"]}, position=100_000, auto_answer=[])
    assert api("GET", "phones").json["phones"][-1] == moved.json
    assert api("DELETE", PATH, "", {"If-Match": made.headers["ETag"]}).status_code == 412
    assert api("DELETE", PATH).status_code == 204
    assert api("GET", PATH).status_code == 404


def test_the_order_is_that_of_the_positions(api: Api) -> None:
    positions = [each["position"] for each in api("GET", "phones", ONE).json["phones"]]
    assert positions == sorted(positions)
    taken = api("POST", "phones", **ACME, position=positions[0])
    assert taken.status_code == 409
    assert f"has position {positions[0]}" in taken.json["detail"]


def test_one_domain_sees_the_rules_and_changes_none(api: Api) -> None:
    rules = api("GET", "phones", ONE).json
    assert api("POST", "phones", ONE, **ACME).status_code == 403
    pattern = rules["phones"][0]["pattern"]
    assert api("GET", f"phones/{pattern}", ONE).status_code == 200
    for method, body in (("PATCH", {"vendor": "x"}), ("DELETE", {})):
        assert api(method, f"phones/{pattern}", ONE, **body).status_code == 403
    assert api("GET", "phones", ONE).json == rules


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"pattern": "é"}, "is not a pattern"),
        ({"vendor": ""}, "is not a vendor"),
        ({"kind": "toy"}, "none of desk, soft"),
        ({"position": 1.5}, "whole number from -1000000 to 1000000"),
        ({"position": True}, "whole number"),
        ({"auto_answer": ["Call-Info: " + "x" * 200] * 6}, "characters together"),
    ],
)
def test_bad_input_gets_one_sentence_and_adds_nothing(api: Api, change: dict[str, object], part: str) -> None:
    before = api("GET", "phones").json
    answer = api("POST", "phones", **(ACME | change))
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert part in fault["detail"]
    assert api("GET", "phones").json == before

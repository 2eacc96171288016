"""`/api/v1/explain`: what would become of a page, and why."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens
from tests.unit.web.conftest import TOKEN, Eventually
from tests.unit.web.office import at_work, talk


@pytest.fixture(autouse=True)
def keys(controller: Controller, office: Office) -> dict[int, str]:
    return at_work(controller, office)


def ask(client: FlaskClient, token: str = TOKEN, **asked: str) -> TestResponse:
    return client.get("/api/v1/explain", query_string=asked, headers={"Authorization": f"Bearer {token}"})


def of_domain(controller: Controller, domain: str, scope: Scope) -> str:
    """A token of one domain."""
    with controller.store.unit() as unit:
        _, token = api_tokens.issue(unit, domain, "", {scope})
        unit.commit()
    return token


def test_a_decision_is_explained(client: FlaskClient) -> None:
    told: Any = ask(client, pager=f"1001@{DOMAIN}", target=f"1005@{DOMAIN}").json
    assert (told["treatment"], told["reason"]) == ("intercom", None)
    assert (told["by_click"], told["by_click_reason"]) == ("intercom", None)
    assert "legs: none: the target is idle" in told["reasons"]


def test_a_refusal_is_explained(client: FlaskClient) -> None:
    told: Any = ask(client, pager=f"1001@{DOMAIN}", target="1005@two.test", feature="intercom").json
    assert (told["treatment"], told["reason"]) == ("refused", "other_domain")


def test_a_reverse_page_is_explained(client: FlaskClient, office: Office, controller: Controller) -> None:
    talk(office, controller)
    users = {"pager": f"1002@{DOMAIN}", "target": f"1005@{DOMAIN}"}
    told: Any = ask(client, **users, feature="reverse").json
    assert (told["treatment"], told["by_click"], told["reason"]) == ("reverse", "reverse", None)
    told = ask(client, pager=users["target"], target=users["pager"], feature="reverse").json
    assert (told["treatment"], told["reason"]) == ("refused", "pager_idle")


@pytest.mark.parametrize("asked", [{}, {"pager": f"1001@{DOMAIN}"}, {"pager": "x", "target": "y"}])
def test_both_users_are_needed(client: FlaskClient, asked: dict[str, str]) -> None:
    assert ask(client, **asked).status_code == 400


def test_a_domain_asks_for_its_own_users_alone(client: FlaskClient, controller: Controller) -> None:
    token = of_domain(controller, "two.test", Scope.READ)
    for pager, target in (("1001", "1005"), ("1001@two.test", "1005"), ("1001", "1005@two.test")):
        named = (each if "@" in each else f"{each}@{DOMAIN}" for each in (pager, target))
        answer = ask(client, token, **dict(zip(("pager", "target"), named, strict=True)))
        assert answer.status_code == 403
        assert answer.json
        assert answer.json["detail"] == "Only two.test can be asked for here."


def test_it_needs_the_scope_read_and_no_key_has_it(
    client: FlaskClient, controller: Controller, keys: dict[int, str]
) -> None:
    for token in (of_domain(controller, DOMAIN, Scope.PAGE), keys[1001]):
        assert ask(client, token, pager=f"1001@{DOMAIN}", target=f"1005@{DOMAIN}").status_code == 403


def test_without_a_switch_nothing_is_explained(
    client: FlaskClient, office: Office, controller: Controller, eventually: Eventually
) -> None:
    office.close()
    eventually(lambda: controller.stations[0].link.state != "up")
    asked = {"pager": f"1001@{DOMAIN}", "target": f"1005@{DOMAIN}"}
    assert ask(client, **asked).status_code == 503

"""`/api/v1/call-backs`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from controller.app import Controller
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.store import call_backs
from tests.unit.web.api.conftest import ALICE, BOB, ONE, STRANGER, TWO, Api

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def waiting(controller: Controller) -> None:
    """Alice waits for Bob, Bob for Alice, and a stranger for somebody."""
    with controller.store.unit() as unit:
        for pager, target in ((ALICE, BOB), (BOB, ALICE), (STRANGER, UserName("1002", TWO))):
            each = CallBack(pager, target, Feature.WHISPER, NOW, NOW + timedelta(minutes=30))
            call_backs.ask(unit, each, 5)
        unit.commit()


def pagers(api: Api, who: str = "") -> list[str]:
    return [each["pager"] for each in api("GET", "call-backs", who).json["call_backs"]]


def test_each_sees_what_is_in_its_reach(api: Api) -> None:
    assert pagers(api) == [str(ALICE), str(BOB), str(STRANGER)]
    assert pagers(api, ONE) == [str(ALICE), str(BOB)]
    assert pagers(api, "key") == [str(ALICE)]


def test_it_is_shown_as_it_was_asked_for(api: Api) -> None:
    (shown,) = api("GET", "call-backs", "key").json["call_backs"]
    assert shown == {
        "pager": str(ALICE),
        "target": str(BOB),
        "feature": "whisper",
        "asked_at": NOW.isoformat(),
        "expires_at": (NOW + timedelta(minutes=30)).isoformat(),
        "rings_since": None,
    }


@pytest.mark.parametrize("who", ["key", ONE, ""])
def test_it_is_removed_once(api: Api, who: str) -> None:
    assert api("DELETE", f"call-backs/{ALICE}/{BOB}", who).status_code == 204
    assert api("DELETE", f"call-backs/{ALICE}/{BOB}", who).status_code == 404
    assert pagers(api) == [str(BOB), str(STRANGER)]


@pytest.mark.parametrize(("who", "pager", "target"), [("key", BOB, ALICE), (ONE, STRANGER, "1002@two.test")])
def test_one_that_is_out_of_reach_is_not_there(api: Api, who: str, pager: UserName, target: object) -> None:
    assert api("DELETE", f"call-backs/{pager}/{target}", who).status_code == 404
    assert len(pagers(api)) == 3


@pytest.mark.parametrize("path", ["x/y", f"{ALICE}/1002", f"{ALICE}/..%2f", f"{ALICE}/$%7Bsystem(id)%7D@a"])
def test_a_path_that_names_no_users_is_not_there(api: Api, path: str) -> None:
    assert api("DELETE", f"call-backs/{path}").status_code == 404


def test_the_removal_by_an_administrator_is_in_the_audit_and_a_users_own_is_not(
    api: Api, controller: Controller
) -> None:
    api("DELETE", f"call-backs/{ALICE}/{BOB}", "key")
    api("DELETE", f"call-backs/{BOB}/{ALICE}")
    with controller.store.reading() as reading:
        rows = reading.session.connection().exec_driver_sql("SELECT action, subject FROM audit_entries")
        assert [tuple(row) for row in rows] == [("call_back removed", f"{BOB} {ALICE}")]


def test_a_users_token_asks_for_its_own_user_alone(api: Api) -> None:
    assert api("POST", "call-backs", "key", pager=str(BOB), target="1001").status_code == 403


@pytest.mark.parametrize("scope", ["read", "settings"])
def test_asking_needs_the_scope_of_pages(api: Api, scope: str) -> None:
    assert api("POST", "call-backs", scope, pager=str(ALICE), target="1002").status_code == 403
    assert api("DELETE", f"call-backs/{ALICE}/{BOB}", scope).status_code == 403


@pytest.mark.parametrize(
    "body", [{"pager": "x"}, {"pager": str(ALICE), "target": "${system(id)}"}, {"more": 1}]
)
def test_a_body_that_names_no_users_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api("POST", "call-backs", **body).status_code == 400


def test_nothing_is_asked_for_while_no_switch_can_be_reached(api: Api) -> None:
    assert api("POST", "call-backs", pager=str(ALICE), target="1002").status_code == 503

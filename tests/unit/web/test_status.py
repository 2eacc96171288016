"""The status: everything that is going on, in one answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from controller.app import Controller
from controller.cli.main import run
from controller.simulator.office import CUSTOMER, Office
from tests.unit.web.conftest import NOBODY, TOKEN
from tests.unit.web.office import at_work, whispering

Eventually = Callable[[Callable[[], object]], None]
Look = Callable[[], dict[str, Any]]


@pytest.fixture
def keys(controller: Controller, office: Office) -> dict[int, str]:
    """Permit every page, and return the tokens of keys."""
    return at_work(controller, office)


@pytest.fixture
def look(keys: dict[int, str], client: FlaskClient) -> Look:
    def look() -> dict[str, Any]:
        answer = client.get("/api/v1/status", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json
        return told

    return look


@pytest.fixture
def paged(office: Office, controller: Controller, keys: dict[int, str], eventually: Eventually) -> None:
    """A page of 1001 to 1002, who talks to the customer."""
    office.dial(CUSTOMER, "1002")
    office.dial("1001", "*191002")
    eventually(lambda: whispering(controller))


def test_each_switch_is_listed_with_its_state_and_its_time(look: Look, controller: Controller) -> None:
    up, down = look()["switches"]
    assert (up["state"], up["trouble"], up["connections"]) == ("up", "", 1)
    assert abs(datetime.fromisoformat(up["since"]).timestamp() - controller.stations[0].link.since) < 0.001
    assert (down["switch"], down["connections"], down["legs"]) == (NOBODY, 0, None)
    assert "Nothing listens there" in down["trouble"]


def test_a_page_is_listed_under_its_switch(look: Look, paged: None) -> None:
    up, down = look()["switches"]
    (page,) = up["pages"]
    assert (page["pager"], page["target"]) == ("1001@pbx.test", "1002@pbx.test")
    assert (page["treatment"], page["state"], page["muted"]) == ("whisper", "up", False)
    assert down["pages"] == []
    assert up["legs"] == 7


def test_the_last_refusals_are_listed_newest_first(
    look: Look, office: Office, controller: Controller, eventually: Eventually
) -> None:
    for number, count in (("*191001", 1), ("*191099", 2)):
        office.dial("1001", number)
        eventually(lambda count=count: len(controller.stations[0].metrics.lately) == count)
    assert [each["reason"] for each in look()["refusals"]] == ["unknown_target", "oneself"]
    assert look()["refusals"][0]["detail"] == "the switch's directory has no such user"
    assert {each["state"] for each in look()["refusals"]} == {"refused"}


def test_the_database_and_the_history_are_in_the_status(
    look: Look, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = look()
    assert told["database"] == {"trouble": ""}
    assert told["history"] == {"waiting": 0, "lost": 0, "trouble": ""}


def test_a_users_token_does_not_show_what_others_do(keys: dict[int, str], client: FlaskClient) -> None:
    answer = client.get("/api/v1/status", headers={"Authorization": f"Bearer {keys[1001]}"})
    assert answer.status_code == 403
    assert "api_token" in answer.json["detail"]


def test_the_status_needs_a_token(client: FlaskClient) -> None:
    assert client.get("/api/v1/status").status_code == 401


def test_a_click_that_the_command_line_refuses_is_among_the_refusals_and_counted_once(
    look: Look,
    controller: Controller,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", controller.settings.database_url)
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", office.url)
    assert run(["page", "1009", "1002"]) == 1
    structlog.reset_defaults()
    eventually(lambda: look()["refusals"])
    (refusal,) = look()["refusals"]
    assert (refusal["pager"], refusal["reason"]) == ("1009@pbx.test", "pager_not_registered")
    counts = controller.stations[0].metrics
    assert (counts.attempts["refused"], counts.refusals["pager_not_registered"]) == (1, 1)
    kept = controller.attempt(refusal["id"])
    assert kept is not None
    assert kept.reason == "pager_not_registered"


def test_a_click_that_is_refused_over_http_is_among_the_refusals_and_counted_once(
    look: Look, controller: Controller, client: FlaskClient
) -> None:
    asked = {"pager": "1009@pbx.test", "target": "1002"}
    answer = client.post("/api/v1/pages", json=asked, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 409
    assert [each["reason"] for each in look()["refusals"]] == ["pager_not_registered"]
    assert controller.stations[0].metrics.attempts["refused"] == 1

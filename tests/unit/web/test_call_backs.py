"""Call backs over HTTP, of a controller with a switch: who asks is rung when the target can be paged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as parse
from werkzeug.test import TestResponse

from controller.administration import page_groups
from controller.administration.reach import EVERYTHING
from controller.app import Controller
from controller.config import Settings
from controller.domain.page_group import PageGroupName
from controller.domain.toggle import Toggle
from controller.simulator.office import Office
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, call, user

CALL_BACKS = "/api/v1/call-backs"
Wait = Callable[[Callable[[], object]], None]


class Program:
    """Asks for call backs of 1001, as who has a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def ask(self, target: str = "1002") -> TestResponse:
        asked = {"pager": "1001@pbx.test", "target": target}
        return self._client.post(CALL_BACKS, json=asked, headers=self._headers)

    def waiting(self) -> list[str]:
        found = self._client.get(CALL_BACKS, headers=self._headers).json
        return [each["target"] for each in found["call_backs"]]


@pytest.fixture
def tokens(controller: Controller, office: Office) -> dict[int, str]:
    return at_work(controller, office)


@pytest.fixture(params=["administrator", "user"])
def program(request: pytest.FixtureRequest, client: FlaskClient, tokens: dict[int, str]) -> Program:
    return Program(client, TOKEN if request.param == "administrator" else tokens[1001])


@pytest.fixture
def alice(client: FlaskClient, tokens: dict[int, str]) -> Program:
    """The program of 1001, with the token of its keys."""
    return Program(client, tokens[1001])


def samples(client: FlaskClient) -> dict[str, float]:
    """The metrics of call backs."""
    found = (each for family in parse(client.get("/metrics").text) for each in family.samples)
    name = "whisperpage_call_backs_"
    return {each.name.removeprefix(name): each.value for each in found if each.name.startswith(name)}


def test_what_would_be_refused_for_good_is_refused_at_once(alice: Program) -> None:
    for target, why in (("1001", "pager and target are the same user"), ("1099", "has no such user")):
        refused = alice.ask(target)
        assert refused.status_code == 409
        assert why in refused.json["detail"]
    assert alice.waiting() == []


def test_a_page_group_calls_nobody_back(program: Program, controller: Controller) -> None:
    group = PageGroupName("600", "pbx.test")
    with controller.store.unit() as unit:
        page_groups.add(unit, EVERYTHING, group)
        page_groups.add_member(unit, EVERYTHING, group, user(1002))
        unit.commit()
    refused = program.ask("600")
    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "There is no call back: 600@pbx.test is a page group; ask about one of its members."
    )
    assert program.waiting() == []


def test_a_user_is_not_told_the_choice_of_the_target(alice: Program, controller: Controller) -> None:
    controller.blocked.block(user(1002), Toggle.ON)
    refused = alice.ask()
    assert refused.json["detail"] == "There is no call back: the target cannot be paged now."


def test_more_than_the_limit_is_refused(alice: Program, office: Office, controller: Controller) -> None:
    call(office, controller, "3001")
    for extension in (1007, 1008, 1009, 1010, 1002):  # all but the last have no phone
        assert alice.ask(str(extension)).status_code == 201
    office.phone(1003).vanish()
    refused = alice.ask("1003")
    assert refused.status_code == 409
    assert "1001@pbx.test waits for as many targets as it may: 5" in refused.json["detail"]
    assert len(alice.waiting()) == 5


class TestWholeCluster:
    """Where every switch can be reached; else nobody is rung."""

    @pytest.fixture
    def settings(self, settings: Settings, office: Office) -> Settings:
        return replace(settings, switch_url=office.url)

    def test_who_asks_is_rung_when_the_target_is_free(
        self, program: Program, client: FlaskClient, office: Office, controller: Controller, eventually: Wait
    ) -> None:
        call(office, controller, "3001")
        made = program.ask()
        assert made.status_code == 201
        assert made.headers["Location"] == f"{CALL_BACKS}/1001@pbx.test/1002@pbx.test"
        assert program.waiting() == ["1002@pbx.test"]
        assert samples(client) == {"waiting": 1, "asked_total": 1, "rung_total": 0, "expired_total": 0}
        office.phone(1002).call.hang_up()
        eventually(lambda: program.waiting() == [])
        eventually(lambda: any(live.record.answered_at for live in controller.stations[0].live.all()))
        assert samples(client) == {"waiting": 0, "asked_total": 1, "rung_total": 1, "expired_total": 0}


class TestOff:
    """Where there are no call backs."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, call_back_minutes=0)

    def test_nothing_can_be_asked_for(self, alice: Program) -> None:
        refused = alice.ask()
        assert refused.status_code == 409
        assert "call_back_minutes is 0" in refused.json["detail"]
        assert alice.waiting() == []

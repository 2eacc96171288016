"""`explain`, a click, the API, the console and a dialled code lead to the same decision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
import structlog
from flask.testing import FlaskClient

from controller.app import Controller
from controller.cli.main import run
from controller.config import Settings
from controller.domain.explain import outcome, reason
from controller.domain.names import DEFAULT_GROUP, GroupName, UserName
from controller.domain.policy import Feature
from controller.paging.clicks import Clicks
from controller.paging.request import Request
from controller.simulator.office import Office
from controller.store import groups
from controller.store.settings import GroupChanges
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, talk, user

#: With a phone, without one, and in no directory.
PAGERS = ("1001@pbx.test", "1009@pbx.test", "1099@pbx.test", "1001@other.test")
#: On a call, idle, in a conference, without a phone, in no directory, of another domain; and the pager.
TARGETS = ("1002@pbx.test", "1003@pbx.test", "1004@pbx.test", "1008@pbx.test", "1098@pbx.test",
           "1002@other.test", "1001@pbx.test")  # fmt: skip
RIGHTS = {
    "all": GroupChanges(),
    "to start whispers alone": GroupChanges(intercom_initiate=False),
    "none": GroupChanges(whisper_initiate=False, intercom_initiate=False),
}
#: Some of the reasons that are met with those rights.
EXPECTED = {
    "all": {None, "other_domain", "oneself", "unknown_pager", "pager_not_registered", "unknown_target",
            "not_registered"},
    "to start whispers alone": {"other_domain", "oneself", "not_permitted"},
    "none": {"other_domain", "oneself", "not_permitted"},
}  # fmt: skip


@pytest.fixture
def busy(
    controller: Controller, office: Office, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[None]:
    """An office with a user on a call and a user in a conference, in which nobody answers a click."""
    at_work(controller, office)
    phone = office.phone(1001)
    phone.behaviour = replace(phone.behaviour, answers=False)
    talk(office, controller)
    room = office.dial(1004, "3001")
    office.settle(lambda: room.up, "the conference")
    office.settle(lambda: controller.stations[0].legs.of(user(1004)), "the controller to know")
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", office.url)
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("rights", RIGHTS)
@pytest.mark.parametrize("feature", Feature)
def test_every_way_to_ask_leads_to_the_same_decision(
    busy: None,
    controller: Controller,
    client: FlaskClient,
    capsys: pytest.CaptureFixture[str],
    feature: Feature,
    rights: str,
) -> None:
    with controller.store.unit() as unit:
        if RIGHTS[rights]:
            groups.change(unit, GroupName(DEFAULT_GROUP), RIGHTS[rights])
            unit.commit()
    station = controller.stations[0]
    reasons = set()
    for pager, target in product(PAGERS, TARGETS):
        words = ["explain", pager, target, "--json", *(["--intercom"] * (feature is Feature.INTERCOM))]
        assert run(words) == 0
        told = json.loads(capsys.readouterr().out)
        case = f"{pager} to {target}"
        assert clicked(station.clicks, feature, pager, target) == told["by_click_reason"], case
        assert posted(client, feature, pager, target) == told["by_click_reason"], case
        if feature is Feature.WHISPER:
            verdict = station.verdicts.of(UserName.parse(pager), [UserName.parse(target)])
            assert reason(verdict[UserName.parse(target)]) == told["by_click_reason"], case
        if told["reason"] != "unknown_pager":  # no such pager can dial
            request = Request("leg", feature, UserName.parse(pager), UserName.parse(target), target)
            _, decided = station.decider.decide(request)
            assert (outcome(decided), reason(decided)) == (told["treatment"], told["reason"]), case
        reasons.add(told["by_click_reason"])
    assert reasons >= EXPECTED[rights]
    assert ("conference" in reasons) is (feature is Feature.WHISPER and rights == "all")


def clicked(clicks: Clicks, feature: Feature, pager: str, target: str) -> str | None:
    click = clicks.page(feature, UserName.parse(pager), UserName.parse(target))
    if click.rings:
        assert clicks.call_off(click.page_id)
        return None
    refusal = click.outcome.get()
    assert refusal is not None
    return refusal.reason.value


def posted(client: FlaskClient, feature: Feature, pager: str, target: str) -> str | None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    asked = {"pager": pager, "target": target, "feature": feature.value}
    answer = client.post("/api/v1/pages", json=asked, headers=headers)
    if answer.status_code == 202:
        assert client.delete(answer.headers["Location"], headers=headers).status_code == 204
        return None
    assert answer.status_code == 409
    return str(answer.json["reason"])

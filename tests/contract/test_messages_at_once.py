"""A message to several targets in one request: nobody waits for the others (M1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from controller.domain.message import Message
from controller.simulator.office import DOMAIN
from controller.simulator.switch import Switch
from controller.store import messages
from controller.web.app import build
from controller.web.messages import MOST
from tests.contract.office import SimulatedOffice
from tests.contract.rig import station

SOUND, TOKEN = "ivr/visitor.wav", "0123456789abcdef-token"
#: Seconds that the switch takes for each message to a target on a call.
SLOW = 1.0
TALKING = [str(extension) for extension in range(1001, 1007)]


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
def office(tmp_path: Path, settings: dict[str, str]) -> Iterator[SimulatedOffice]:
    """An office in which six are on calls, and whose switch is slow."""
    office = SimulatedOffice(tmp_path, {"pager_limit": "0", "target_limit": "0"} | settings, api_token=TOKEN)
    with closing(office):
        switch = office.office.switch
        switch.lengths[SOUND] = 30.0
        with office.store.unit() as unit:
            messages.add(unit, "*", Message("visitor", SOUND))
            unit.commit()
        for extension in TALKING:
            office.call(extension, "9555")
        assert office.controller
        legs = station(office.controller).legs
        office.wait(lambda: all(leg in legs for leg in switch.channels), "the controller to know every leg")
        office.clock.sleep(0.1)  # and what they do
        originate = switch.apis["originate"]

        def late(switch: Switch, argument: str) -> str:
            if "loopback/message-" in argument:
                office.clock.sleep(SLOW)
            return originate(switch, argument)

        switch.apis["originate"] = late
        yield office


def ask(office: SimulatedOffice, *to: str) -> TestResponse:
    assert office.controller
    body = {"message": "visitor", "from": f"lobby@{DOMAIN}", "to": to}
    client = build(office.controller).test_client()
    return client.post("/api/v1/messages", headers={"Authorization": f"Bearer {TOKEN}"}, json=body)


def send(office: SimulatedOffice, *to: str) -> list[dict[str, Any]]:
    answer = ask(office, *to)
    assert answer.status_code == 200, answer.text
    assert answer.json
    found: list[dict[str, Any]] = answer.json["messages"]
    return found


def test_targets_of_one_request_hear_a_message_at_the_same_time(office: SimulatedOffice) -> None:
    nobody = [str(extension) for extension in range(2001, 2001 + MOST - len(TALKING))]
    asked = [each for pair in zip(TALKING, nobody, strict=False) for each in pair] + nobody[len(TALKING) :]
    begun = office.clock.monotonic()
    found = send(office, *asked)
    assert office.clock.monotonic() - begun < len(TALKING) * SLOW / 2
    assert [each["to"] for each in found] == [f"{each}@{DOMAIN}" for each in asked]
    for each in found:
        assert each["result"] == ("waiting" if each["to"].partition("@")[0] in TALKING else "refused")
    office.wait(lambda: all(SOUND in office.office.hears(each) for each in TALKING), "all to hear it")
    assert SOUND not in office.office.hears("customer")
    assert len(office.attempts()) == MOST


@pytest.mark.parametrize("settings", [{"pager_limit": "4/minute"}])
def test_first_targets_of_a_request_are_within_its_senders_limit(office: SimulatedOffice) -> None:
    found = send(office, *TALKING)
    assert [each["reason"] for each in found] == [None] * 4 + ["too_often"] * 2
    assert len(office.attempts()) == 5


def test_request_for_which_no_switch_is_there_is_refused_as_a_whole(office: SimulatedOffice) -> None:
    office.office.socket.faults.refused = True
    office.office.socket.cut()
    assert office.controller
    link = station(office.controller).link
    office.wait(lambda: link.state != "up", "the link to be down")
    answer = ask(office, *TALKING)
    assert answer.json
    assert (answer.status_code, answer.json["detail"]) == (503, "No switch can be reached: see /readyz.")
    office.office.socket.faults.heal()
    office.reconnect()

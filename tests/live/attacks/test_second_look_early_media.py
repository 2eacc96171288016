"""Early media: a leg that hears sound before an answer is not a call."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from controller.laboratory.office import TRUNK_PORT
from tests.live.attacks.agent import EARLY as WITH_MEDIA
from tests.live.attacks.agent import Agent
from tests.live.office import Office, wait_for
from tests.live.parties import heard, whom


@pytest.fixture
def early() -> Iterator[Agent]:
    """A phone outside that sends 183 with a description, and never answers."""
    with Agent(TRUNK_PORT) as agent:
        agent.answer = lambda _: WITH_MEDIA
        yield agent


def port(agent: Agent) -> str:
    return agent.address.rpartition(":")[2]


def answer_state(office: Office, leg: str) -> str:
    dump = office.lab.pbx.api(f"uuid_dump {leg}")
    return next(line.partition(": ")[2] for line in dump.splitlines() if line.startswith("Answer-State:"))


def test_a_target_that_is_only_in_early_media_is_idle(office: Office, early: Agent) -> None:
    office.dial(f"out-{port(early)}", 1002, "target")
    wait_for(lambda: answer_state(office, office.leg(1002)) == "early", "the early media")
    assert office.answer_of(office.dial("*191002")).startswith("+OK")
    office.last_attempt(treatment="intercom")
    assert not office.page_legs()
    time.sleep(1)  # the time that is recorded and measured
    assert whom(heard(office), "1001", 0.5) == {"1002"}


def test_a_target_that_is_answered_is_on_a_call_though_its_far_party_is_in_early_media(
    office: Office, early: Agent
) -> None:
    office.dial(f"ans-{port(early)}", 1002, "target")
    call = early.rung()
    target = office.leg(1002)
    wait_for(lambda: answer_state(office, target) == "answered", "the answer")
    wait_for(lambda: [row for row in office.lab.channels() if row["callstate"] == "EARLY"], "the early media")
    office.page()
    early.accept(call)
    far = next(row["uuid"] for row in office.lab.channels() if "sofia/trunk/" in row["name"])
    wait_for(lambda: answer_state(office, far) == "answered", "the far party's answer")
    time.sleep(2)  # the time that is recorded and measured
    assert office.whispering()
    assert office.partner(target) == far
    found = heard(office)
    assert whom(found, "1001") == {"1002"}, found
    assert whom(found, "1002") == {"1001"}, found

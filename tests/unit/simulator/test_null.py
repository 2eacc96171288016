"""The leg of nobody, and the rate that a loopback has from the leg that makes it."""

from __future__ import annotations

import pytest

from controller.simulator.office import Office


@pytest.mark.parametrize(
    ("asked", "rate"), [("16000", 16000), ("48000", 48000), ("11025", 8000), ("x", 8000)]
)
def test_null_leg_answers_at_the_rate_asked_for(office: Office, asked: str, rate: int) -> None:
    answer = office.switch.call("originate", f"{{rate={asked}}}null/x &park()")
    leg = office.switch.channels[answer.removeprefix("+OK ").strip()]
    assert leg.answered
    assert (leg.name, leg.codec and leg.codec.rate) == ("null/x", rate)


def test_loopback_has_the_rate_of_the_leg_that_makes_it_and_what_that_exports(office: Office) -> None:
    office.switch.call("originate", "{rate=16000,a=1,export_vars=a}null/x &bridge(loopback/3001/default/XML)")
    office.settle(lambda: office.switch.rooms.get("3001"), "the far end")
    ends = [leg for leg in office.switch.channels.values() if leg.name.startswith("loopback/")]
    assert [(leg.codec and leg.codec.rate, leg.text("a")) for leg in ends] == [(16000, "1"), (16000, "1")]


def test_null_leg_goes_with_the_loopback_that_leaves_it(office: Office) -> None:
    to = "{origination_uuid=near,execute_on_pre_bridge=transfer 3002 XML default}loopback/3001/default/XML"
    made = f"{{rate=16000,hangup_after_bridge=true}}null/x '&bridge({to})'"
    office.switch.call("originate", made)
    office.settle(lambda: office.switch.rooms.get("3002"), "the near end to be elsewhere")
    office.settle(lambda: not any(leg.name == "null/x" for leg in office.switch.channels.values()), "its end")
    assert len(office.switch.channels) == 2

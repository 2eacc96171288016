"""Loopback pairs: two legs, each the far side of the other."""

from __future__ import annotations

import pytest

from controller.simulator.channel import Channel
from controller.simulator.office import Office


def ends(office: Office, variables: str = "") -> tuple[Channel, Channel]:
    """A loopback with -b in conference 3001 and -a parked."""
    answer = office.switch.call("originate", f"{{a=1{variables}}}loopback/3001/default/XML &park()")
    first = office.switch.channels[answer.removeprefix("+OK ").strip()]
    assert first.loopback
    return first, first.loopback


def test_ends_are_named_for_what_they_call(office: Office) -> None:
    assert [leg.name for leg in ends(office)] == ["loopback/3001-a", "loopback/3001-b"]


def test_variables_of_originate_are_on_both_ends(office: Office) -> None:
    assert [leg.text("a") for leg in ends(office)] == ["1", "1"]


def test_answer_of_the_end_in_the_dialplan_answers_the_other(office: Office) -> None:
    assert all(leg.answered for leg in ends(office))


@pytest.mark.parametrize("which", [0, 1])
def test_both_ends_go_together_with_the_same_cause(office: Office, which: int) -> None:
    legs = ends(office)
    office.switch.call("uuid_kill", f"{legs[which].uuid} USER_BUSY")
    office.settle(lambda: not office.switch.channels, "both ends to be gone")
    assert [leg.cause for leg in legs] == ["USER_BUSY", "USER_BUSY"]


def test_originated_loopback_has_8000_hz_whatever_its_variables(office: Office) -> None:
    legs = ends(office, ",loopback_initial_codec=L16@48000h@20i")
    assert [leg.codec and leg.codec.rate for leg in legs] == [8000, 8000]


def test_extension_that_hangs_up_fails_the_originate_with_its_cause(office: Office) -> None:
    answer = office.switch.call("originate", "loopback/relay-x/whisperpage@switch/XML &park()")
    assert answer == "-ERR USER_BUSY\n"
    office.settle(lambda: not office.switch.channels, "both ends to be gone")

"""C5: a controller that cannot reach one of two switches, or is killed while it makes a page across them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controller.laboratory.lab import Lab
from controller.paging.takeover import ARRIVED
from controller.paging.unended import EVERY
from tests.live.office import wait_for
from tests.live.partition import Network
from tests.live.two import BETA_ESL, TwoOffice

#: Seconds within which the controller notices: it asks each switch every few seconds, and waits as long.
NOTICED = 30


class PartedOffice(TwoOffice):
    """The office on two switches, with a network between its controller and beta."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        super().__init__(lab, folder)
        self.network = Network(BETA_ESL)
        switches = self.environment["WHISPERPAGE_SWITCHES"]
        self.environment["WHISPERPAGE_SWITCHES"] = switches.replace(f":{BETA_ESL} ", f":{self.network.port} ")

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self.network.close()


OFFICE = PartedOffice


def told(office: TwoOffice, event: bytes) -> int:
    """How often the controller has logged an event."""
    return office.log.read_bytes().count(event)


def test_a_switch_that_cannot_be_reached_is_named_and_all_is_well_afterwards(
    office: PartedOffice,
) -> None:
    office.target_calls()
    pager = office.page()
    target, up = office.leg(1002), told(office, b"switch.up")
    office.network.part()
    try:
        wait_for(lambda: told(office, b"switch.down"), "the controller to notice", NOTICED)
        assert office.whispering(), "the page goes on without a controller"
        assert office.refused("*191005", 1003) == "NORMAL_TEMPORARY_FAILURE"
        assert office.last_attempt(reason="switch_away")["switch"] == "beta"
        office.lab.dial(1003, "9556", "third", wait=0.5)
        assert office.answer_of(office.dial("*191003", 1004, "fourth")).startswith("+OK")
        wait_for(lambda: len(office.other_loopbacks()) == 4, "a page at the other switch")
        office.lab.phone_switch.api(f"uuid_kill {pager}")
        wait_for(lambda: not office.page_legs(), "the page to be gone from the switch that is away")
        assert office.partner(target)
    finally:
        office.network.heal()
    wait_for(lambda: told(office, b"switch.up") > up, "the switch to be back", NOTICED)
    wait_for(lambda: all(row["ended_at"] for row in office.history() if row["switch"] == "beta"), "its end")
    office.page()


@pytest.mark.parametrize("seconds", [0.02, 0.06, 0.12, 0.2, 0.3, 0.45])
def test_controller_killed_while_a_page_is_made_leaves_nothing_behind(
    office: PartedOffice, seconds: float
) -> None:
    office.target_calls()
    target = office.leg(1002)
    pager = office.dial("*191002")
    time.sleep(seconds)  # the moment is what is tested
    office.kill_controller()
    office.start_controller()
    office.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(office.page_is_gone, "nothing to be left on either switch", 15)
    assert office.partner(target)
    assert not office.bugs(target)
    ended = ARRIVED + 2 * EVERY
    wait_for(lambda: all(row["ended_at"] for row in office.history()), "every attempt to have its end", ended)
    office.page()

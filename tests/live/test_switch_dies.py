"""A switch dies amid pages: its own pages end, with those that go to the other switch, and no others."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from controller.paging.crossing import SESSION
from tests.live.laboratory import laboratory
from tests.live.office import wait_for
from tests.live.two import TwoLab, TwoOffice

#: The processes of the laboratory.
BETA, ALPHA = 0, 1


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoOffice]:
    with laboratory(TwoLab) as lab, TwoOffice(lab, tmp_path_factory.mktemp("controller")) as office:
        office.open()
        yield office


def die(office: TwoOffice, which: int) -> None:
    """Kill a switch as a crash would."""
    office.lab.processes[which].kill()
    office.lab.processes[which].wait()


def test_pages_from_a_dead_switch_end_and_the_calls_and_other_pages_go_on(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    office.lab.dial(1005, "9556", "other-target", wait=1)
    office.lab.dial(1006, "*191005", "other-pager", wait=3)
    target, other = office.leg(1002), office.leg(1005)
    assert office.bugs(target)
    die(office, ALPHA)
    wait_for(lambda: not office.bugs(target), "the page to be gone", SESSION + 5)
    assert office.partner(target)
    assert office.bugs(other)
    across = next(row for row in office.history() if row["target"].startswith("1002"))
    assert across["ending"] == "pager_hung_up"


def test_a_page_goes_on_after_its_session_was_refreshed(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    time.sleep(SESSION / 2 + 5)
    assert office.whispering()
    office.lab.hang_up_all()
    assert office.lab.hears("target")["1001"] > -25
    assert office.lab.hears("pager")["1002"] > -25


def test_the_pagers_leg_is_hung_up_if_the_targets_switch_dies(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    legs = office.between()
    office.lab.dial(1003, "9556", "other-target", wait=1)
    office.lab.dial(1004, "*191003", "other-pager", wait=3)
    die(office, BETA)
    wait_for(
        lambda: office.lab.other.api(f"uuid_exists {legs['pager']}").strip() == "false",
        "the pager's leg to be gone",
        SESSION + 5,
    )
    assert office.other_loopbacks()

"""P5, P7, C1: a page whose pager is at another switch is refused, and ends, as on one switch.

The cases are those of one switch, on two: the pager at alpha, the target at beta.
"""

from __future__ import annotations

import pytest

from controller.laboratory.office import SIP_PORT
from tests.live import test_endings as endings
from tests.live import test_refusals as refusals
from tests.live.office import wait_for
from tests.live.two import ALPHA, TwoOffice

OFFICE = TwoOffice

paged = endings.paged
test_pager_hangs_up = endings.test_pager_hangs_up
test_target_hangs_up = endings.test_target_hangs_up
test_far_party_hangs_up = endings.test_far_party_hangs_up
test_any_leg_of_the_page_is_killed = endings.test_any_leg_of_the_page_is_killed
test_controller_is_killed = endings.test_controller_is_killed_and_then_somebody_hangs_up
test_controller_that_comes_back = endings.test_controller_that_comes_back_takes_the_page_over
test_target_goes_on = endings.test_target_goes_on_without_its_far_party_and_without_a_controller
test_target_is_transferred_into_a_conference = endings.test_target_is_transferred_into_a_conference
test_target_transfers_its_client = endings.test_target_transfers_its_client
test_target_that_accepts_nothing = refusals.test_target_that_accepts_nothing
test_target_in_a_conference = refusals.test_target_in_a_conference
test_target_in_two_calls_at_once = refusals.test_target_in_two_calls_at_once
test_second_pager = refusals.test_second_pager
test_two_pagers_at_the_same_moment = refusals.test_two_pagers_at_the_same_moment


def test_target_holds_its_client(office: TwoOffice) -> None:
    phone = office.lab.dial(1002, "9555", "target", wait=0.5)
    office.page()
    office.lab.phone_switch.api(f"uuid_hold {phone}")
    wait_for(office.page_is_gone, "the page to be gone")
    office.last_attempt(ending="held")


@pytest.mark.parametrize("how", ["tw", "spy"])
@pytest.mark.parametrize("whose", [1002, 1001])
def test_somebody_joins_the_targets_call_or_the_leg_that_arrives(
    paged: TwoOffice,
    how: str,
    whose: int,
) -> None:
    target = paged.leg(1002)
    paged.dial(f"{how}-{paged.leg(whose)}", extension=1005, name="third")
    wait_for(paged.page_is_gone, "the page to be gone")
    paged.last_attempt(ending="joined")
    assert paged.partner(target)


@pytest.mark.parametrize("how", ["tw", "spy"])
def test_target_whose_call_somebody_has_joined(office: TwoOffice, how: str) -> None:
    office.target_calls()
    leg = office.leg(1002)
    office.lab.dial(1005, f"{how}-{leg}", "third")
    wait_for(lambda: office.bugs(leg), "the third to be in")
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="joined")


@pytest.mark.parametrize("pager", [1001, 1005], ids=["pager at alpha", "pager at beta"])
def test_target_with_a_call_on_each_switch(office: TwoOffice, pager: int) -> None:
    office.target_calls()
    second = office.handset("second", 1002)
    second.switch = (ALPHA, SIP_PORT)
    assert second.call("9222") == 200
    assert office.refused("*191002", pager) == "USER_BUSY"
    office.last_attempt(reason="several_calls")
    assert not office.page_legs()
    assert not office.other_loopbacks()


def test_reorder_is_heard_by_a_pager_whose_target_is_in_a_conference_at_the_other_switch(
    office: TwoOffice,
) -> None:
    office.lab.dial(1002, "3001", "target", wait=0.5)
    leg = office.lab.phone_switch.api("create_uuid")
    phone = f"{{origination_uuid={leg}}}sofia/gateway/g1001/*191002 ua-400-refused XML default"
    assert office.lab.phone_switch.api(f"originate {phone}").startswith("+OK")
    exists = f"uuid_exists {leg}"
    wait_for(lambda: office.lab.phone_switch.api(exists) == "false", "the refused call to be over")
    office.lab.hang_up_all()
    assert refusals.hears_reorder(office, "refused")
    office.last_attempt(reason="conference")

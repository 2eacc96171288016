"""P6, P7, P10, P12, C1: what the phones do with their legs while the pager is at another switch.

The cases are those of one switch, on two: the pager at alpha, the target at beta.
"""

from __future__ import annotations

import pytest

from tests.live import test_pager_leg as pagers
from tests.live import test_recordings as recordings
from tests.live import test_situations as situations
from tests.live import test_target_phone as targets
from tests.live.handset import Handset
from tests.live.office import wait_for
from tests.live.two import TwoOffice

OFFICE = TwoOffice

phone = targets.phone
test_hold_ends_the_page = targets.test_hold_ends_the_page_and_the_call_can_be_resumed
test_blind_transfer_ends_the_page = targets.test_blind_transfer_ends_the_page
test_page_goes_on = situations.test_page_goes_on_until_somebody_ends_it
test_bypass_media = situations.test_bypass_media_comes_back_for_the_page_and_goes_away_after_it
test_pager_hears_the_end = situations.test_pager_hears_that_its_page_is_over
test_target_is_parked = situations.test_target_that_is_parked_in_a_page
test_fax_is_refused = situations.test_fax_is_refused
test_recording_without_a_controller = (
    recordings.test_recording_begun_with_no_controller_alive_does_not_contain_the_pager
)


@pytest.fixture
def pager(office: TwoOffice) -> Handset:
    """The phone of a pager whose page is up, at the other switch."""
    return office.paging_phone()


test_hold_has_no_effect = pagers.test_hold_has_no_effect
test_blind_transfer_is_denied = pagers.test_blind_transfer_is_denied
test_attended_transfer_is_denied = pagers.test_attended_transfer_is_denied
test_consultation_is_not_transferred = pagers.test_attended_transfer_of_the_consultation_is_denied
test_pagers_keys_do_nothing = pagers.test_pagers_keys_do_nothing


def test_phone_that_takes_the_pagers_call_is_connected_to_nobody(office: TwoOffice, pager: Handset) -> None:
    third = office.handset("third", 1003)
    assert third.call("1001", f"Replaces: {pager.dialog()}\r\n") == 200
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(third.ended.is_set, "the end of the third's call", 10)
    assert office.partner(office.leg(1002))

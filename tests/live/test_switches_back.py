"""P1, P7, C1: pages the other way, from beta to alpha: who hears whom, and how they end.

Most cases are those of test_switches, with the phones of pager and target at each other's switch.
"""

from __future__ import annotations

import pytest

from tests.live import test_switches as switches
from tests.live.levels import CODECS, Plain, page_is_heard_as_a_plain_call
from tests.live.two import BackOffice

OFFICE = BackOffice

plain = switches.plain
paged = switches.paged
test_whoever_hangs_up = switches.test_whoever_hangs_up_takes_down_everything
test_intercom_call = switches.test_intercom_call_goes_to_the_switch_where_the_target_is_registered
test_refusal = switches.test_refusal_comes_back_with_its_cause
test_keys = switches.test_mute_and_the_keys_work_as_on_one_switch
test_pagers_phone = switches.test_the_pagers_phone_can_only_hang_up
test_click = switches.test_a_click_pages_across_switches
test_explain = switches.test_explain_names_the_switch
test_end_of_a_reverse_page = switches.test_end_of_a_reverse_page_across_switches_takes_the_mute_with_it


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
def test_the_target_hears_both_and_they_do_not_hear_each_other(
    office: BackOffice, plain: Plain, target: str, pager: str
) -> None:
    page_is_heard_as_a_plain_call(office, plain, "customer_calls", target, pager, within=7, pagers_tone=0.2)
    assert office.last_attempt(treatment="whisper")["switch"] == "alpha"

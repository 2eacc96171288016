"""P7 to P9, R1 to R3, S4, C1: displays, keys, replies and clicks, with the pager at another switch.

The cases are those of one switch, on two: the pager at alpha, the target at beta.
"""

from __future__ import annotations

from pathlib import Path

from tests.live import test_click as click
from tests.live import test_displays as displays
from tests.live import test_http as http
from tests.live import test_keys as keys
from tests.live import test_replies as replies
from tests.live.office import wait_for
from tests.live.two import TwoOffice

OFFICE = TwoOffice

shows = displays.shows
test_target_is_shown_the_page = displays.test_target_is_shown_the_page_and_then_its_client_again
test_pager_is_shown_whom_it_pages = displays.test_pager_is_shown_whom_it_pages_and_never_who_is_talking_to_it
test_pager_is_shown_the_reply = displays.test_pager_is_shown_the_reply_before_its_call_ends
test_display_without_a_controller = displays.test_display_is_put_right_without_a_controller

paged = keys.paged
test_muted_target = keys.test_muted_target_is_heard_by_the_pager_alone
test_tones_of_mute = keys.test_mute_and_unmute_are_confirmed_to_the_target_alone
test_second_press = keys.test_second_press_unmutes
test_pagers_end_unmutes = keys.test_pagers_end_unmutes_with_and_without_a_controller
test_end_key = keys.test_end_key_ends_the_page_and_the_call_goes_on_unmuted
test_mute_takes_effect = keys.test_mute_takes_effect_within_150_ms_of_the_key_and_the_far_party_sees_no_digit
test_controller_that_takes_over = keys.test_a_controller_that_takes_over_knows_that_the_target_is_muted

patient = replies.patient
musical = replies.musical
test_reply = replies.test_reply_is_heard_by_the_pager_alone_and_no_digit_reaches_the_call
test_decline_window = replies.test_nobody_hears_the_pager_in_the_window
test_key_in_the_window = replies.test_key_in_the_window_declines_and_the_pager_hears_that
test_music = replies.test_far_party_alone_hears_music_while_the_target_is_muted

web = http.web
test_url_mutes = http.test_a_key_mutes_the_target_to_the_far_party_alone_within_150_ms
test_url_unmutes = http.test_a_key_lets_the_target_be_heard_again
test_url_ends = http.test_a_key_ends_the_page_and_the_call_goes_on
test_url_blocks = http.test_a_key_blocks_pages_to_oneself_in_mid_page_and_lets_them_in_again
test_program = http.test_a_program_makes_a_page_sees_it_and_ends_it

test_who_hears_whom_after_a_click = click.test_who_hears_whom_after_a_click
test_clicked_phone = click.test_the_pagers_phone_is_asked_to_answer_by_itself_and_shows_the_target


def test_pager_of_an_intercom_call_is_shown_the_target_and_not_the_extension_between_the_switches(
    office: TwoOffice, tmp_path: Path
) -> None:
    with displays.talking(office, 1001, "*151005", tmp_path) as phone:
        wait_for(lambda: phone.told[1:], "the pager to be told")
        office.last_attempt(treatment="intercom")
        office.lab.phone_switch.api(f"uuid_kill {office.phone_legs(1005)[-1]['Unique-ID']}")
        wait_for(lambda: phone.told[-1] == "BYE", "the end of the call")
        shown = [each for each in phone.told if each.startswith("UPDATE")]
        assert all("<sip:1005@" in each for each in shown), phone.told
        assert not any("whisperpage" in each for each in shown), phone.told


def test_clicked_phone_that_is_on_a_call_just_rings(office: TwoOffice) -> None:
    office.target_calls()
    office.lab.dial(1001, "9222", "busy", wait=0.5)
    click.paged_by_click(office)
    assert not {"variable_alert_info", "variable_sip_call_info"} & office.phone_legs(1001)[-1].keys()

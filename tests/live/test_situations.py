"""The kinds of calls that a page may find, each made on a real switch."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from controller.paging.following import SETTLED
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_refusals import hears_reorder


def alone(office: Office) -> None:
    """The target hears a tone, like from a voice mailbox."""
    office.target_calls()
    leg = office.leg(1002)
    office.lab.pbx.api(
        f"uuid_transfer {leg} m:^:playback:tone_stream://v=-13;%(10000,0,1900);loops=-1 inline"
    )
    wait_for(lambda: not office.partner(leg), "the target to be alone")


def agent(office: Office) -> None:
    """The target talks with a caller from a queue."""
    office.lab.pbx.api(
        "originate {absolute_codec_string=PCMU}sofia/trunk/555@127.0.0.1:6100 &fifo(desk\\sin)"
    )
    office.lab.pbx.api("originate user/1002@pbx.test &fifo(desk\\sout\\snowait)")
    wait_for(lambda: office.partner(office.leg(1002)), "the agent to talk")


def parked(office: Office) -> None:
    """Somebody has parked the target."""
    office.target_calls()
    leg = office.leg(1002)
    office.lab.pbx.api(f"uuid_transfer {leg} 'm:^:valet_park:lot 6001' inline")
    wait_for(lambda: not office.partner(leg), "the target to be parked")


def past_the_switch(office: Office) -> None:
    """The target's call has bypass media."""
    office.lab.dial(1002, "8555", "target", wait=0.5)


@pytest.mark.parametrize(
    "situation", [Office.target_calls, Office.customer_calls, alone, agent, parked, past_the_switch]
)
def test_page_goes_on_until_somebody_ends_it(office: Office, situation: Callable[[Office], None]) -> None:
    situation(office)
    phone = office.page()
    time.sleep(SETTLED + 1)  # by then the controller has checked the page
    assert office.whispering()
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    office.last_attempt(treatment="whisper", ending="pager_hung_up")


def test_target_without_a_far_party_is_whispered_to(office: Office) -> None:
    alone(office)
    office.page()
    time.sleep(2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    heard = office.lab.hears("target")
    assert heard["1001"] > PLAIN - 6
    assert heard["customer2"] > PLAIN - 6
    assert office.lab.hears("pager")["1002"] > PLAIN - 6
    assert office.lab.hears("pager")["customer2"] < PLAIN - 40


def test_conference_that_called_the_user_is_a_conference(office: Office) -> None:
    office.lab.dial(1003, "3001", "third", wait=0.3)
    office.lab.pbx.api("conference 3001 bgdial user/1002@pbx.test")
    members = "conference 3001 list count"
    wait_for(lambda: office.lab.pbx.api(members) == "2", "the target in the conference")
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="conference")


def test_target_that_is_dialling_counts_as_idle(office: Office) -> None:
    # the call waits unanswered in the extension `request`, so the target has an unanswered leg
    office.dial("*151009", extension=1002, name="dialling")
    wait_for(lambda: office.lab.channels(presence_id="1002@"), "the target's leg")
    assert office.answer_of(office.dial("*191002")).startswith("+OK")
    office.last_attempt(treatment="intercom", target="1002@pbx.test")


@pytest.mark.parametrize("pager", ["PCMU", "G722"])
def test_bypass_media_comes_back_for_the_page_and_goes_away_after_it(office: Office, pager: str) -> None:
    office.lab.dial(1002, "8555", "target", wait=0.5)
    leg = office.leg(1002)
    state = f"eval uuid:{leg} ${{channel-state}}"
    assert office.lab.pbx.api(state) == "CS_HIBERNATE"
    phone = office.page(codec=pager)
    assert office.lab.pbx.api(state) == "CS_SOFT_EXECUTE"
    time.sleep(2)  # the time that is recorded and measured
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(lambda: office.lab.pbx.api(state) == "CS_HIBERNATE", "the media to go past the switch again")
    assert not office.bugs(leg)
    office.lab.hang_up_all()
    assert office.lab.hears("pager")["1002"] > PLAIN - 6
    assert office.lab.hears("pager")["customer"] < PLAIN - 40
    # after the page the two hear each other as before
    assert office.lab.hears("target")["customer"] > PLAIN - 6
    assert office.lab.hears("customer-*")["1002"] > PLAIN - 6
    assert office.lab.hears("customer-*", last=60, skip=0)["1001"] < PLAIN - 40


def test_second_page_right_after_the_first_of_a_bypass_media_call(office: Office) -> None:
    office.lab.dial(1002, "8555", "target", wait=0.5)
    leg = office.leg(1002)
    office.lab.phone_switch.api(f"uuid_kill {office.page()}")
    wait_for(office.page_is_gone, "the first page to be gone")
    phone = office.page()
    time.sleep(2.5)  # longer than the delay of the first page's return to bypass media
    assert office.whispering()
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    state = f"eval uuid:{leg} ${{channel-state}}"
    wait_for(lambda: office.lab.pbx.api(state) == "CS_HIBERNATE", "the media to go past the switch again")


@pytest.mark.parametrize("how", ["valet_park:lot 6001", "park"])
def test_target_that_is_parked_in_a_page(office: Office, how: str) -> None:
    office.target_calls()
    office.page()
    office.lab.pbx.api(f"uuid_transfer {office.leg(1002)} 'm:^:{how}' inline")
    wait_for(office.page_is_gone, "the page to be gone")
    assert office.last_attempt()["ending"] in {"parked", "call_ended"}  # whichever the switch tells first


def test_pager_hears_that_its_page_is_over(office: Office) -> None:
    office.target_calls()
    office.page()
    office.lab.pbx.api(f"uuid_kill {office.leg(1002)}")
    wait_for(office.page_is_gone, "the page to be gone")
    office.lab.hang_up_all()
    assert hears_reorder(office, "pager")


def test_pager_is_not_paged_by_its_own_target(office: Office) -> None:
    office.target_calls()
    office.page()
    assert office.refused("*191001", extension=1002) == "USER_BUSY"
    office.last_attempt(reason="paging")
    assert office.whispering()


def test_fax_is_refused(office: Office) -> None:
    office.target_calls()
    leg = office.leg(1002)
    office.lab.pbx.api(f"uuid_transfer {leg} m:^:rxfax:{office.folder}/fax.tif inline")
    application = f"uuid_getvar {leg} current_application"
    wait_for(lambda: office.lab.pbx.api(application) == "rxfax", "the fax")
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="fax")

"""C2: a call whose legs are on two real switches is one call, and is paged where the target's phone is.

Each switch sends a call for a phone that the other one has registered to the other one's trunk (`fs_path`).
"""

from __future__ import annotations

import time

import pytest

from controller.laboratory.office import DOMAIN, TRUNK_PORT
from tests.live.office import PLAIN, wait_for
from tests.live.two import ALPHA, BETA, TwoLab, TwoOffice

_CONTACT = "${sofia_contact(*/${dialed_user}@${dialed_domain})}"


class JoinedLab(TwoLab):
    """The two switches; each reaches the phones of the other one through it."""

    def of_switch(self, configuration: str) -> str:
        assert _CONTACT in configuration
        other = BETA if 'name="switchname" value="alpha"' in configuration else ALPHA
        way = f"sofia/trunk/${{dialed_user}}@${{dialed_domain}};fs_path=sip:{other}:{TRUNK_PORT}"
        return configuration.replace(_CONTACT, f"{_CONTACT}|{way}")


class JoinedOffice(TwoOffice):
    """The office whose customers call at alpha, whichever switch has the phone that they call."""

    LAB = JoinedLab
    lab: JoinedLab
    trunk = ALPHA

    def leading(self) -> str:
        """The uuid of the leg at alpha that leads to the target's phone at beta."""
        own = [row for row in self.other_channels() if row["presence_id"] == f"1002@{DOMAIN}"]
        return own[0]["uuid"]

    def legs_of_target(self) -> int:
        """How many legs the target has on both switches together."""
        rows = [*self.other_channels(), *self.lab.channels()]
        return sum(row["presence_id"] == f"1002@{DOMAIN}" for row in rows)


OFFICE = JoinedOffice


def page_was_private(office: JoinedOffice, pager: str, *, far: str, far_recording: str) -> None:
    """Assert that the target heard both, they heard the target, and did not hear each other."""
    to_pager, to_target, to_far = map(office.lab.hears, ("pager", "in-1002-*", far_recording))
    for loud in (to_pager["1002"], to_target[pager], to_target[far], to_far["1002"]):
        assert abs(loud - PLAIN) < 6
    assert to_pager[far] < PLAIN - 40
    assert to_far[pager] < PLAIN - 40


@pytest.mark.parametrize("pager", [1001, 1005], ids=["pager at alpha", "pager at beta"])
def test_target_hears_both_and_they_do_not_hear_each_other(office: JoinedOffice, pager: int) -> None:
    office.customer_calls()
    wait_for(lambda: office.legs_of_target() == 2, "both legs of the target to be listed")
    office.page(extension=pager)
    assert not office.other_loopbacks()
    time.sleep(2.5)
    office.hang_up()
    page_was_private(office, str(pager), far="customer", far_recording="customer-*")
    found = office.last_attempt(treatment="whisper")
    assert (found["target"], found["switch"]) == (f"1002@{DOMAIN}", "beta")


def test_call_goes_on_after_the_page(office: JoinedOffice) -> None:
    office.customer_calls()
    phone = office.page()
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    wait_for(lambda: not office.page_legs(), "the end of the page")
    assert office.last_attempt(ending="pager_hung_up")
    assert office.legs_of_target() == 2
    assert office.partner(office.leg(1002))
    assert not office.bugs(office.leg(1002))


def test_colleague_at_the_other_switch_is_a_far_party_like_any_other(office: JoinedOffice) -> None:
    office.lab.dial(1003, "1002", "colleague", codec="PCMU")
    office.talking(1002)
    office.page()
    time.sleep(2.5)
    office.hang_up()
    page_was_private(office, "1001", far="1003", far_recording="colleague")


def test_far_party_that_hangs_up_ends_the_page_on_both_switches(office: JoinedOffice) -> None:
    office.customer_calls()
    office.page()
    office.lab.other.api(f"uuid_kill {office.leading()}")
    wait_for(lambda: not office.other_channels() and not office.lab.channels(), "every leg to be gone", 8)
    assert office.last_attempt(ending="call_ended")


def test_second_page_is_refused(office: JoinedOffice) -> None:
    office.customer_calls()
    office.page()
    assert office.refused("*191002", 1003) == "USER_BUSY"
    assert office.last_attempt(reason="already_paged")


def test_conference_at_the_far_end_of_the_call_is_refused(office: JoinedOffice) -> None:
    reply = office.lab.other.api(f"originate user/1002@{DOMAIN} &conference(3001@default)")
    assert reply.startswith("+OK"), reply
    office.talking(1002)
    office.refused("*191002")
    assert office.last_attempt(reason="conference")
    assert not office.page_legs()


def test_further_call_of_the_target_is_a_second_one(office: JoinedOffice) -> None:
    office.customer_calls()
    office.lab.dial(1002, "9555", "second", codec="PCMU")
    wait_for(lambda: office.legs_of_target() == 3, "the second call")
    office.refused("*191002")
    assert office.last_attempt(reason="several_calls")
    assert not office.page_legs()


def test_explain_names_the_switch_of_the_phone(office: JoinedOffice) -> None:
    office.customer_calls()
    assert "a whisper on the switch beta" in office.whisperpage("explain", "1001", "1002")

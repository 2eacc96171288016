"""S4: click to page on a real switch: how the pager's own phone rings, what it shows, and what it may do."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.laboratory.office import CUSTOMER2, DOMAIN, PHONES, SIP_PORT
from tests.live.levels import page_tone_is_heard_once, recording_of_target
from tests.live.office import Office, wait_for
from tests.live.parties import page_is_heard
from tests.live.sipphone import Phone
from tests.live.test_pager_leg import assert_page_goes_on

COMMAND = str(Path(sys.executable).parent / "whisperpage")
#: Headers that a phone might send in order to page as another user.
FORGED = {
    f"{prefix}whisperpage_{name}": value
    for prefix in ("", "X-", "P-", "variable_", "X-variable_")
    for name, value in (
        ("clicked_by", f"1001@{DOMAIN}"),
        ("click", "3b241101-e2bb-4255-8caf-4136c566a962"),
    )
} | {"Call-Direction": "outbound", "X-Call-Direction": "outbound"}


def paged_by_click(office: Office) -> str:
    """Page the target by a click; return the pager's own leg on the phone switch."""
    assert office.whisperpage("page", "1001", "1002").endswith(f"Paging 1002@{DOMAIN}.\n")
    wait_for(lambda: office.whispering() and office.keyed(), "the page's legs and keys")
    leg: str = office.phone_legs(1001)[-1]["Unique-ID"]
    return leg


@contextmanager
def clicking(office: Office, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`whisperpage page WORDS` while it runs."""
    command = [COMMAND, "page", *words]
    with subprocess.Popen(
        command, env=office.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("call", ["target_calls", "customer_calls"])
def test_who_hears_whom_after_a_click(office: Office, call: str) -> None:
    getattr(office, call)()
    paged_by_click(office)
    time.sleep(2.4)  # the time that is recorded and measured
    office.lab.hang_up_all()
    page_is_heard(office, pager="in-1001-*", target=recording_of_target(call), far="customer-*")
    page_tone_is_heard_once(office, "in-1001-*")


def test_the_pagers_phone_is_asked_to_answer_by_itself_and_shows_the_target(office: Office) -> None:
    office.target_calls()
    paged_by_click(office)
    dump = office.phone_legs(1001)[-1]
    assert "answer-after=0" in dump["variable_sip_call_info"]
    assert (dump["variable_sip_from_display"], dump["variable_sip_from_user"]) == ("Page 1002", "1002")


def test_a_pagers_phone_that_is_on_a_call_just_rings(office: Office) -> None:
    office.target_calls()
    office.lab.dial(1001, "9222", "busy")
    wait_for(lambda: office.partner(office.leg(1001)), "the call")
    paged_by_click(office)
    assert not {"variable_alert_info", "variable_sip_call_info"} & office.phone_legs(1001)[-1].keys()


def test_the_target_of_a_clicked_intercom_call_is_shown_the_pager(office: Office) -> None:
    office.whisperpage("page", "1001", "1002", "--intercom")
    dump = wait_for(lambda: office.phone_legs(1002), "the phone to be rung")[-1]
    assert (dump["Caller-Caller-ID-Name"], dump["Caller-Caller-ID-Number"]) == ("Ext 1001", "1001")
    office.last_attempt(treatment="intercom")


def test_a_phone_that_nobody_answers_rings_for_half_a_minute_and_is_kept_as_such(office: Office) -> None:
    with Phone(SIP_PORT, "1007", "pw1007").registered() as ringer, clicking(office, "1007", "1002") as run:
        began = time.monotonic()
        assert "Page 1002" in ringer.invite()
        said, _ = run.communicate(timeout=45)
    assert 28 < time.monotonic() - began < 36
    assert (run.returncode, "(pager_unanswered)" in said) == (1, True), said
    office.last_attempt(treatment="refused", reason="pager_unanswered", cause="NO_ANSWER")


def test_ctrl_c_hangs_up_while_it_rings(office: Office) -> None:
    with Phone(SIP_PORT, "1007", "pw1007").registered() as ringer, clicking(office, "1007", "1002") as run:
        assert ringer.invite()
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=10)
    assert run.returncode == 130, said
    wait_for(lambda: not office.lab.channels(presence_id="1007@"), "nothing to ring")
    office.last_attempt(treatment="refused", reason="cancelled")


def test_a_desk_phone_and_a_softphone_of_one_user_ring_at_once_and_only_the_desk_phone_is_to_answer(
    office: Office,
) -> None:
    desk = Phone(SIP_PORT, "1008", "pw1008", "Yealink SIP-T46S 66.85.0.5").registered()
    soft = Phone(SIP_PORT, "1008", "pw1008", "MicroSIP/3.21.5").registered()
    with desk as at_desk, soft as at_computer, clicking(office, "1008", "1002") as run:
        rung = at_desk.invite(), at_computer.invite()
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=10)
    assert all("Page 1002" in invite for invite in rung)
    assert ["answer-after=0" in invite for invite in rung] == [True, False]
    wait_for(lambda: not office.lab.channels(presence_id="1008@"), "nothing to ring")


def test_attended_transfer_by_the_clicked_pager_is_denied(office: Office) -> None:
    office.target_calls()
    # FreeSWITCH as a phone hangs up a call after its REFER, whatever the answer (mod_sofia.c)
    pager = office.handset("pager", 1010, PHONES[1001][1])
    pager.register()
    assert office.whisperpage("page", "1010", "1002").endswith(f"Paging 1002@{DOMAIN}.\n")
    wait_for(lambda: office.whispering() and office.keyed(), "the page's legs and keys")
    consultation = office.handset("consultation", 1010, CUSTOMER2)
    assert consultation.call("1003") == 200
    assert "403" in pager.refer("1003", consultation.dialog())
    assert_page_goes_on(office)


def test_another_program_that_sends_the_clicked_leg_elsewhere_ends_the_page(office: Office) -> None:
    office.target_calls()
    paged_by_click(office)
    target = office.leg(1002)
    office.lab.pbx.api(f"uuid_transfer {office.leg(1001)} 1003 XML default")
    wait_for(lambda: not office.page_legs(), "the page to be gone")
    wait_for(lambda: not office.bugs(target), "the target's leg to be clean")
    assert office.partner(target)


# -- nobody else can make a click of a call ----------------------------------------------------------------


def test_no_header_of_a_phone_makes_it_page_as_somebody_else(office: Office) -> None:
    headers = ",".join(f"sip_h_{name}={value}" for name, value in FORGED.items())
    office.lab.phone_switch.api(
        f"originate {{{headers},ignore_early_media=true,originate_timeout=20}}"
        "sofia/gateway/g1003/*191002;whisperpage_clicked_by=1001 ua-1700-forger XML default"
    )
    attempt = office.last_attempt(pager=f"1003@{DOMAIN}")
    assert attempt["page_id"] != FORGED["whisperpage_click"]
    dump = json.loads(office.lab.pbx.api(f"uuid_dump {office.leg(1003)} json"))
    assert any(name.startswith("variable_sip_h_X-whisperpage") for name in dump), "the headers did not arrive"
    assert not {"variable_whisperpage_clicked_by", "variable_whisperpage_click"} & dump.keys()


def test_a_phone_that_was_called_and_is_sent_to_the_code_pages_as_nobody(office: Office) -> None:
    phone = office.lab.dial(1001, "1003", "caller", wait=0.5)
    wait_for(lambda: office.lab.channels(presence_id="1003@"), "the call")
    office.lab.phone_switch.api(f"uuid_deflect {phone} sip:*191002@{DOMAIN}")
    assert office.last_attempt(reason="not_authenticated")["pager"] is None

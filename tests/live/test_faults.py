"""P11, S3: controllers are killed, connections are cut and a switch is restarted while pages are up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.laboratory.configuration import pbx_configuration
from controller.laboratory.lab import Lab
from controller.laboratory.office import PBX_ESL, PHONES
from controller.switch.pagelegs import AFTER_BRIDGE
from tests.live.office import PLAIN, Office, wait_for
from tests.live.proxy import Proxy


@pytest.fixture
def office(lab: Lab, tmp_path: Path) -> Iterator[Office]:
    """An office whose controller reaches the switch through a proxy that can cut the connection."""
    wire = Proxy(PBX_ESL)
    with Office(lab, tmp_path) as running:
        running.wire = wire  # type: ignore[attr-defined]
        running.environment |= {
            "WHISPERPAGE_SWITCH_URL": f"esl://:ClueCon@127.0.0.1:{wire.port}",
            "WHISPERPAGE_HTTP_LISTEN": "",
        }
        running.open()
        yield running
        wire.flow()
        running.close_up()
    wire.close()


def wire_of(office: Office) -> Proxy:
    wire: Proxy = office.wire  # type: ignore[attr-defined]
    return wire


def press(office: Office, keys: str) -> None:
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} {keys}")


def muted(office: Office) -> bool:
    far = office.partner(office.leg(1002))
    return "<function>audio</function>" in office.lab.pbx.api(f"uuid_buglist {far}")


def call_goes_on(office: Office) -> bool:
    """Whether the target is bridged to the customer, and neither leg has any trace of the page."""
    leg = office.leg(1002)
    far = office.partner(leg)
    unset = all(office.lab.pbx.api(f"uuid_getvar {leg} {variable}") == "_undef_" for variable in AFTER_BRIDGE)
    return bool(far) and unset and not office.bugs(leg) and not office.bugs(far)


def up(office: Office) -> bool:
    """Whether a page has all its legs and its pager."""
    relays = [row["uuid"] for row in office.page_legs() if row["name"].startswith("loopback/relay-")]
    return office.whispering() and any(office.partner(relay) for relay in relays)


def open_attempts(office: Office) -> int:
    return len([row for row in office.history() if row["ended_at"] is None])


# -- a controller that is killed ---------------------------------------------------------------------------


#: What the commands that make a page have in them, at 8 kHz and in HD, in order.
STEPS = ["loopback/relay-", "loopback/voice-", "uuid_setvar_multi", "uuid_answer", " join-", "sendmsg"]
WIDE = ["uuid_pre_answer", "read_rate", "null/relay-", "last_bridge_to", " meet-", "null/voice-", " speak-"]
WIDE += ["whisperpage_ready", "uuid_setvar_multi", "uuid_answer", " join-", "sendmsg"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("codec", "command"), [*(("PCMU", step) for step in STEPS), *(("G722", step) for step in WIDE)]
)
def test_controller_killed_while_it_makes_a_page(
    office: Office, codec: str, command: str, moment: str
) -> None:
    office.target_calls(codec=codec)
    kill_at(office, command, moment)
    leg = office.dial("*191002", codec=codec)
    wait_for(lambda: office.controller and office.controller.poll() is not None, "the kill")
    wire_of(office).met = lambda line: True
    wire_of(office).answered = lambda: True
    office.start_controller()
    wait_for(lambda: up(office) or office.page_is_gone(), "a page, or its end", 15)
    if up(office):
        for state in (True, False):
            press(office, "*5")
            wait_for(lambda: muted(office) is state, "the mute key")  # noqa: B023
        office.lab.phone_switch.api(f"uuid_kill {leg}")
        assert office.last_attempt(ending="pager_hung_up")["answered_at"]
    else:
        office.last_attempt(ending="lost")
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(lambda: call_goes_on(office), "the call to go on")
    wait_for(lambda: not open_attempts(office), "the history to be complete")


def kill_at(office: Office, command: str, moment: str) -> None:
    """Kill the controller when it sends a command, or when the switch has answered it."""
    wire = wire_of(office)
    armed = [False]

    def kill() -> bool:
        assert office.controller
        office.controller.kill()
        return False

    def met(line: str) -> bool:
        if command not in line:
            return True
        armed[0] = True
        return kill() if moment == "before" else True

    wire.met = met
    wire.answered = lambda: kill() if armed[0] and moment == "after" else True


@pytest.mark.parametrize("who", ["pager", "target"])
def test_intercom_call_is_kept_to_its_end_by_the_next_controller(office: Office, who: str) -> None:
    leg = office.dial("*151002")
    assert office.answer_of(leg).startswith("+OK")
    phone = wait_for(lambda: office.phone_legs(1002), "the phone")[-1]["Unique-ID"]
    answered = office.last_attempt(treatment="intercom", ending=None)["answered_at"]  # type: ignore[arg-type]
    office.kill_controller()
    office.start_controller()
    assert open_attempts(office) == 1
    office.lab.phone_switch.api(f"uuid_kill {leg if who == 'pager' else phone}")
    assert office.last_attempt(ending=f"{who}_hung_up")["answered_at"] == answered


def test_page_whose_target_was_put_on_hold_without_a_controller_is_ended(office: Office) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    office.lab.phone_switch.api(f"uuid_hold {office.target_phone()}")
    wait_for(lambda: office.lab.channels(presence_id="1002@")[0]["callstate"] == "HELD", "the hold")
    assert office.whispering()
    office.start_controller()
    wait_for(office.page_is_gone, "the page to be gone")
    office.last_attempt(ending="held")


def test_keys_work_without_any_controller_and_those_left_behind_unbind_themselves(office: Office) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    for state in (True, False, True):
        press(office, "*5")
        wait_for(lambda: muted(office) is state, "the mute key")  # noqa: B023
    press(office, "*6")
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(lambda: call_goes_on(office), "the call to go on, unmuted")
    press(office, "*5")
    with office.watching("DTMF") as esl:
        press(office, "*5")
        digits = [esl.event(2), esl.event(2)]
    assert [digit and digit["DTMF-Digit"] for digit in digits] == ["*", "5"]


def test_presses_as_fast_as_a_phone_sends_them_take_effect_in_order(office: Office) -> None:
    office.target_calls()
    office.page()
    press(office, "*5*5*5*5*5@60")
    wait_for(lambda: muted(office), "the mute")
    time.sleep(1.5)  # the last press has no effect for which the test could wait
    assert muted(office)
    press(office, "*6")
    wait_for(lambda: call_goes_on(office), "the call to go on, unmuted")


def test_one_of_two_controllers_is_killed_and_the_other_has_the_page_and_its_end(office: Office) -> None:
    with office.second_controller():
        office.target_calls()
        leg = office.page()
        press(office, "*5")
        wait_for(lambda: muted(office), "the mute")
        office.kill_controller()
        press(office, "*5")
        wait_for(lambda: not muted(office), "the end of the mute")
        office.lab.phone_switch.api(f"uuid_kill {leg}")
        assert office.last_attempt(ending="pager_hung_up")["answered_at"]
        wait_for(lambda: call_goes_on(office), "the call to go on")


# -- the wire ----------------------------------------------------------------------------------------------


def back(office: Office, before: int) -> None:
    """Wait until the controller has a new connection and has read the state of the switch."""
    wait_for(lambda: wire_of(office).connections > before, "a new connection", 30)
    wait_for(lambda: office.log.read_bytes().count(b"switch.up") > before, "the controller to be back", 10)


@pytest.mark.parametrize("after", [1, 3_000, 20_000])
def test_connection_cut_in_the_middle_of_a_frame_leaves_the_page_to_its_controller(
    office: Office, after: int
) -> None:
    office.target_calls()
    leg = office.page()
    before = wire_of(office).connections
    wire_of(office).cut(after)
    for number in range(40):  # to cause events
        office.lab.pbx.api(f"uuid_setvar {office.leg(1002)} x {number}")
        if wire_of(office).connections > before:
            break
        press(office, "*5")
        time.sleep(0.1)  # a person's fingers
    back(office, before)
    was = muted(office)
    press(office, "*5")
    wait_for(lambda: muted(office) is not was, "the mute key")
    office.lab.phone_switch.api(f"uuid_kill {leg}")
    office.last_attempt(ending="pager_hung_up")
    wait_for(lambda: call_goes_on(office), "the call to go on")


def test_connection_that_hangs_is_closed_and_the_page_is_found_again(office: Office) -> None:
    office.target_calls()
    leg = office.page()
    before = wire_of(office).connections
    wire_of(office).stall()
    wait_for(lambda: b"switch.down" in office.log.read_bytes(), "the controller to notice", 40)
    wire_of(office).flow()
    back(office, before)
    office.lab.phone_switch.api(f"uuid_kill {leg}")
    office.last_attempt(ending="pager_hung_up")
    wait_for(lambda: call_goes_on(office), "the call to go on")


def test_connection_that_hangs_leaves_no_pager_in_silence(office: Office) -> None:
    office.target_calls()
    wire_of(office).stall()
    began = time.monotonic()
    assert office.refused("*191002") == "NORMAL_TEMPORARY_FAILURE"
    assert time.monotonic() - began < 9  # 4 s until the dialplan refuses, and 3 s of reorder tone


# -- the switch --------------------------------------------------------------------------------------------


def test_switch_that_is_killed_and_started_again_has_no_pages_and_neither_has_the_history(
    office: Office,
) -> None:
    office.target_calls()
    office.page()
    restart(office.lab)
    wait_for(lambda: office.log.read_bytes().count(b"switch.up") == 2, "the controller to be back", 30)
    assert not office.page_legs()
    office.last_attempt(ending="lost")
    assert open_attempts(office) == 0
    office.target_calls()
    leg = office.page()
    time.sleep(2)  # the time that is recorded and measured
    office.lab.phone_switch.api(f"uuid_kill {leg}")
    office.lab.hang_up_all()
    assert abs(office.lab.hears("pager")["1002"] - PLAIN) < 6


def test_switch_that_is_started_again_after_many_cuts_has_its_controller_back_within_three_seconds(
    office: Office,
) -> None:
    """At most two seconds between attempts, and one for reading the state of the switch."""

    def met() -> int:
        return office.log.read_bytes().count(b"switch.up")

    for number in range(1, 11):
        wire_of(office).end()
        wait_for(lambda: met() > number, "the controller to be back", 15)  # noqa: B023
    seen = met()
    restart(office.lab)
    wait_for(lambda: met() > seen, "the controller to be back", 3)
    office.target_calls()
    office.page()


def restart(lab: Lab) -> None:
    """Kill the PBX as a crash would, start it again, and have the phones register."""
    pbx = lab.processes[0]
    pbx.kill()
    pbx.wait()
    lab.pbx.sock.close()
    lab.phone_switch.api("hupall")
    lab.start("pbx", pbx_configuration(lab.dialplan))
    lab.processes[0] = lab.processes.pop()
    lab.pbx = lab.connect(PBX_ESL)
    for extension in PHONES:
        lab.phone_switch.api(f"sofia profile p{extension} register g{extension}")
    wait_for(lambda: lab.pbx.api("show registrations count").startswith(f"{len(PHONES)} "), "the phones", 20)

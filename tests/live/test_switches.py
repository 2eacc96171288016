"""Pages across two real switches: who hears whom, and what is left afterwards."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from controller.domain.crossing import VALID, Crossing, new_token
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.laboratory.office import DOMAIN, TRUNK_PORT
from controller.store import crossings
from controller.store.session import Store
from tests.live.attacks.agent import Agent
from tests.live.levels import CODECS, Plain, hears_page_tone, page_is_heard_as_a_plain_call
from tests.live.messages import SOUND, Messages, written
from tests.live.office import PLAIN, wait_for
from tests.live.parties import heard as heard_by
from tests.live.parties import whom
from tests.live.test_keys import press
from tests.live.test_replies import sustained
from tests.live.test_reverse import COLLEAGUE, reverse
from tests.live.two import ALPHA, BETA, TwoOffice

OFFICE = TwoOffice


@pytest.fixture(scope="module")
def plain() -> Plain:
    """The levels in plain calls, as far as they were measured."""
    return {}


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_the_target_hears_both_and_they_do_not_hear_each_other(
    office: TwoOffice, plain: Plain, direction: str, target: str, pager: str
) -> None:
    # an Opus call is 6 dB louder at each of its ends (mod_opus), and the pager's has two;
    # and its tone comes by two calls of SIP
    page_is_heard_as_a_plain_call(office, plain, direction, target, pager, within=7, pagers_tone=0.2)


@pytest.fixture(params=["with a controller", "without one"])
def paged(office: TwoOffice, request: pytest.FixtureRequest) -> TwoOffice:
    """An office in which the target is on a call and is being paged from the other switch."""
    office.target_calls()
    office.pager = office.page()
    if request.param == "without one":
        office.kill_controller()
    return office


@pytest.mark.parametrize("who", ["pager's phone", "pager", "trunk", "arrival", "target", "far", "relay"])
def test_whoever_hangs_up_takes_down_everything(paged: TwoOffice, who: str) -> None:
    alpha, beta = paged.lab.other, paged.lab.pbx
    legs = paged.between()
    target = paged.leg(1002)
    match who:
        case "pager's phone":
            paged.lab.phone_switch.api(f"uuid_kill {paged.pager}")
        case "pager" | "trunk":
            alpha.api(f"uuid_kill {legs[who]}")
        case "arrival":
            beta.api(f"uuid_kill {legs[who]}")
        case "relay":
            beta.api(f"uuid_kill {paged.relay()}")
        case "target":
            beta.api(f"uuid_kill {target}")
        case "far":
            beta.api(f"uuid_kill {paged.partner(target)}")
    wait_for(lambda: not paged.other_channels() and not paged.page_legs(), "the page to be gone", 8)
    if who in ("target", "far"):
        wait_for(lambda: not paged.lab.channels(), "every leg to be gone", 8)
    else:
        wait_for(lambda: len(paged.lab.channels()) == 2, "the call alone", 8)
        assert not paged.bugs(target)
        assert paged.partner(target)
    endings = {"target": "target_hung_up", "far": "call_ended", "relay": "lost"}
    if paged.controller:
        assert paged.last_attempt(ending=endings.get(who, "pager_hung_up"))["switch"] == paged.name


def test_intercom_call_goes_to_the_switch_where_the_target_is_registered(office: TwoOffice) -> None:
    phone = office.dial("*151005")
    assert office.answer_of(phone).startswith("+OK")
    time.sleep(2.0)
    office.lab.hang_up_all()
    pager, target = office.lab.hears("pager"), office.lab.hears("in-1005-*")
    assert pager["1005"] > -25
    assert target["1001"] > -25
    assert hears_page_tone(office, "pager") > 0.2
    assert hears_page_tone(office, "in-1005-*") > 0.2
    assert office.last_attempt(treatment="intercom")["switch"] == office.name


def test_refusal_comes_back_with_its_cause(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    assert office.refused("*191002", 1003) == "USER_BUSY"
    assert office.last_attempt(reason="already_paged")


def test_mute_and_the_keys_work_as_on_one_switch(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} *5")
    wait_for(
        lambda: office.lab.pbx.api(f"uuid_getvar {office.relay()} whisperpage_muted") == "true", "the mute"
    )
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} *6")
    wait_for(lambda: not office.other_channels() and not office.page_legs(), "the page to be gone")
    assert office.last_attempt(ending="stopped")
    assert office.partner(office.leg(1002))


def test_the_pagers_phone_can_only_hang_up(office: TwoOffice) -> None:
    phone = office.paging_phone()
    phone.reinvite("sendonly", "127.0.0.1")
    phone.reinvite()
    assert "403" in phone.refer("1003")
    assert office.whispering()
    assert not office.phone_legs(1003)
    time.sleep(2)
    found = heard_by(office)
    assert whom(found, "1001") == {"1002"}
    assert whom(found, "1002") == {"1001", "customer"}
    assert whom(found, "customer") == {"1002"}


def test_a_program_that_takes_the_pagers_leg_ends_the_page(office: TwoOffice) -> None:
    office.target_calls()
    office.page()
    office.lab.other.api(f"uuid_transfer {office.between()['pager']} 1003 XML default")
    wait_for(lambda: not office.other_channels() and not office.page_legs(), "the page to be gone", 8)
    assert office.last_attempt(ending="pager_hung_up")
    assert office.partner(office.leg(1002))


def test_a_recording_of_the_targets_call_is_without_the_pager(office: TwoOffice) -> None:
    office.target_calls()
    leg = office.leg(1002)
    office.lab.pbx.api(f"uuid_record {leg} start {office.lab.recordings}/before.wav")
    office.page()
    office.lab.pbx.api(f"uuid_record {leg} start {office.lab.recordings}/during.wav")
    time.sleep(2.5)
    office.lab.hang_up_all()
    for name in ("before", "during"):
        heard = office.lab.hears(name)
        assert heard["1001"] < -55, name
        assert heard["1002"] > -25, name


def test_a_click_pages_across_switches(office: TwoOffice) -> None:
    office.target_calls()
    office.whisperpage("page", "1001@pbx.test", "1002@pbx.test")
    wait_for(lambda: office.whispering() and office.keyed(), "the page")
    assert office.last_attempt(switch=office.name)["pager"] == "1001@pbx.test"


def test_explain_names_the_switch(office: TwoOffice) -> None:
    office.target_calls()
    told = office.whisperpage("explain", "1001", "1002")
    assert f"a whisper on the switch {office.name}" in told


def test_message_is_heard_at_the_targets_switch_and_replied_to_by_a_key(office: TwoOffice) -> None:
    sound = written(office.folder / "lobby.wav")
    office.whisperpage("messages", "add", "lobby", "--sound", str(sound), "--number", "7")
    office.target_calls()
    assert office.answer_of(office.dial("*187*1002")).startswith("+OK")
    wait_for(Messages(office, "").is_heard, "the message")
    assert not office.other_loopbacks()
    time.sleep(1.5)  # the time that is measured
    press(office, "*1")
    wait_for(lambda: not office.page_legs() and not office.other_channels(), "the message to be gone")
    found = office.last_attempt(treatment="whisper", ending="replied")
    assert (found["pager"], found["switch"]) == ("1001@pbx.test", "beta")
    assert office.partner(office.leg(1002))
    office.hang_up()
    assert abs(sustained(office, "target", SOUND) - PLAIN) < 6
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40


def test_reverse_page_is_heard_by_a_colleague_at_the_other_switch_alone(office: TwoOffice) -> None:
    office.target_calls()
    reverse(office)
    assert office.other_channels()
    assert not office.other_loopbacks()
    time.sleep(2.5)  # the time that is measured
    found = office.last_attempt(treatment="reverse")
    assert (found["pager"], found["target"], found["switch"]) == ("1002@pbx.test", "1001@pbx.test", "beta")
    office.hang_up()
    colleague, pager, far = (office.lab.hears(name) for name in (COLLEAGUE, "target", "customer-*"))
    assert abs(colleague["1002"] - PLAIN) < 7
    assert colleague["customer"] < PLAIN - 40
    assert abs(pager["1001"] - PLAIN) < 7
    assert abs(pager["customer"] - PLAIN) < 7
    assert max(far["1001"], far["1002"]) < PLAIN - 40


def test_end_of_a_reverse_page_across_switches_takes_the_mute_with_it(office: TwoOffice) -> None:
    office.target_calls()
    colleague = reverse(office)
    office.lab.phone_switch.api(f"uuid_kill {colleague}")
    wait_for(lambda: not office.other_channels() and not office.page_legs(), "the page to be gone", 8)
    wait_for(lambda: not office.bugs(office.partner(office.leg(1002))), "the far party to hear again")
    office.last_attempt(treatment="reverse", ending="target_hung_up")
    time.sleep(2.2)  # the time that is measured
    office.hang_up()
    assert abs(office.lab.hears("customer-*")["1002"] - PLAIN) < 6


def test_refused_pager_is_called_back_and_pages_across_the_switches(office: TwoOffice) -> None:
    conference = office.lab.dial(1002, "3001", "target")
    wait_for(lambda: office.lab.channels(application="conference"), "the conference")
    pager = office.dial("*191002", early=True)
    wait_for(
        lambda: any(row["application"] == "play_and_get_digits" for row in office.other_channels()),
        "the offer of a call back",
    )
    office.lab.phone_switch.api(f"uuid_send_dtmf {pager} 5")
    assert office.end_of(pager) == "USER_BUSY"
    assert office.last_attempt(reason="conference")
    office.lab.phone_switch.api(f"uuid_kill {conference}")
    wait_for(lambda: office.phone_legs(1001) and office.phone_legs(1002), "both phones to be called", 30)
    found = office.last_attempt(treatment="intercom")
    assert (found["pager"], found["target"], found["switch"]) == ("1001@pbx.test", "1002@pbx.test", "beta")
    time.sleep(2.5)  # the time that is measured
    office.hang_up()
    assert office.lab.hears("in-1001-*")["1002"] > -25
    assert office.lab.hears("in-1002-*")["1001"] > -25


# -- attacks -----------------------------------------------------------------------------------------------


def arrives(headers: str, host: str = ALPHA) -> int:
    """Call the extension of the second switch from an address, with these headers; return the status."""
    with Agent(TRUNK_PORT, host=host) as agent:
        agent.switch, agent.server = (BETA, TRUNK_PORT), f"{BETA}:{TRUNK_PORT}"
        return agent.call("whisperpage", headers).status


@pytest.mark.parametrize("headers", ["", "X-Whisperpage-Token: " + "0" * 32 + "\r\n"])
@pytest.mark.parametrize("host", [ALPHA, "127.0.0.9"])
def test_a_call_without_a_token_of_ours_is_refused(office: TwoOffice, host: str, headers: str) -> None:
    office.target_calls()
    assert arrives(headers, host) == 603
    found = office.last_attempt(reason="not_handed_over")
    assert (found["pager"], found["switch"]) == (None, "beta")
    assert not office.page_legs()


def test_a_token_counts_once(office: TwoOffice) -> None:
    office.target_calls()
    phone = office.page()
    token = office.lab.pbx.api(f"uuid_getvar {office.between()['arrival']} sip_h_X-Whisperpage-Token")
    assert len(token) == 32
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    wait_for(lambda: not office.page_legs(), "the end of the page")
    assert arrives(f"X-Whisperpage-Token: {token}\r\n") == 603
    assert office.last_attempt(reason="not_handed_over")["pager"] is None


def kept(office: TwoOffice, switch: str, age: float = 0.0) -> str:
    """A token for a page of 1002 by 1001 at a switch, `age` seconds old, as a controller keeps it."""
    token = new_token()
    pager, target = UserName("1001", DOMAIN), UserName("1002", DOMAIN)
    crossing = Crossing(str(uuid4()), pager, target, Feature.WHISPER, switch)
    with closing(Store(office.environment["WHISPERPAGE_DATABASE_URL"])) as store, store.unit() as unit:
        crossings.begin(unit, token, crossing, datetime.now(UTC) - timedelta(seconds=age))
        unit.commit()
    return f"X-Whisperpage-Token: {token}\r\n"


def test_a_token_that_is_kept_is_a_page_and_a_late_one_and_that_of_another_switch_are_not(
    office: TwoOffice,
) -> None:
    office.target_calls()
    for late_or_elsewhere in (kept(office, "beta", VALID + 1), kept(office, "alpha")):
        assert arrives(late_or_elsewhere) == 603
        found = office.last_attempt(reason="not_handed_over")
        assert (found["pager"], found["switch"]) == (None, "beta")
    assert not office.page_legs()
    assert arrives(kept(office, "beta")) == 200
    assert office.last_attempt(treatment="whisper")["pager"] == f"1001@{DOMAIN}"


# -- time --------------------------------------------------------------------------------------------------


def test_a_page_across_switches_is_not_much_slower(office: TwoOffice) -> None:
    """The shortest time until the pager's call is answered, which is when the tones begin.

    Other work of the machine only adds to a time. benchmarks/across.py has the 95th percentile to both tones.
    """
    taken: dict[int, list[float]] = {1003: [], 1002: []}
    for target in taken:
        assert office.lab.dial(target, "9555", f"busy-{target}", wait=0.5)
    for _ in range(10):
        for target, seconds in taken.items():
            began = time.monotonic()
            phone = office.dial(f"*19{target}")
            assert office.answer_of(phone).startswith("+OK")
            seconds.append(time.monotonic() - began)
            office.lab.phone_switch.api(f"uuid_kill {phone}")
            wait_for(lambda: not office.page_legs() and not office.other_loopbacks(), "the end of the page")
    assert min(taken[1002]) - min(taken[1003]) <= 0.15, taken

"""P5, S2, S3 and the decisions: refusals, their causes, and the tone for the pager."""

from __future__ import annotations

import pytest

from controller.laboratory.levels import level, read_wave
from tests.live.office import Office, wait_for


def hears_reorder(office: Office, name: str) -> bool:
    samples, rate = read_wave(f"{office.lab.recordings}/{name}.wav")
    tenth = rate // 10
    return max(level(samples[at : at + tenth], rate, 480) for at in range(0, len(samples), tenth)) > -30


def test_reorder_is_heard(office: Office) -> None:
    office.whisperpage("groups", "set", "default", "--no-whisper-initiate", "--no-intercom-initiate")
    # a phone with early media, like most phones: it hears the tone before an answer
    leg = office.lab.phone_switch.api("create_uuid")
    phone = f"{{origination_uuid={leg}}}sofia/gateway/g1001/*191002 ua-400-refused XML default"
    assert office.lab.phone_switch.api(f"originate {phone}").startswith("+OK")
    wait_for(
        lambda: office.lab.phone_switch.api(f"uuid_exists {leg}") == "false", "the refused call to be over"
    )
    office.lab.hang_up_all()
    assert hears_reorder(office, "refused")
    assert office.last_attempt(reason="not_permitted")["treatment"] == "refused"


def test_target_that_accepts_nothing(office: Office) -> None:
    office.whisperpage("groups", "set", "default", "--whisper-accept=none", "--intercom-accept=none")
    office.target_calls()
    assert office.refused("*191002") == "CALL_REJECTED"
    office.last_attempt(reason="not_accepted")


@pytest.mark.parametrize(
    ("number", "cause", "reason"),
    [
        ("*191001", "CALL_REJECTED", "oneself"),
        ("*191009", "NO_USER_RESPONSE", "not_registered"),  # what the phone makes of SIP 480
        ("*191999", "UNALLOCATED_NUMBER", "unknown_target"),
        ("*19" + "1" * 40, "INVALID_NUMBER_FORMAT", "malformed"),
        ("*15" + "1" * 40, "INVALID_NUMBER_FORMAT", "malformed"),
        ("*19nobody", "UNALLOCATED_NUMBER", "unknown_target"),
        ("*19%24%7Bsystem(id)%7D", "INVALID_NUMBER_FORMAT", "malformed"),
        ("*191002%7D", "INVALID_NUMBER_FORMAT", "malformed"),
    ],
)
def test_numbers_that_are_no_target(office: Office, number: str, cause: str, reason: str) -> None:
    assert office.refused(number) == cause
    office.last_attempt(reason=reason)


def test_target_in_a_conference(office: Office) -> None:
    office.lab.dial(1002, "3001", "target", wait=0.5)
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="conference")


@pytest.mark.parametrize("how", ["tw", "spy"])
@pytest.mark.parametrize("side", ["target", "far party"])
def test_target_whose_call_somebody_has_joined(office: Office, how: str, side: str) -> None:
    office.target_calls()
    leg = office.leg(1002)
    office.lab.dial(1003, f"{how}-{leg if side == 'target' else office.partner(leg)}", "third")
    wait_for(lambda: office.bugs(leg) or office.bugs(office.partner(leg)), "the third to be in")
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="joined")


def test_target_in_two_calls_at_once(office: Office) -> None:
    office.target_calls()
    office.lab.dial(1002, "9222", "second", wait=0.5)
    assert office.refused("*191002") == "USER_BUSY"
    office.last_attempt(reason="several_calls")


def test_second_pager(office: Office) -> None:
    office.target_calls()
    office.page()
    assert office.refused("*191002", extension=1003) == "USER_BUSY"
    office.last_attempt(reason="already_paged")
    assert office.whispering()


def test_two_pagers_at_the_same_moment(office: Office) -> None:
    office.target_calls()
    legs = [office.dial("*191002", extension, f"pager{extension}") for extension in (1001, 1003)]
    answers = sorted(office.answer_of(leg) for leg in legs)
    assert answers[1] == "-ERR USER_BUSY" or answers[0] == "-ERR USER_BUSY"
    wait_for(office.whispering, "the one page")
    assert sum(answer.startswith("+OK") for answer in answers) == 1


def test_two_controllers_make_one_page_of_one_request_and_of_two_pagers_at_once(office: Office) -> None:
    office.target_calls()
    with office.second_controller():
        legs = [office.dial("*191002", extension, f"pager{extension}") for extension in (1001, 1003)]
        answers = sorted(office.answer_of(leg)[:3] for leg in legs)
        assert answers == ["+OK", "-ER"]
        wait_for(office.whispering, "the one page")
        wait_for(
            lambda: {row["reason"] for row in office.history()[:2]} == {"already_paged", None}, "both rows"
        )
        assert {row["treatment"] for row in office.history()[:2]} == {"refused", "whisper"}


def test_two_controllers_make_one_intercom_call(office: Office) -> None:
    with office.second_controller():
        assert office.answer_of(office.dial("*151002")).startswith("+OK")
        wait_for(lambda: office.phone_legs(1002), "the phone to be rung")
        assert len(office.phone_legs(1002)) == 1
        newest, before = office.history()[:2]
        assert newest["treatment"] == "intercom"
        assert before["treatment"] != "intercom"


def test_target_that_is_itself_paging(office: Office) -> None:
    office.target_calls()
    office.page()
    assert office.refused("*191001", extension=1003) == "USER_BUSY"
    office.last_attempt(reason="paging")


def test_no_controller_takes_the_call(office: Office) -> None:
    office.kill_controller()
    assert office.answer_of(office.dial("*191002"), 10) == "-ERR NORMAL_TEMPORARY_FAILURE"


def test_a_call_that_was_not_authenticated(office: Office) -> None:
    leg = office.lab.phone_switch.api("create_uuid")
    answer = office.lab.phone_switch.api(
        f"originate {{origination_uuid={leg},ignore_early_media=true}}"
        "sofia/customer/*191002@127.0.0.1:5080 &park()"
    )
    # the context of calls from outside has no feature codes at all
    assert answer == "-ERR NO_ROUTE_DESTINATION"

"""P12: a recording of the call that begins during a page does not contain the pager."""

from __future__ import annotations

import array
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from controller.laboratory.levels import level
from controller.laboratory.office import PHONES
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_gap import gap

PAGER, TARGET = PHONES[1001][1], PHONES[1002][1]
#: Milliseconds between two packets to the far party, at most, for a recording that begins in a page; a packet
#: has 20 ms, and comes some microseconds early or late.
AT_MOST, PACKET = 60, 20
#: Seconds within which the pager is out of a recording that has begun.
OUT_AFTER = 0.1
TIMES = 5

Begin = Callable[[Office, str, Path], str]


def by_api(office: Office, leg: str, file: Path) -> str:
    return office.lab.pbx.api(f"uuid_record {leg} start {file}")


def by_application(office: Office, leg: str, file: Path) -> str:
    return execute(office, leg, "record_session", str(file))


def by_dialplan(office: Office, leg: str, file: Path) -> str:
    """By an extension of the switch's own, run on the leg in its call."""
    office.lab.pbx.api(f"uuid_setvar {leg} lab_file {file}")
    return execute(office, leg, "execute_extension", "record XML default")


def by_key(office: Office, leg: str, file: Path) -> str:
    """By a key that is no page's: another program has bound it to the target's leg."""
    execute(office, leg, "bind_meta_app", f"2 a s record_session::{file}")
    time.sleep(0.3)  # what is bound is told by no event
    return office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} *2")


def execute(office: Office, leg: str, application: str, argument: str) -> str:
    what = f"call-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}"
    return office.lab.pbx.command(f"sendmsg {leg}\n{what}") or "+OK"


@pytest.mark.parametrize("stereo", [False, True], ids=["mono", "stereo"])
@pytest.mark.parametrize(
    ("side", "begin"),
    [(side, begin) for side in ("target", "far party") for begin in (by_api, by_application, by_dialplan)]
    + [("target", by_key)],
)
def test_recording_begun_in_a_page_does_not_contain_the_pager(
    office: Office, tmp_path: Path, side: str, stereo: bool, begin: Begin
) -> None:
    office.target_calls()
    office.page()
    target = office.leg(1002)
    leg = target if side == "target" else office.partner(target)
    if stereo:
        assert office.lab.pbx.api(f"uuid_setvar {leg} RECORD_STEREO true") == "+OK"
    time.sleep(2)  # so that nothing of the page's beginning is left
    file = tmp_path / "call.wav"
    begin(office, leg, file)
    time.sleep(3)  # what is measured is time: this much of it is recorded
    assert office.whispering()
    office.lab.hang_up_all()
    levels = [loudest(channel, rate, PAGER) for channel, rate in channels(file)]
    assert max(levels) < PLAIN - 40, levels
    assert max(loudest(channel, rate, TARGET) for channel, rate in channels(file)) > PLAIN - 6
    assert office.lab.hears("target")["1001"] > -22


def channels(file: Path) -> list[tuple[Sequence[int], int]]:
    """Each channel of a recording on its own, with its rate."""
    with wave.open(str(file)) as sound:
        samples, many = array.array("h", sound.readframes(sound.getnframes())), sound.getnchannels()
        return [(samples[at::many], sound.getframerate()) for at in range(many)]


def loudest(samples: Sequence[int], rate: int, hz: int) -> float:
    """dBFS of a tone in the 250 ms in which it is loudest, once the recording is without the pager."""
    size = rate // 4
    starts = range(int(OUT_AFTER * rate), len(samples) - size, size)
    return max(level(samples[at : at + size], rate, hz) for at in starts)


def test_recording_begun_with_no_controller_alive_does_not_contain_the_pager(
    office: Office, tmp_path: Path
) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    file = tmp_path / "call.wav"
    by_api(office, office.leg(1002), file)
    time.sleep(3)  # what is measured is time: this much of it is recorded
    assert office.whispering()
    office.lab.hang_up_all()
    assert max(loudest(channel, rate, PAGER) for channel, rate in channels(file)) < PLAIN - 40


def test_far_party_misses_little_for_a_recording_in_a_page(office: Office, tmp_path: Path) -> None:
    customer = office.handset("customer")
    assert customer.call("1002") == 200
    office.talking(1002)
    leg = office.leg(1002)
    office.page()
    gaps = []
    for number in range(TIMES):
        file = tmp_path / f"{number}.wav"
        gaps.append(gap(customer, lambda: by_api(office, leg, file)))  # noqa: B023
        assert office.lab.pbx.api(f"uuid_record {leg} stop {file}") == "+OK Success"
        wait_for(office.whispering, "the page to be whole")
    found = f"gaps {gaps}"
    assert min(gaps) > 30, found  # or it was not measured
    assert min(gaps) < AT_MOST + PACKET / 4, found  # the least: a busy machine has gaps of its own

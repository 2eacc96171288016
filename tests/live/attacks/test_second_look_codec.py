"""A phone asks for another codec during a page: the page goes on, and nobody hears more than before.

The pager may sound wrong after that: an octave too high if the target's phone asks for 16 kHz, or the pager's
for 8 kHz again. It is not heard at all once the far party's phone has asked for 8 kHz again.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from controller.laboratory.levels import level, read_wave
from tests.live.office import PLAIN, Office, wait_for
from tests.live.parties import LOOK, MARGIN, RECORDED, TONES

#: The codecs that a phone asks for in turn; every call begins with PCMU, which has 8 kHz.
WIDE, NARROW = "G722", "PCMU"
#: A tone that is played at a wrong rate is an octave too high or too low.
OCTAVES = (0.5, 1, 2)


def customer_phone(office: Office) -> str:
    rows = json.loads(office.lab.phone_switch.api("show channels as json"))["rows"]
    phone: str = next(row["uuid"] for row in rows if row["context"] == "customer")
    return phone


def whom(office: Office, party: str) -> set[str]:
    """End every call; return whom a party has heard at any time and at any speed."""
    folder, found = Path(office.lab.recordings), set()
    for path in folder.glob("*.wav"):
        if path.name.startswith(RECORDED[party]) and path.stat().st_mtime > office.opened:
            samples, rate = read_wave(str(path))
            size = int(LOOK * rate)
            looks = [samples[at : at + size] for at in range(0, len(samples) - size, size)]
            for who in TONES.keys() - {party}:
                tones = [TONES[who] * octave for octave in OCTAVES if TONES[who] * octave < rate / 2]
                if any(level(look, rate, hz) > PLAIN - MARGIN for look in looks for hz in tones):
                    found.add(who)
    return found


@pytest.mark.parametrize("who", ["pager", "target", "customer"])
def test_a_page_outlives_another_codec_and_stays_between_two(office: Office, who: str) -> None:
    office.target_calls()
    pager = office.page()
    target = office.leg(1002)
    far, bugs = office.partner(target), office.bugs(target)
    phone, leg = {
        "pager": (pager, office.leg(1001)),
        "target": (office.phone, target),
        "customer": (customer_phone(office), far),
    }[who]
    for codec in (WIDE, NARROW):
        office.lab.phone_switch.api(f"uuid_media_reneg {phone} ={codec}")
        has = f"uuid_getvar {leg} rtp_use_codec_name"
        wait_for(lambda has=has, codec=codec: office.lab.pbx.api(has) == codec, f"{who} to have {codec}")
        time.sleep(2)  # the time that is recorded and measured
        assert office.whispering()
        assert (office.partner(target), office.bugs(target)) == (far, bugs)
    office.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(lambda: not office.bugs(target), "the target's leg to be as it was")
    assert office.partner(target) == far
    office.hang_up()
    assert whom(office, "1001") == {"1002"}
    assert whom(office, "1002") == {"1001", "customer"}
    assert whom(office, "customer") == {"1002"}

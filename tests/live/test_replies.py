"""R1 to R3, measured: replies by key, the decline window, music at mute."""

from __future__ import annotations

import math
import struct
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from controller.laboratory.levels import level, read_wave
from controller.laboratory.office import HOLD_MUSIC
from tests.live.levels import CODECS, sustained_in
from tests.live.office import PLAIN, Office, wait_for
from tests.live.test_keys import loudest, mute, press

#: Hz of the two tones of a reply, of the page's tone, and of the end of a page (dialplan/whisperpage.xml).
LOW, HIGH, PAGE, OVER = 900, 1500, 2500, 480
#: Without an equals sign, which global_setvar would not take. It is repeated.
MUSIC = f"tone_stream://%(5000,0,{HOLD_MUSIC})"


def sustained(office: Office, name: str, hz: int) -> float:
    """dBFS of a tone in the 250 ms of the newest recording of this name in which it is loudest."""
    newest = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
    return sustained_in(newest, hz)


def sql(office: Office, statement: str) -> None:
    engine = sa.create_engine(office.environment["WHISPERPAGE_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize(("keys", "ending"), [("*1", "replied"), ("*3", "declined")])
def test_reply_is_heard_by_the_pager_alone_and_no_digit_reaches_the_call(
    office: Office, name: str, keys: str, ending: str
) -> None:
    office.target_calls(codec=name)
    office.page(codec=name)
    time.sleep(1)
    with office.watching("DTMF", "CUSTOM whisperpage::key") as esl:
        press(office, keys)
        pressed = esl.event(3, lambda event: event.get("Event-Subclass") == "whisperpage::key")
        assert esl.event(1.5, lambda event: event["Event-Name"] == "DTMF") is None
    assert pressed
    wait_for(office.page_is_gone, "the page to be gone")
    assert office.last_attempt(ending=ending)
    time.sleep(1)
    office.lab.hang_up_all()
    short, loud = (LOW, HIGH) if ending == "replied" else (HIGH, LOW)
    assert loudest(office, "pager", PAGE) > PLAIN - 12
    if name != "OPUS":  # after a lost packet it makes 100 ms too quiet, which is all of the short tone
        assert loudest(office, "pager", short) > PLAIN - 12
    assert sustained(office, "pager", loud) > PLAIN - 6
    assert sustained(office, "pager", OVER) < PLAIN - 20  # the edges of the others are some 30 dB lower
    assert sustained(office, "target", loud) < PLAIN - 24
    for hz in (HIGH, PAGE):
        assert sustained(office, "customer-*", hz) < PLAIN - 40
    assert sustained(office, "customer-*", LOW) < PLAIN - 30  # so near are the edges of the target's 700 Hz
    assert office.lab.hears("customer-*")["1001"] < PLAIN - 40


@pytest.fixture
def patient(office: Office) -> Iterator[Office]:
    """Targets have three seconds to decline."""
    sql(office, "UPDATE settings_groups SET decline_seconds = 3")
    yield office
    sql(office, "UPDATE settings_groups SET decline_seconds = 0")


def test_nobody_hears_the_pager_in_the_window(patient: Office) -> None:
    patient.target_calls()
    patient.answer_of(patient.dial("*191002"))
    time.sleep(2.4)  # of the tone and the window; the last 1.5 seconds are measured
    patient.lab.hang_up_all()
    assert patient.lab.hears("target")["1001"] < PLAIN - 40
    assert abs(patient.lab.hears("target")["customer"] - PLAIN) < 6
    assert patient.lab.hears("pager")["1002"] < PLAIN - 40
    assert abs(patient.lab.hears("customer-*")["1002"] - PLAIN) < 6


def test_pager_is_heard_after_the_window_and_the_page_stays(patient: Office) -> None:
    patient.target_calls()
    patient.page()
    time.sleep(7)  # it is looked at whether it is complete
    assert patient.whispering()
    patient.lab.hang_up_all()
    assert abs(patient.lab.hears("target")["1001"] - PLAIN) < 6
    assert patient.lab.hears("customer-*")["1001"] < PLAIN - 40


@pytest.mark.parametrize("keys", ["*3", "*6"])
def test_key_in_the_window_declines_and_the_pager_hears_that(patient: Office, keys: str) -> None:
    patient.target_calls()
    patient.answer_of(patient.dial("*191002"))
    wait_for(lambda: patient.page_legs() and patient.keyed(), "the keys")
    time.sleep(0.8)
    press(patient, keys)
    wait_for(patient.page_is_gone, "the page to be gone")
    assert patient.last_attempt(ending="declined")
    patient.lab.hang_up_all()
    assert min(loudest(patient, "pager", hz) for hz in (LOW, HIGH)) > PLAIN - 12
    assert sustained(patient, "customer-*", HIGH) < PLAIN - 40
    assert patient.lab.hears("target")["1001"] < PLAIN - 40


@pytest.fixture
def musical(office: Office) -> Iterator[Office]:
    """Far parties of muted targets hear music."""
    office.lab.pbx.api(f"global_setvar whisperpage_mute_music={MUSIC}")
    yield office
    office.lab.pbx.api("global_setvar whisperpage_mute_music=silence")


@pytest.mark.parametrize("name", CODECS)
def test_far_party_alone_hears_music_while_the_target_is_muted(musical: Office, name: str) -> None:
    musical.target_calls(codec=name)
    musical.page(codec=name)
    mute(musical)
    time.sleep(2.5)
    musical.lab.hang_up_all()
    far = musical.lab.hears("customer-*")
    assert max(far["1002"], far["1001"]) < PLAIN - 40, far
    assert loudest(musical, "customer-*", HOLD_MUSIC) > PLAIN - 12
    assert abs(musical.lab.hears("pager")["1002"] - PLAIN) < 9
    assert max(loudest(musical, who, HOLD_MUSIC) for who in ("pager", "target")) < PLAIN - 30


@pytest.mark.parametrize("controller", ["alive", "dead"])
def test_music_ends_with_the_page_and_with_the_mute(musical: Office, controller: str) -> None:
    musical.target_calls()
    pager = musical.page()
    mute(musical)
    press(musical, "*5")
    far = musical.partner(musical.leg(1002))
    wait_for(lambda: not musical.bugs(far), "the music to end")
    press(musical, "*5")
    wait_for(lambda: musical.bugs(far) == 2, "the mute and the music")
    if controller == "dead":
        musical.kill_controller()
    musical.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(musical.page_is_gone, "the page to be gone")
    wait_for(lambda: not musical.bugs(far), "the music to end")
    time.sleep(2)
    musical.lab.hang_up_all()
    assert abs(musical.lab.hears("customer-*")["1002"] - PLAIN) < 6


def test_music_of_a_file_is_repeated(musical: Office) -> None:
    short = f"{musical.folder}/short.wav"
    with wave.open(short, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = (round(8000 * math.sin(2 * math.pi * HOLD_MUSIC * at / 8000)) for at in range(4000))
        file.writeframes(b"".join(struct.pack("<h", each) for each in tone))
    musical.lab.pbx.api(f"global_setvar whisperpage_mute_music={short}")
    musical.target_calls()
    musical.page()
    mute(musical)
    time.sleep(2.5)  # five times its length
    musical.lab.hang_up_all()
    newest = max(Path(musical.lab.recordings).glob("customer-*.wav"), key=lambda path: path.stat().st_mtime)
    samples, rate = read_wave(newest)
    assert level(samples[-rate:], rate, HOLD_MUSIC) > PLAIN - 12

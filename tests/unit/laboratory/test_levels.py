"""Tones in sound files: their level in a recording, and how one is written."""

from __future__ import annotations

import array
import math
import wave
from pathlib import Path

import pytest

from controller.laboratory.levels import SILENCE, level, loudness, read_wave, write_tone

RATE = 8000


def tone(hz: float, dbfs: float, seconds: float = 0.5, phase: float = 0.0) -> array.array[int]:
    peak = 32768 * 10 ** (dbfs / 20)
    return array.array(
        "h",
        (round(peak * math.sin(2 * math.pi * hz * at / RATE + phase)) for at in range(int(seconds * RATE))),
    )


@pytest.mark.parametrize("dbfs", [-13.0, -30.0])
def test_level_of_a_tone_is_its_own(dbfs: float) -> None:
    assert level(tone(700, dbfs), RATE, 700) == pytest.approx(dbfs, abs=0.2)


def test_another_tone_is_not_heard() -> None:
    assert level(tone(700, -13), RATE, 1100) < -60


def test_less_than_fifty_milliseconds_are_silence() -> None:
    assert level(tone(700, -13, 0.04), RATE, 700) == SILENCE


def test_a_tone_that_goes_on_in_another_phase_is_as_loud_as_before() -> None:
    broken = tone(700, -13) + tone(700, -13, phase=math.pi)
    assert level(broken, RATE, 700) < -30
    assert loudness(broken, RATE, 700) == pytest.approx(-13, abs=0.2)


def test_the_click_of_a_tone_that_goes_on_in_another_phase_is_no_other_tone() -> None:
    broken = tone(700, -13, 0.6) + tone(700, -13, 0.9, phase=2.0)
    assert loudness(broken, RATE, 400) < -90


@pytest.mark.parametrize("dbfs", [-26, -53, -66])
def test_a_faint_tone_beside_a_loud_one_is_as_loud_as_it_is(dbfs: float) -> None:
    both = array.array("h", map(sum, zip(tone(700, -13, 1.0), tone(400, dbfs, 1.0), strict=True)))
    assert loudness(both, RATE, 400) == pytest.approx(dbfs, abs=0.5)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_tone_that_is_written_has_its_length_and_the_loudness_of_a_phone(tmp_path: Path, rate: int) -> None:
    write_tone(tmp_path / "tone.wav", 1500, 0.5, rate)
    samples, found = read_wave(tmp_path / "tone.wav")
    assert (len(samples), found) == (rate // 2, rate)
    assert level(samples, rate, 1500) == pytest.approx(-16.2, abs=0.2)
    assert level(samples, rate, 700) < -60


def test_first_channel_of_a_recording_is_read(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "two.wav"), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(array.array("h", [1, 10, 2, 20, 3, 30]).tobytes())
    assert read_wave(tmp_path / "two.wav") == (array.array("h", [1, 2, 3]), RATE)

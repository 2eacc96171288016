"""Tones in sound files: their level in a recording, and how one is written."""

from __future__ import annotations

import array
import cmath
import math
import wave
from collections.abc import Sequence
from pathlib import Path

#: The level in dBFS if a recording is too short to measure.
SILENCE = -200.0
#: The amplitude of a tone that is written: it is as loud as those of the phones.
_AMPLITUDE = 5076
#: Below this level in dBFS a tone is compared with what is so many Hz beside it, and is so many dB above it.
FAINT, BESIDE, ABOVE = -30.0, 60.0, 6.0


def read_wave(path: Path | str) -> tuple[array.array[int], int]:
    """The first channel of a recording of 16 bits, and its rate in Hz."""
    with wave.open(str(path)) as file:
        samples, channels = array.array("h", file.readframes(file.getnframes())), file.getnchannels()
        return samples[::channels], file.getframerate()


def write_tone(path: Path, hz: float, seconds: float, rate: int = 8000) -> None:
    """Write a sound file of 16 bits with a tone; `rate` is in Hz."""
    turn = 2 * math.pi * hz / rate
    samples = (round(_AMPLITUDE * math.sin(turn * at)) for at in range(int(seconds * rate)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(array.array("h", samples).tobytes())


def loudness(samples: Sequence[int], rate: int, hz: float, piece: float = 0.25) -> float:
    """The level in dBFS of the tone at `hz`: the mean over pieces of `piece` seconds.

    After a lost packet a tone goes on in another phase, and would partly cancel itself over one long piece.
    The jump itself is a click, which has some of every frequency: a faint tone in a piece counts only if it
    is louder than what is beside it.
    """
    size = int(piece * rate)
    starts = range(0, max(len(samples) - size, 0) + 1, size)
    powers = [10 ** (tone(samples[at : at + size], rate, hz) / 10) for at in starts]
    return round(10 * math.log10(sum(powers) / len(powers)), 1)


def tone(samples: Sequence[int], rate: int, hz: float) -> float:
    """The level of a tone in dBFS, or SILENCE if it is faint and no louder than what is beside it."""
    found = level(samples, rate, hz)
    if found >= FAINT:
        return found
    beside = max(level(samples, rate, hz + step) for step in (-BESIDE, BESIDE))
    return found if found >= beside + ABOVE else SILENCE


def level(samples: Sequence[int], rate: int, hz: float) -> float:
    """The level in dBFS of the tone at `hz`, from one windowed DFT bin; SILENCE for less than 50 ms."""
    n = len(samples)
    if n < rate // 20:
        return SILENCE
    total, weight = 0j, 0.0
    for i, sample in enumerate(samples):
        w = 0.5 - 0.5 * math.cos(2 * math.pi * i / n)
        total += sample * w * cmath.exp(-2j * math.pi * hz * i / rate)
        weight += w
    return round(20 * math.log10(max(abs(total) * 2 / weight / 32768, 1e-10)), 1)

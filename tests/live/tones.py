"""Sound files with a tone, for messages."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

#: Hz of the sound of a message; nobody else has it.
SOUND = 1500
SECONDS = 3
#: As loud as the tones of the phones.
PEAK = 5076


def written(path: Path, hz: int = SOUND, rate: int = 8000, seconds: float = SECONDS) -> Path:
    """A sound file with a tone; `rate` in Hz."""
    samples = (round(PEAK * math.sin(2 * math.pi * hz * at / rate)) for at in range(round(seconds * rate)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", each) for each in samples))
    return path

"""Records a page on a real FreeSWITCH: which tone each of its three phones hears, and when.

Each phone of the laboratory plays a tone of its own, so the frequency tells who is heard.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from controller.laboratory.levels import read_wave
from controller.laboratory.office import CUSTOMER as CUSTOMERS_TONE
from controller.laboratory.office import PHONES
from controller.simulator.measured import PAGE_TONE, MeasuredDemo
from controller.simulator.parties import HEARD
from controller.simulator.scene import CUSTOMER, PAGER, TARGET

PARTIES = {PAGER: "pager", TARGET: "target", CUSTOMER: "client"}
#: The frequencies in Hz. `muted` and `heard` are the tones of the mute key (dialplan/whisperpage.xml).
TONES = {
    "pager": PHONES[int(PAGER)][1],
    "target": PHONES[int(TARGET)][1],
    "client": CUSTOMERS_TONE,
    "tone": PAGE_TONE,
    "muted": 1400,
    "heard": 1000,
}
#: The seconds of one window of a recording, and from one window to the next.
LOOK, STEP = 0.05, 0.02
#: The phases whose mean levels are kept, and the moments at which each begins and ends.
PHASES = {"paged": ("connected", "mutes"), "muted": ("mutes", "unmutes")}


class Recorded(MeasuredDemo):
    """The laboratory, in which every phone is recorded from the moment at which it is in a call."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, tuple[str, Path, float]] = {}
        self.moments: list[tuple[str, float]] = []

    def happens(self, name: str) -> None:
        """Note the present time as a named moment."""
        self.moments.append((name, time.monotonic()))

    def listen(self, seconds: float) -> None:
        """Wait for so many seconds, and start to record each phone as soon as it is in a call."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for who, leg in self.parties.legs().items():
                if who in PARTIES and who not in self._files:
                    asked = time.monotonic()
                    self._files[who] = (leg, self.parties.record(who, leg), (asked + time.monotonic()) / 2)
            time.sleep(0.01)

    def stop(self) -> None:
        """End every recording."""
        for leg, path, _ in self._files.values():
            self._lab.phone_switch.api(f"uuid_record {leg} stop {path}")
        time.sleep(0.5)

    def dial(self, number: str) -> None:
        """The pager dials."""
        self.parties.dial(PAGER, number)

    def levels(self) -> dict[str, tuple[float, dict[str, np.ndarray]]]:
        """For each listener: the time at which its recording begins, and the levels of each tone in dBFS."""
        return {PARTIES[who]: (at, looks(path)) for who, (_, path, at) in self._files.items()}


def looks(path: Path) -> dict[str, np.ndarray]:
    """The level of each tone in dBFS, window by window."""
    samples, rate = read_wave(path)
    size, step = int(LOOK * rate), int(STEP * rate)
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, float), size)[::step]
    shape = np.hanning(size)
    times = np.arange(size) / rate
    found = {}
    for name, hz in TONES.items():
        wave = shape * np.exp(-2j * np.pi * hz * times)
        amplitude = np.abs(windows @ wave) * 2 / shape.sum() / 32768
        found[name] = 20 * np.log10(np.maximum(amplitude, 1e-6))
    return found


def record() -> dict[str, Any]:
    """Play and record a page on a real switch. Raises SwitchUnreachable if there is none."""
    with Recorded() as office:
        version = office._lab.pbx.api("version").split()[2].partition("-")[0]
        office.client_calls()
        office.listen(3)
        office.happens("dials")
        office.dial(f"*19{TARGET}")
        office.listen(1.5)
        office.happens("connected")
        office.listen(2)
        office.press("*5")
        office.happens("mutes")
        office.listen(3)
        office.press("*5")
        office.happens("unmutes")
        office.listen(3)
        office.happens("hangs up")
        office.parties.hang_up(PAGER)
        office.listen(2)
        office.stop()
        levels, moments = office.levels(), dict(office.moments)
    begin = moments["dials"] - 2
    return {
        "switch": f"FreeSWITCH {version}",
        "moments": {name: round(at - begin, 2) for name, at in moments.items()},
        "heard": {who: spans(at - begin, found) for who, (at, found) in levels.items()},
        "levels": {
            phase: {who: means(at, found, moments[a], moments[b]) for who, (at, found) in levels.items()}
            for phase, (a, b) in PHASES.items()
        },
    }


def spans(begin: float, found: dict[str, np.ndarray]) -> dict[str, list[list[float]]]:
    """For each tone, the times between which it was heard."""
    told = {}
    for name, values in found.items():
        edges = np.flatnonzero(np.diff(np.concatenate(([0], values > HEARD, [0]))))
        times = [round(begin + LOOK / 2 + STEP * float(edge), 2) for edge in edges]
        told[name] = [list(pair) for pair in list(pairwise(times))[::2]]
    return told


def means(at: float, found: dict[str, np.ndarray], begin: float, end: float) -> dict[str, float]:
    """The mean level of each voice between two moments, without the first second: a key takes that long."""
    first, last = (int((moment - at) / STEP) for moment in (begin + 1, end - 0.5))
    power = {name: np.mean(10 ** (values[first:last] / 10)) for name, values in found.items()}
    return {name: round(float(10 * np.log10(power[name])), 1) for name in PARTIES.values()}

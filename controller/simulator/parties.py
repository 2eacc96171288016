"""The parties of the story at the laboratory's phones: they dial, and what each hears is measured.

Each phone plays a tone of its own. What a phone hears is recorded, and searched for everybody's tone.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from controller.laboratory.lab import Lab
from controller.laboratory.levels import SILENCE, level, read_wave
from controller.laboratory.office import CUSTOMER as CUSTOMERS_TONE
from controller.laboratory.office import PHONES
from controller.simulator.scene import CAST, CUSTOMER, Matrix

#: The level in dBFS above which a tone counts as heard.
HEARD = -30.0
_SECONDS = 1.0
#: The tones in Hz of those of the cast who have a phone here.
_TONES = {str(who): hz for who, (_, hz) in PHONES.items() if str(who) in CAST} | {CUSTOMER: CUSTOMERS_TONE}


class Parties:
    """The cast of the story, at the phones of an open laboratory."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._dialled: dict[str, str] = {}
        self._early: set[str] = set()

    # -- what they do ----------------------------------------------------------------------------------------

    def dial(self, who: str, number: str, *, early: bool = False) -> None:
        """A phone dials; with `early` it has the media of its call, and sends keys, before an answer."""
        self.call(who, f"sofia/gateway/g{who}/{number}", PHONES[int(who)][1], early=early)

    def call(self, who: str, to: str, hz: int, *, early: bool = False) -> None:
        """A party calls a place, and plays its tone there."""
        phones = self._lab.phone_switch
        leg = self._dialled[who] = phones.api("create_uuid")
        if early:
            self._early.add(leg)
        media = f"ignore_early_media={str(not early).lower()}"
        variables = f"origination_uuid={leg},{media},absolute_codec_string='PCMU'"
        phones.command("event json BACKGROUND_JOB CHANNEL_HANGUP")
        phones.command(f"bgapi originate {{{variables}}}{to} ua-{hz}-{who} XML default\nJob-UUID: {leg}")

    def outcome(self, who: str) -> str | None:
        """The answer to the call that a party has made last; None if there is no news of it.

        Of one with early media, its end: the switch counts those as an answer.
        """
        leg = self._dialled.get(who)
        name = "Unique-ID" if leg in self._early else "Job-UUID"
        event = self._lab.phone_switch.event(0.01, lambda event: event.get(name) == leg)
        if event is None or leg not in self._early:
            return event.get("_body", "").strip() if event else None
        cause = event["Hangup-Cause"]
        return "+OK" if cause == "NORMAL_CLEARING" else f"-ERR {cause}"

    def press(self, who: str, keys: str) -> None:
        """A party presses keys, which its phone sends as DTMF in its media."""
        leg = self.legs().get(who) or self._dialled[who]
        self._lab.phone_switch.api(f"uuid_send_dtmf {leg} {keys}")

    def hang_up(self, who: str) -> None:
        """A party ends its call, or that which it has made last; returns when its leg is gone."""
        leg, phones = self.legs().get(who) or self._dialled[who], self._lab.phone_switch
        phones.api(f"uuid_kill {leg}")
        while phones.api(f"uuid_exists {leg}") == "true":
            time.sleep(0.01)

    # -- what they hear --------------------------------------------------------------------------------------

    def legs(self) -> dict[str, str]:
        """The answered leg at the phone switch of each party that is on a call."""
        rows = json.loads(self._lab.phone_switch.api("show channels as json")).get("rows", [])
        up = [row for row in rows if row["callstate"] == "ACTIVE"]
        own = {row["uuid"]: row for row in up}
        found = {who: leg for who, leg in self._dialled.items() if leg in own}
        for who in CAST:
            context = CUSTOMER if who == CUSTOMER else f"phone{who}"
            called = [
                row["uuid"] for row in up if row["context"] == context and row["direction"] == "inbound"
            ]
            found |= {who: called[-1]} if called else {}
        return found

    def hears(self) -> Matrix:
        """Who hears whom, measured for a second."""
        files = {who: (leg, self.record(who, leg)) for who, leg in self.legs().items()}
        time.sleep(_SECONDS)
        self._stop(files)
        paths = {who: path for who, (_, path) in files.items()}
        return {who: self._heard(who, paths.get(who)) for who in CAST}

    def listen(self, seconds: float) -> dict[str, Path]:
        """Record everybody who is on a call in the next seconds, from the first moment on."""
        files: dict[str, tuple[str, Path]] = {}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for who, leg in self.legs().items():
                if who not in files:
                    files[who] = (leg, self.record(who, leg))
            time.sleep(0.03)
        self._stop(files)
        return {who: path for who, (_, path) in files.items()}

    def record(self, who: str, leg: str) -> Path:
        """Begin to record what a party hears on a leg."""
        path = Path(self._lab.recordings) / f"look-{who}-{time.monotonic_ns()}.wav"
        self._lab.phone_switch.api(f"uuid_record {leg} start {path}")
        return path

    @staticmethod
    def _heard(who: str, path: Path | None) -> frozenset[str]:
        """The others whose tone a recording of this party has."""
        others = ((other, hz) for other, hz in _TONES.items() if other != who)
        return frozenset(other for other, hz in others if path and _level(path, hz) > HEARD)

    def _stop(self, files: dict[str, tuple[str, Path]]) -> None:
        for leg, path in files.values():
            self._lab.phone_switch.api(f"uuid_record {leg} stop {path}")


def has_tone(path: Path, hz: int) -> bool:
    """Whether a recording has at least a tenth of a second of a tone."""
    if not path.exists():
        return False
    samples, rate = read_wave(path)
    window = rate // 20
    starts = range(0, len(samples) - window, window)
    levels = [level(samples[at : at + window], rate, hz) for at in starts]
    return sum(each > HEARD for each in levels) >= 2


def _level(path: Path, hz: float) -> float:
    if not path.exists():
        return SILENCE
    samples, rate = read_wave(path)
    return level(samples, rate, hz)

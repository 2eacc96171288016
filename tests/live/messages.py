"""Messages: sound files with a tone, and a program that sends them over HTTP."""

from __future__ import annotations

import json
import math
import struct
import wave
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from controller.laboratory.office import DOMAIN
from tests.live.office import Office

TOKEN = "an-administrators-token-of-the-lab"
SENDER = f"lobby@{DOMAIN}"
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


class Messages:
    """Sends messages over HTTP."""

    def __init__(self, office: Office, base: str) -> None:
        self.office, self._base = office, base

    def send(self, message: str, *to: str) -> list[dict[str, Any]]:
        body = json.dumps({"message": message, "from": SENDER, "to": to}).encode()
        found: list[dict[str, Any]] = self._ask(Request(f"{self._base}/api/v1/messages", body))["messages"]
        return found

    def result(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message once it has ended."""
        found: dict[str, Any] = self._ask(Request(f"{self._base}/api/v1/messages/{message['id']}?wait=30"))
        return found

    @staticmethod
    def _ask(request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {TOKEN}")
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def is_heard(self) -> bool:
        """Whether a message to a target on a call is up, with its keys."""
        legs = self.office.page_legs()
        relay = next((row["uuid"] for row in legs if row["name"].endswith("-a")), "")
        keys = relay and self.office.lab.pbx.api(f"uuid_getvar {relay} whisperpage_keys")
        return len(legs) == 2 and keys == "true"

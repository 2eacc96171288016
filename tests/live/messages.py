"""Messages: sound files with a tone, and a program that sends them over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from controller.laboratory.levels import write_tone
from controller.laboratory.office import DOMAIN
from tests.live.office import Office

TOKEN = "an-administrators-token-of-the-lab"
SENDER = f"lobby@{DOMAIN}"
#: Hz of the sound of a message; nobody else has it.
SOUND = 1500
SECONDS = 3


def written(path: Path, hz: int = SOUND, rate: int = 8000, seconds: float = SECONDS) -> Path:
    """A sound file with a tone, as loud as those of the phones; `rate` in Hz."""
    write_tone(path, hz, seconds, rate)
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

"""The user's own switch in place of the laboratory: WHISPERPAGE_TEST_SWITCH_URL=esl://:PASSWORD@HOST:8021.

It runs only cases that need no phone and do not touch its calls.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from controller.switch_address import SwitchAddress, parse_switch_url
from tests.contract.wire import Wire

VARIABLE = "WHISPERPAGE_TEST_SWITCH_URL"
LEFT_OUT = f"left out with {VARIABLE}: it needs the laboratory's phones, users and calls"


def address() -> SwitchAddress | None:
    """The address of that switch, or None."""
    url = os.environ.get(VARIABLE)
    return parse_switch_url(url) if url else None


def freeswitch() -> str:
    """The laboratory's program; skips a test if there is none, or if the user's own switch replaces it."""
    if address():
        pytest.skip(LEFT_OUT)
    binary = os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")
    if not binary or not Path(binary).exists():
        pytest.skip("no real switch: put freeswitch on PATH or name it in FREESWITCH_BIN")
    return binary


class OwnSwitch:
    """The actions that the contract's cases may use on it; a case that uses another one is skipped."""

    def __init__(self, address: SwitchAddress) -> None:
        if address.user:
            pytest.skip(
                f"the wire's contract needs the event socket's own password, not a user, in {VARIABLE}"
            )
        self._address = address

    def __getattr__(self, name: str) -> Any:
        pytest.skip(LEFT_OUT)

    def connect(self, *, login: bool = True) -> Wire:
        """Connect to it."""
        own = self._address
        return Wire(own.port, login=login, host=own.host, password=own.password)

    def expect_unknown(self, text: str) -> None:
        """Do nothing: it has no list of unknown commands."""

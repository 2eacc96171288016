"""The laboratory on a machine without a switch."""

from __future__ import annotations

import pytest

from controller.laboratory.lab import Lab


def test_without_a_switch_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESWITCH_BIN", "/nowhere/freeswitch")
    with pytest.raises(FileNotFoundError, match="FREESWITCH_BIN"):
        Lab()

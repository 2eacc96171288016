"""`serve` without a switch: a person at a terminal gets a hint at the demo, which needs no switch."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import gevent
import pytest
from gevent import select
from structlog.testing import capture_logs

from controller.cli.waiting import Waiting
from controller.simulator.office import Office
from tests.unit.cli.serving import Serving

NOBODY = "esl://:ClueCon@127.0.0.1:1"


def test_the_hint_is_repeated_until_a_switch_was_there() -> None:
    met: list[bool] = []
    with capture_logs() as logs:
        waiting = Waiting(lambda: bool(met), terminal=True, soon=0.0, every=0.001)
        waiting.start()
        with gevent.Timeout(60):
            while len(logs) < 3:
                gevent.sleep(0.001)
        met.append(True)
        waiting.join(60)
        count = len(logs)
    assert not waiting.running
    assert {entry["event"] for entry in logs[:count]} == {"switch.awaited"}


def test_with_a_switch_there_is_no_hint() -> None:
    with capture_logs() as logs:
        waiting = Waiting(lambda: True, terminal=True, soon=0.0, every=0.001)
        waiting.start()
        waiting.join(60)
    assert logs == []


def test_without_a_terminal_there_is_no_hint() -> None:
    waiting = Waiting(lambda: False, terminal=False, soon=0.0)
    waiting.start()
    assert not waiting.running


@pytest.fixture
def office() -> Office:
    """A switch for its address alone, which the test does not use."""
    with Office() as office:
        return office


def test_a_terminal_without_a_switch_gets_a_hint_at_the_demo(office: Office, tmp_path: Path) -> None:
    ours, its = pty.openpty()
    with os.fdopen(its, "wb", 0) as terminal:
        serving = Serving(
            office,
            tmp_path,
            stderr=terminal,
            WHISPERPAGE_SWITCH_URL=NOBODY,
            WHISPERPAGE_LOG_LEVEL="info",
            WHISPERPAGE_LOG_FORMAT="console",
        )
    seen = ""
    try:
        with gevent.Timeout(60, AssertionError(seen)):
            while "demo --stay" not in seen:
                select.select([ours], [], [])
                seen += os.read(ours, 65536).decode()
        assert "tries again by itself" in seen
        assert seen.count("switch.not_up") == 1
        serving.process.terminate()
        assert serving.process.wait(60) == 0
    finally:
        serving.close()
        os.close(ours)

"""`whisperpage demo`: the story as the command plays it, and that its exit status tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from controller.cli.main import run
from controller.simulator import story
from controller.simulator.simulated import SimulatedDemo


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """What the demo silences is heard again in the tests after it."""
    yield
    structlog.reset_defaults()


def test_demo_plays_every_scene_as_it_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--json"]) == 0
    scenes = json.loads(capsys.readouterr().out)
    assert [scene["title"] for scene in scenes] == [scene.title for scene in story.SCENES]
    assert all(scene["right"] for scene in scenes)
    assert sum(scene["seconds"] for scene in scenes) < 10


def test_demo_tells_by_its_status_and_its_table_that_something_was_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = replace(story.SCENES[0], hears=story.PAGED)
    monkeypatch.setattr(story, "SCENES", (wrong,))
    monkeypatch.setattr(SimulatedDemo, "patience", 0.1)
    assert run(["demo"]) == 1
    shown = capsys.readouterr().out
    assert "missing" in shown
    assert "Something was not as it should be." in shown


def test_demo_on_a_real_switch_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREESWITCH_BIN", "/nowhere/freeswitch")
    assert run(["demo", "--switch", "freeswitch"]) == 1
    assert "There is no freeswitch here" in capsys.readouterr().err

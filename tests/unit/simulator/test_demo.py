"""`whisperpage demo`: the story as the command plays it, and that its exit status tells."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import structlog

from controller.cli.main import run
from controller.simulator import story
from controller.simulator.scene import Scene
from controller.simulator.simulated import SimulatedDemo


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    """What the demo silences is heard again in the tests after it."""
    yield
    structlog.reset_defaults()


def play_only(monkeypatch: pytest.MonkeyPatch, scene: Scene, patience: float = 0.1) -> None:
    """A story of one scene, after which nothing is in the history."""
    monkeypatch.setattr(story, "SCENES", (scene,))
    monkeypatch.setattr(story, "HISTORY", ())
    monkeypatch.setattr(story, "BRANCH_HISTORY", ())
    monkeypatch.setattr(SimulatedDemo, "patience", patience)


class Told(NamedTuple):
    """The exit status of the whole demo, and its scenes as JSON."""

    status: int
    scenes: list[dict[str, Any]]

    def two(self, title: str) -> list[dict[str, Any]]:
        """The scene with this in its title, and the next one."""
        at = next(number for number, scene in enumerate(self.scenes) if title in scene["title"])
        return self.scenes[at : at + 2]


@pytest.fixture(scope="module")
def told() -> Told:
    """The whole demo, played once."""
    with redirect_stdout(io.StringIO()) as out:
        status = run(["demo", "--json"])
    return Told(status, json.loads(out.getvalue()))


def test_demo_plays_every_scene_as_it_should_be(told: Told) -> None:
    scenes = told.scenes
    assert told.status == 0
    assert [scene["title"] for scene in scenes] == [scene.title for scene in story.SCENES]
    assert all(scene["right"] for scene in scenes)
    assert [scene["lamps"] for scene in scenes[1:4]] == [["page"], ["mute", "page"], ["page"]]
    assert sum(scene["seconds"] for scene in scenes) < 60


def test_demo_has_a_message_that_its_target_alone_hears_and_whose_sender_reads_the_reply(told: Told) -> None:
    sent, replied = told.two("a message")
    assert (sent["message"], sent["tone"]) == (["1002"], ["1002"])
    assert sent["hears"]["customer"] == replied["hears"]["customer"] == ["1002"]
    assert (sent["reply"], replied["reply"]) == ("", "five minutes")


def test_demo_has_a_reverse_page_of_which_the_far_party_hears_nothing(told: Told) -> None:
    private, ended = told.two("a reverse page")
    assert private["hears"]["1002"] == ["1005", "customer"]
    assert (private["hears"]["1005"], private["hears"]["customer"]) == (["1002"], [])
    assert private["tone"] == ["1002", "1005"]
    assert (ended["hears"]["1005"], ended["hears"]["customer"]) == ([], ["1002"])


def test_demo_has_a_call_back_once_the_target_is_free(told: Told) -> None:
    refused, rung = told.two("is in a conference")
    assert (refused["refused"], refused["hears"]["1001"]) == ("USER_BUSY", [])
    assert (rung["hears"]["1001"], rung["hears"]["1002"]) == (["1002"], ["1001"])
    assert rung["tone"] == ["1001", "1002"]


def test_demo_reports_by_its_status_and_its_table_that_something_was_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play_only(monkeypatch, replace(story.SCENES[0], wanted=story.PAGED))
    assert run(["demo"]) == 1
    shown = capsys.readouterr().out
    assert "missing" in shown
    assert "wrongly dark" in shown
    assert "Something was not as it should be." in shown


def test_demo_reports_that_the_history_is_not_what_was_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play_only(monkeypatch, story.SCENES[0])
    monkeypatch.setattr(story, "HISTORY", (("1002", "whisper", "stopped"),))
    assert run(["demo"]) == 1
    assert "That is not what was done." in capsys.readouterr().out


def test_demo_has_no_colours_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play_only(monkeypatch, story.SCENES[0], patience=4.0)
    assert run(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "now" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("other", [["--json"], ["--switch", "freeswitch"]])
def test_demo_stays_only_with_the_simulated_switch_and_for_a_person(
    other: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--stay", *other]) == 2
    assert "--stay is for the simulated switch" in capsys.readouterr().err


def test_demo_on_a_real_switch_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREESWITCH_BIN", "/nowhere/freeswitch")
    assert run(["demo", "--switch", "freeswitch"]) == 1
    assert "There is no freeswitch here" in capsys.readouterr().err

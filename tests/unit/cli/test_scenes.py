"""The scenes of the demo in a terminal: changes stand out, with colours and without."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from controller.cli.scenes import picture
from controller.simulator.scene import CUSTOMER, TARGET, Played, Scene, Seen
from controller.simulator.story import CALL, PAGED, SCENES

GREEN, RED, YELLOW = "\x1b[1;32m", "\x1b[1;31m", "\x1b[1;33m"
SCENE = SCENES[0]


def played(before: Seen, seen: Seen, wanted: Seen | None = None) -> Played:
    scene: Scene = replace(SCENE, wanted=seen if wanted is None else wanted)
    return Played(scene, before, seen, 1.0)


def shown(what: Played, *, over: bool = True) -> str:
    """The text that a terminal with colours would show."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="standard", width=100, highlight=False
    )
    console.print(picture(what, over=over))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_news_has_words_and_a_colour() -> None:
    text = shown(played(CALL, PAGED))
    assert f"{GREEN}now" in text
    assert f"{GREEN}now lit" in text
    assert YELLOW not in text


def test_an_end_has_words_and_a_colour() -> None:
    text = shown(played(PAGED, CALL))
    assert f"{YELLOW}no more" in text
    assert f"{YELLOW}now dark" in text
    assert GREEN not in text


def test_nothing_is_coloured_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(played(CALL, PAGED))
    assert "now" in text
    assert not any(colour in text for colour in (GREEN, RED, YELLOW))


def test_something_missing_is_no_fault_before_the_scene_is_over() -> None:
    going_on = played(CALL, CALL, wanted=PAGED)
    assert RED not in shown(going_on, over=False)
    assert f"{RED}missing" in shown(going_on)


def test_there_is_no_table_if_everybody_hears_the_same_as_before() -> None:
    assert shown(played(CALL, CALL)).strip() == "Who hears whom is as before."


def test_a_message_has_a_column_and_whoever_hears_it_wrongly_stands_out() -> None:
    told = replace(CALL, message=frozenset({TARGET}))
    everybody = replace(told, message=frozenset({TARGET, CUSTOMER}))
    assert "the message" in shown(played(CALL, told))
    assert RED not in shown(played(CALL, told))
    assert f"{RED}wrongly" in shown(played(CALL, everybody, wanted=told))
    assert f"{RED}missing" in shown(played(CALL, CALL, wanted=told))


def test_a_reply_is_shown_as_its_sender_reads_it_and_stands_out_if_it_is_another() -> None:
    replied = replace(CALL, reply="five minutes")
    assert f"the lobby reads: {GREEN}five minutes" in shown(played(CALL, replied))
    assert f"{RED}I cannot" in shown(played(CALL, replace(CALL, reply="I cannot"), wanted=replied))
    assert RED not in shown(played(CALL, CALL, wanted=replied), over=False)


def test_phones_that_take_no_part_are_left_out() -> None:
    text = shown(played(Seen(), CALL))
    assert "client" in text
    assert "colleague" not in text
    assert "reception" not in text

"""The picture of a status in a terminal of some size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from controller.cli.screen import Screen
from tests.unit.cli.controllers import page, refusal, status, switch

URL = "http://127.0.0.1:8019"
DOWN = switch(
    switch="10.0.0.2:8021",
    state="down",
    since="2026-11-22T11:59:00+00:00",
    trouble="10.0.0.2:8021 is away.",
    legs=0,
)


@pytest.fixture(autouse=True)
def in_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(
    told: dict[str, Any] | None, *, width: int = 120, height: int | None = None, trouble: str = ""
) -> list[str]:
    """The lines that a terminal of this size shows."""
    console = Console(width=width, record=True, highlight=False, file=StringIO())
    console.print(Screen(URL, told, trouble, "q ends"), height=height)
    return [line.rstrip() for line in console.export_text().splitlines()]


def words(line: str) -> str:
    return " ".join(line.split())


def test_a_state_has_its_colour() -> None:
    console = Console(record=True, force_terminal=True, color_system="standard", file=StringIO())
    console.print(Screen(URL, status(switch(), DOWN)))
    text = console.export_text(styles=True)
    assert "\x1b[32mup" in text
    assert "\x1b[31mdown" in text


def test_the_picture_names_its_controller() -> None:
    assert shown(status())[0] == f"Whisper Page 0.1.0 at {URL}   q ends"


def test_each_switch_is_shown_with_its_state_and_its_time() -> None:
    lines = shown(status(switch(page()), DOWN))
    assert words(lines[2]) == "switch state since legs pages connections"
    assert words(lines[3]) == "127.0.0.1:8021 up 09:55:00 (2 h 5 min) 7 1 1"
    assert words(lines[4]) == "10.0.0.2:8021 down 11:59:00 (1 min 0 s) 0 0 1"
    assert lines[5] == "10.0.0.2:8021 is away."


def test_a_page_is_shown_with_its_users_its_treatment_its_time_and_its_mute() -> None:
    lines = shown(status(switch(page(), page(muted=True, treatment="whisper"))))
    at = lines.index("pages: 2")
    assert words(lines[at + 1]) == "pager target treatment state since muted"
    assert words(lines[at + 2]) == "1001@pbx.test 1002@pbx.test whisper up 11:58:01 (1 min 59 s)"
    assert lines[at + 3].endswith("muted")


def test_a_call_that_is_not_answered_is_shown_since_its_start() -> None:
    call = page(state="calling", answered_at=None, treatment="intercom")
    assert any("calling" in line and "11:58:00 (2 min 0 s)" in line for line in shown(status(switch(call))))


def test_with_several_switches_each_page_has_its_own() -> None:
    assert any(
        line.endswith("10.0.0.9:8021")
        for line in shown(status(switch(), switch(page(), switch="10.0.0.9:8021")))
    )


def test_a_picture_without_pages_and_refusals_says_so() -> None:
    lines = shown(status())
    assert "No page is up." in lines
    assert "Nothing was refused lately." in lines


def test_a_refusal_is_shown_with_its_time_its_users_and_its_reason() -> None:
    lines = shown(status(refusals=[refusal()]))
    at = lines.index("refused lately: 1")
    assert lines[at + 2].split(maxsplit=3) == [
        "11:58:00", "1001@pbx.test", "1002@pbx.test", "the target is in a conference"
    ]  # fmt: skip


def test_a_refusal_of_an_unknown_pager_is_shown() -> None:
    assert any(line.startswith("11:58:00  -") for line in shown(status(refusals=[refusal(pager=None)])))


def test_the_database_is_shown_as_well_or_with_its_trouble() -> None:
    assert shown(status())[-1] == "database well; 0 records of the history wait, 0 are lost"
    told = {"waiting": 3, "lost": 0, "trouble": ""}
    assert shown(status(database={"trouble": "It hangs."}, history=told))[-1] == (
        "database It hangs. 3 records of the history wait, 0 are lost."
    )
    behind = {"waiting": 9, "lost": 1, "trouble": "It does not take it."}
    assert shown(status(history=behind))[-1].startswith("database It does not take it. 9 records")


def test_a_controller_that_is_away_is_one_sentence() -> None:
    assert shown(None, trouble="It does not answer. Trying again every 1 s.")[2:] == [
        "It does not answer. Trying again every 1 s."
    ]
    assert shown(None)[2:] == ["Asking the controller."]


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40, 20])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    told = status(switch(page(muted=True)), DOWN, refusals=[refusal()])
    assert max(map(len, shown(told, width=width))) <= width


def test_a_narrow_terminal_shows_all_that_matters() -> None:
    text = "\n".join(shown(status(switch(page(muted=True)), DOWN), width=80))
    for word in ("1001@pbx.test", "1002@pbx.test", "whisper", "1 min 59 s", "muted", "down", "2 h 5 min"):
        assert word in text


@pytest.mark.parametrize("height", [50, 24, 18])
def test_many_pages_and_refusals_fit_into_the_terminal_with_their_number(height: int) -> None:
    many = [page(pager=f"{number}@pbx.test") for number in range(1000, 1100)]
    lines = shown(status(switch(*many), DOWN, refusals=[refusal()] * 10), height=height)
    assert len(lines) <= height
    assert any(line.startswith("pages: 100, of which ") for line in lines)
    assert any(line.startswith("refused lately: 10") for line in lines)
    assert lines[-1].startswith("database well")


def test_pages_take_the_room_that_refusals_do_not_need() -> None:
    many = [page(pager=f"{number}@pbx.test") for number in range(1000, 1100)]
    lines = shown(status(switch(*many)), height=40)
    assert len([line for line in lines if "@pbx.test" in line]) == 40 - 11 - 1


def test_dialled_text_cannot_control_the_terminal() -> None:
    text = "\n".join(shown(status(refusals=[refusal(target="[red]9\x1b[31m\x07\n9")])))
    assert "[red]9?[31m??9" in text


@pytest.mark.parametrize(
    ("since", "duration"),
    [("11:59:59", "1 s"), ("11:00:01", "59 min 59 s"), ("00:00:00", "12 h 0 min"), ("12:00:05", "0 s")],
)
def test_durations_are_short(since: str, duration: str) -> None:
    told = status(switch(since=f"2026-11-22T{since}+00:00"))
    assert f"{since} ({duration})" in shown(told)[3]


def test_long_durations_are_in_days() -> None:
    assert "(2 d 3 h)" in shown(status(switch(since="2026-11-20T08:30:00+00:00")))[3]

"""The doctor on the user's own switch: WHISPERPAGE_TEST_SWITCH_URL=esl://:PASSWORD@HOST:8021."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from controller.eventsocket import api
from controller.eventsocket.connection import Connection
from controller.switch_address import parse_switch_url
from tests.live.own import VARIABLE
from tests.live.pbx import whisperpage

URL = os.environ.get(VARIABLE, "")
pytestmark = pytest.mark.skipif(not URL, reason=f"name your switch in {VARIABLE} to have it looked at")


def looked_at(folder: Path, *words: str) -> dict[str, tuple[bool, str]]:
    """The doctor's findings about the switch, and whether each is right."""
    environment = os.environ | {
        "WHISPERPAGE_SWITCH_URL": URL,
        "WHISPERPAGE_DATABASE_URL": f"sqlite:///{folder}/pages.db",
    }
    rows = json.loads(whisperpage(environment, "doctor", "--json", *words).stdout)
    return {row["what"]: (row["right"], f"{row['found']}. {row['fix']}") for row in rows if row["switch"]}


def legs() -> set[str]:
    """The uuids of all legs on the switch."""
    connection = Connection(parse_switch_url(URL))
    connection.connect()
    try:
        told = json.loads(connection.api(api.show_channels(), 5).text)
    finally:
        connection.stop()
    return {row["uuid"] for row in told.get("rows", []) if row["name"].startswith("loopback/")}


def test_doctor_finds_what_a_page_needs(tmp_path: Path) -> None:
    """Only the feature codes may be missing: they may be in a context with another name."""
    found = looked_at(tmp_path)
    assert [
        (what, told)
        for what, (right, told) in found.items()
        if not right and not what.startswith("feature codes")
    ] == []


def test_doctor_hears_a_page_that_is_as_it_should_be(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "--audio")
    heard = {what: told for what, told in found.items() if what.startswith("page: ")}
    assert len(heard) == 9, found
    assert [told for right, told in heard.values() if not right] == []


def test_doctor_leaves_none_of_its_legs(tmp_path: Path) -> None:
    before = legs()
    looked_at(tmp_path, "--audio")
    assert legs() <= before

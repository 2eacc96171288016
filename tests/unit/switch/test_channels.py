"""The rows of `show channels`, read a piece at a time."""

from __future__ import annotations

import json

import pytest

from controller.errors import SwitchTrouble
from controller.switch import channels
from controller.switch.channels import ChannelRow, rows_in


def answer(*rows: dict[str, str]) -> str:
    """The answer as the switch writes it."""
    return json.dumps({"row_count": len(rows), "rows": rows}, separators=(",", ":"))


def some(count: int, **columns: str) -> list[dict[str, str]]:
    return [{"uuid": f"u-{number}", "direction": "inbound"} | columns for number in range(count)]


def test_row_has_the_columns_that_are_used() -> None:
    row = {
        "uuid": "u-1",
        "direction": "outbound",
        "created": "2026-11-29 10:00:00",
        "created_epoch": "1700000000",
        "name": "sofia/internal/1002@10.0.0.1",
        "callstate": "ACTIVE",
        "context": "default",
        "presence_id": "1002@pbx.test",
    }
    name, presence = row["name"], row["presence_id"]
    expected = ChannelRow("u-1", name, "outbound", presence, "ACTIVE", "default", 1_700_000_000_000_000)
    assert list(rows_in(answer(row))) == [expected]


@pytest.mark.parametrize("piece", [1, 30, 60, 1000])
@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("name", ["", "},{", '},{"uuid":"x', "]", '"},{"uuid":"', "\\", "é\u2028"])
def test_rows_are_the_same_in_pieces_of_any_size_whatever_text_a_caller_has_chosen(
    monkeypatch: pytest.MonkeyPatch, piece: int, count: int, name: str
) -> None:
    monkeypatch.setattr(channels, "PIECE", piece)
    rows = some(count, name=name)
    assert [(row.uuid, row.name) for row in rows_in(answer(*rows))] == [(row["uuid"], name) for row in rows]


@pytest.mark.parametrize("text", ['{"row_count":0}', '{"rows":[]}', '{"row_count":0,"rows":[]}'])
def test_switch_without_channels_has_no_rows(text: str) -> None:
    assert list(rows_in(text)) == []


def test_answer_with_blanks_is_read_at_once() -> None:
    assert [row.uuid for row in rows_in(json.dumps({"rows": some(3)}))] == ["u-0", "u-1", "u-2"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-ERR",
        "[]",
        '{"rows":{}}',
        '{"rows":[1]}',
        '{"rows":[{"uuid":""}]}',
        '{"rows":[{"uuid":"a"}',
        '{"rows":[{"uuid":"a"},]',
    ],
)
def test_answer_of_another_form_is_trouble(text: str) -> None:
    with pytest.raises(SwitchTrouble):
        list(rows_in(text))

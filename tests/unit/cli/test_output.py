"""The forms of listings."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime

import pytest

from controller.cli import output
from controller.cli.output import Form, complain, emit, emit_one
from controller.domain.policy import Accept

COLUMNS = ("name", "may_call", "accept", "count", "at", "note")
ROW = {
    "name": "reception",
    "may_call": True,
    "accept": Accept.ALL,
    "count": 3,
    "at": datetime(2025, 1, 31, 12, 0, 0, tzinfo=UTC),
    "note": None,
}
OTHER = {**ROW, "name": "a, b", "may_call": False, "note": "two\nlines"}


def test_json_keeps_types_and_is_valid_for_any_number_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    for rows in ([], [ROW], [ROW, OTHER]):
        emit(COLUMNS, rows, Form.JSON)
        found = json.loads(capsys.readouterr().out)
        assert len(found) == len(rows)
    assert found[0] == {
        "name": "reception",
        "may_call": True,
        "accept": "all",
        "count": 3,
        "at": "2025-01-31T12:00:00+00:00",
        "note": None,
    }


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@a", "\tx"])
def test_what_a_phone_has_written_is_no_formula_in_csv(capsys: pytest.CaptureFixture[str], text: str) -> None:
    emit(["dialled", "position"], [{"dialled": text, "position": -1}], Form.CSV)
    _, row = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row == [f"'{text}", "-1"]


def test_csv_has_a_header_and_quotes_where_needed(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, [ROW, OTHER], Form.CSV)
    assert capsys.readouterr().out == (
        "name,may_call,accept,count,at,note\n"
        "reception,true,all,3,2025-01-31T12:00:00+00:00,\n"
        '"a, b",false,all,3,2025-01-31T12:00:00+00:00,"two\nlines"\n'
    )


def test_a_table_in_a_pipe_is_plain_and_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, [ROW, OTHER], Form.TABLE, ("name", "may_call", "note"))
    assert capsys.readouterr().out == (
        "name       may call  note\nreception  yes       -\na, b       no        two | lines\n"
    )


def test_a_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    emit(("name", "note"), [], Form.TABLE)
    assert capsys.readouterr().out == "name  note\n"


def test_a_long_table_is_printed_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    def rows():
        for number in range(output.BATCH):
            yield {"name": number}
        assert capsys.readouterr().out.count("\n") >= output.BATCH  # the header and most of the first piece
        yield {"name": "last"}

    emit(("name",), list_of := rows(), Form.TABLE)
    assert list(list_of) == []


def test_a_table_on_a_terminal_has_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    emit(("name", "note"), [{"name": "[bold]x", "note": None}], Form.TABLE)
    out = capsys.readouterr().out
    assert "│" in out
    assert "[bold]x" in out


def test_one_row_is_printed_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit_one({"name": "reception", "may_call": False}, Form.TABLE)
    assert capsys.readouterr().out == "name      reception\nmay call  no\n"


def test_one_row_is_an_object_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    emit_one({"name": "reception", "may_call": False}, Form.JSON)
    assert capsys.readouterr().out == '{"name": "reception", "may_call": false}\n'


def test_a_complaint_is_one_short_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\r\nb \x1b[31m \x00 " + "x" * 10_000)
    err = capsys.readouterr().err
    assert err.startswith("whisperpage: a b ?[31m ? xxx")
    assert err.count("\n") == 1
    assert len(err) < 700

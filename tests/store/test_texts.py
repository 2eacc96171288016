"""Texts for people that scripts write by SQL: a phone shows them, or a command speaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa

from controller.store import ddl, schema
from controller.store.session import Store

Execute = Callable[[str], sa.CursorResult[Any]]
#: Statements that write such a text, and its greatest length in characters.
TEXTS = {
    "messages": ("INSERT INTO messages (owner, name, words) VALUES ('*', 'lobby', {})", 500),
    "replies": ("INSERT INTO replies (owner, digit, words) VALUES ('*', '9', {})", 64),
    "page_groups": ("INSERT INTO page_groups (extension, label) VALUES ('600', {})", 64),
}
#: What a terminal, a line protocol or the eye of a reader would take for more than a text.
HOSTILE = ("a\nb", "a\r\n\r\napi x", "\x01", "\x1b[2J", "é\x7f", "\x9b2J", "a\u2028b", "\u202eb", "\u2066b")
REFUSED = (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.OperationalError)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(params=TEXTS)
def table(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_text_with_a_control_character_is_refused(execute: Execute, table: str, text: str) -> None:
    with pytest.raises(REFUSED):
        execute(TEXTS[table][0].format(quoted(text)))


@pytest.mark.parametrize("more", [1, 10_000])
def test_a_text_that_is_too_long_is_refused(execute: Execute, table: str, more: int) -> None:
    sql, longest = TEXTS[table]
    with pytest.raises(REFUSED):
        execute(sql.format(quoted((longest + more) * "x")))


def test_the_length_of_a_text_is_that_in_characters(execute: Execute, table: str) -> None:
    sql, longest = TEXTS[table]
    assert execute(sql.format(quoted(longest * "é"))).rowcount == 1


def test_any_other_text_is_kept_as_it_is(execute: Execute, table: str) -> None:
    text = "Ihr Besuch — it's 5 o'clock, [a-z]*?^%_ 客人到了 🛎 ${id}"
    assert execute(TEXTS[table][0].format(quoted(text))).rowcount == 1
    column = "label" if table == "page_groups" else "words"
    assert text in execute(f"SELECT {column} FROM {table}").scalars().all()


@pytest.mark.parametrize("text", ["", "   "])
def test_only_a_message_needs_a_text(execute: Execute, table: str, text: str) -> None:
    sql = TEXTS[table][0].format(quoted(text))
    if table != "messages":
        assert execute(sql).rowcount == 1
        return
    with pytest.raises(REFUSED):
        execute(sql)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["'a' || char(0) || 'b'", "char(0)", "x'41'", "x'00'"])
def test_sqlite_stores_no_bytes_in_place_of_a_text(execute: Execute, table: str, value: str) -> None:
    with pytest.raises(REFUSED):
        execute(TEXTS[table][0].format(value))


@pytest.mark.parametrize("kind", ["mariadb"], indirect=True)
def test_mariadb_stores_no_nul(execute: Execute, table: str) -> None:
    with pytest.raises(REFUSED):
        execute(TEXTS[table][0].format("concat('a', char(0), 'b')"))


@pytest.mark.parametrize(("first", "last"), ddl.CONTROLS)
def test_what_sql_refuses_is_refused_by_the_program_as_well(first: int, last: int) -> None:
    assert not any(chr(code).isprintable() for code in range(first, last + 1))


# -- rows from before the constraints ----------------------------------------------------------------------

BEFORE = "0020"
#: The texts of before, and what an upgrade leaves of them.
MENDED = {
    "Your visitor is here": "Your visitor is here",
    " two  blanks ": " two  blanks ",
    "a\nb": "a b",
    "\x1b[2J": "[2J",
    "first\r\n\u2028last\n": "first   last",
}
READ = (
    "SELECT words FROM messages WHERE owner = '@pbx' ORDER BY number",
    "SELECT words FROM replies WHERE owner = '@pbx' AND declines ORDER BY digit",
    "SELECT label FROM page_groups WHERE domain = 'pbx' ORDER BY extension",
)


@pytest.fixture
def old(empty_url: str) -> Iterator[Store]:
    """A database of before, to which one of today went back."""
    with closing(Store(empty_url)) as store:
        schema.upgrade(store)
        schema.migrate(store, BEFORE)
        yield store


def write(store: Store, values: Iterable[str]) -> None:
    """Write values, expressions of SQL, into each of the columns, as a script does."""
    with store.transaction() as connection:
        for number, value in enumerate(values, 1):
            for columns, row in (
                ("messages (owner, name, number, words)", f"'@pbx', 'm{number}', {number}"),
                ("replies (owner, digit, declines, words)", f"'@pbx', '{number}', TRUE"),
                ("page_groups (extension, domain, label)", f"'60{number}', 'pbx'"),
            ):
                connection.execute(sa.text(f"INSERT INTO {columns} VALUES ({row}, {value})"))


def read(store: Store) -> list[list[str | None]]:
    with store.reading() as reading:
        return [list(reading.session.scalars(sa.text(query))) for query in READ]


def test_an_upgrade_keeps_each_row_and_what_can_be_read_of_its_text(old: Store) -> None:
    write(old, [*map(quoted, MENDED), "' '", quoted("\n\t")])
    sound = "INSERT INTO messages (owner, name, sound, number) VALUES ('@pbx', 'door', 'a.wav', 99)"
    with old.transaction() as connection:
        connection.execute(sa.text(sound))
    schema.upgrade(old)
    messages, replies, labels = read(old)
    # what had no text says its name, and what has a sound still has none
    assert messages == [*MENDED.values(), "m6", "m7", None]
    assert replies == labels == [*MENDED.values(), " ", ""]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_upgrade_of_sqlite_cuts_what_is_too_long_and_reads_what_is_no_text(old: Store) -> None:
    """Its columns take any length, and what another program imports from a file of another encoding."""
    latin = "CAST(x'66fc72' AS TEXT)"
    write(old, [quoted(10_000 * "é"), "'a' || char(0) || 'b'", "x'4142'", latin])
    schema.upgrade(old)
    rest = ["a b", "AB", "f\ufffdr"]
    assert read(old) == [[longest * "é", *rest] for longest in (500, 64, 64)]
    with old.reading() as reading:
        assert reading.session.scalar(sa.text("PRAGMA integrity_check")) == "ok"

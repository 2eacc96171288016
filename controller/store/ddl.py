"""The differences of data definition between SQLite, PostgreSQL and MySQL/MariaDB.

Migrations use these functions: the result of a function for given arguments must never change.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Computed

#: Compare names byte by byte on MySQL and MariaDB, like the other databases.
MYSQL_TABLE: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
}

HEADER_CHARACTERS = " -~\n"
#: The first and the last of each range of characters that no text for people has: control characters, and
#: what breaks lines or turns the direction of a text.
CONTROLS = ((0x01, 0x1F), (0x7F, 0x9F), (0x2028, 0x202E), (0x2066, 0x2069))


def only(dialect: str, column: str, characters: str) -> str:
    """The condition that every character of `column` is one of `characters`, written as in `[...]`."""
    # it tests for "no other character", since `$` also matches before a last line feed
    if dialect == "sqlite":
        return f"{column} NOT GLOB '*[^{characters}]*'"
    if dialect == "postgresql":
        return f"{column} !~ '[^{characters}]'"
    return f"{column} NOT REGEXP '[^{characters}]'"


def text_for_people(dialect: str, column: str, longest: int) -> str:
    """The condition that `column` is a text of at most `longest` characters, and none of `CONTROLS`."""
    if (
        dialect == "sqlite"
    ):  # any column of it takes bytes, and a text of any length; NUL ends a text for GLOB
        codes = ", ".join(f"{first}, 45, {last}" for first, last in CONTROLS)
        return (
            f"typeof({column}) <> 'blob' AND length({column}) <= {longest} AND instr({column}, char(0)) = 0 "
            f"AND {column} NOT GLOB '*[' || char({codes}) || ']*'"
        )
    if dialect == "postgresql":  # which stores no NUL
        codes = "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in CONTROLS)
        return f"char_length({column}) <= {longest} AND {column} !~ '[{codes}]'"
    # what a backslash means is a setting of the server, and MariaDB 10.11 stores _utf8mb4 x'00' wrongly
    codes = "[\0" + "".join(f"{chr(first)}-{chr(last)}" for first, last in CONTROLS) + "]"
    told = f"convert(unhex('{codes.encode().hex()}') USING utf8mb4)"
    return f"char_length({column}) <= {longest} AND {column} NOT REGEXP {told}"


def header_lines(dialect: str, column: str) -> str:
    """The condition that `column` has printable SIP headers (`Name: value`), one on each line, or nothing."""
    return (
        f"length({column}) <= 1000 AND {only(dialect, column, HEADER_CHARACTERS)} "
        f"AND ({column} = '' OR {column} LIKE '%_: _%')"
    )


def generated(dialect: str, expression: str) -> Computed:
    """A column computed from its row."""
    # PostgreSQL before 18 has only stored ones; MySQL forbids these for columns whose foreign keys cascade
    return Computed(expression, persisted=True if dialect == "postgresql" else None)


def day(dialect: str, moment: str) -> str:
    """The date in UTC of a UtcTime."""
    return f"CAST({moment} AT TIME ZONE 'UTC' AS DATE)" if dialect == "postgresql" else f"date({moment})"


def now(dialect: str) -> str:
    """The present time as a UtcTime, for the default of a column."""
    return "(UTC_TIMESTAMP(6))" if dialect in ("mysql", "mariadb") else "CURRENT_TIMESTAMP"


def seconds(dialect: str, start: str, end: str) -> str:
    """The seconds between two times."""
    if dialect == "sqlite":
        return f"(julianday({end}) - julianday({start})) * 86400.0"
    if dialect == "postgresql":
        return f"CAST(EXTRACT(EPOCH FROM {end} - {start}) AS DOUBLE PRECISION)"
    return f"TIMESTAMPDIFF(MICROSECOND, {start}, {end}) / 1000000.0"


def domain_of(dialect: str, name: str) -> str:
    """The part of a name after its @; null if it has no @."""
    if dialect == "postgresql":
        return f"nullif(split_part({name}, '@', 2), '')"
    if dialect == "sqlite":
        return f"CASE WHEN instr({name}, '@') > 0 THEN substr({name}, instr({name}, '@') + 1) END"
    return f"CASE WHEN locate('@', {name}) > 0 THEN substring_index({name}, '@', -1) END"


def joined(dialect: str, left: str, right: str) -> str:
    """The concatenation of two texts."""
    return f"{left} || {right}" if dialect == "sqlite" else f"concat({left}, {right})"


def sqlite_reference(
    child: str, column: str, parent: str, key: str, *, delete_cascades: bool, update_cascades: bool
) -> list[str]:
    """Triggers that check a foreign key on SQLite even if foreign keys are off.

    SQLite checks foreign keys only on connections with `PRAGMA foreign_keys`, which its command line does not
    use. Without these triggers, a misspelt group in a hand-written UPDATE would be stored.
    """
    name = f"tr_{child}_{column}"
    missing = f"NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {key} = NEW.{column})"
    used = f"EXISTS (SELECT 1 FROM {child} WHERE {column} = OLD.{key})"
    no_parent = f"BEGIN SELECT RAISE(ABORT, '{child}.{column}: no such row in {parent}'); END"
    in_use = f"BEGIN SELECT RAISE(ABORT, '{parent}.{key}: still used by {child}.{column}'); END"
    take_away = f"BEGIN DELETE FROM {child} WHERE {column} = OLD.{key}; END"
    follow = f"BEGIN UPDATE {child} SET {column} = NEW.{key} WHERE {column} = OLD.{key}; END"
    return [
        f"CREATE TRIGGER {name}_insert BEFORE INSERT ON {child} WHEN {missing} {no_parent}",
        f"CREATE TRIGGER {name}_update BEFORE UPDATE OF {column} ON {child} WHEN {missing} {no_parent}",
        f"CREATE TRIGGER {name}_gone AFTER DELETE ON {parent} {take_away}"
        if delete_cascades
        else f"CREATE TRIGGER {name}_gone BEFORE DELETE ON {parent} WHEN {used} {in_use}",
        f"CREATE TRIGGER {name}_renamed AFTER UPDATE OF {key} ON {parent} {follow}"
        if update_cascades
        else f"CREATE TRIGGER {name}_renamed BEFORE UPDATE OF {key} ON {parent} "
        f"WHEN OLD.{key} <> NEW.{key} AND {used} {in_use}",
    ]

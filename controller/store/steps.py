"""The steps of migrations, which can be run again after an interruption.

SQLite and PostgreSQL undo a migration that was killed. MySQL and MariaDB keep each statement of data
definition, and commit everything before it. There, a step accepts what exists already, and a migration
changes rows at its end, so that the rows and the version are committed together. Migrations use these
functions like those of `ddl`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from controller.errors import DatabaseUnavailable
from controller.store import ddl

_QUOTE = "'"


def create_table(name: str, *items: SchemaItem) -> None:
    """Make a table. Raises DatabaseUnavailable if a table with this name has other columns."""
    if not _keeps_each_statement() or not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, **ddl.MYSQL_TABLE)
        return
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(name)}
    if there != {item.name for item in items if isinstance(item, sa.Column)}:
        raise DatabaseUnavailable(
            f"The database has a table {name} of another program: give whisperpage a database of its own."
        )


def create_index(table: str, columns: list[str]) -> None:
    """Make an index that is named after its columns."""
    name = f"ix_{table}_{'_'.join(columns)}"
    if _keeps_each_statement():
        there: list[Any] = sa.inspect(op.get_bind()).get_indexes(table)
        if any(index["name"] == name for index in there):
            return
    op.create_index(op.f(name), table, columns)


def drop_index(table: str, columns: list[str]) -> None:
    """Remove such an index, if it exists."""
    name = f"ix_{table}_{'_'.join(columns)}"
    if any(index["name"] == name for index in sa.inspect(op.get_bind()).get_indexes(table)):
        op.drop_index(op.f(name), table)


def add_counter(table: str, name: str, comment: str) -> None:
    """Add a column of whole numbers from 1 on, with 1 in every existing row."""
    _add_column(table, name, "INTEGER DEFAULT 1", f"{name} >= 1", comment)


def add_choice(table: str, name: str, length: int, choices: list[str], default: str, comment: str) -> None:
    """Add a text column with one of these values, with the default in every existing row."""
    values = ", ".join(f"'{choice}'" for choice in choices)
    _add_column(table, name, f"VARCHAR({length}) DEFAULT '{default}'", f"{name} IN ({values})", comment)


def add_number(table: str, name: str, limits: tuple[int, int], comment: str) -> None:
    """Add a column of whole numbers within these limits, with the lower one in every existing row."""
    lowest, highest = limits
    condition = f"{name} BETWEEN {lowest} AND {highest}"
    _add_column(table, name, f"INTEGER DEFAULT {lowest}", condition, comment)


def add_text(table: str, name: str, length: int, comment: str) -> None:
    """Add a text column, with null in every existing row."""
    if _keeps_each_statement() and _has_column(table, name):
        return
    told = f" COMMENT '{comment.replace(_QUOTE, 2 * _QUOTE)}'" if _keeps_each_statement() else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR({length}){told}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{comment.replace(_QUOTE, 2 * _QUOTE)}'")


def drop_text(table: str, name: str) -> None:
    """Remove such a column, if it exists."""
    if _has_column(table, name):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def drop_column(table: str, name: str) -> None:
    """Remove a column with a check constraint, if it exists."""
    if not _has_column(table, name):
        return
    # SQLite removes the constraint together with its column
    check = "" if _sqlite() else f"DROP CONSTRAINT ck_{table}_{name}, "
    op.execute(f"ALTER TABLE {table} {check}DROP COLUMN {name}")


def change_length(table: str, column: str, before: int, since: int) -> None:
    """Change the length of a text column that is not null; no value may be longer than the new length."""
    if _sqlite():
        _rewrite(table, f"{column} VARCHAR({before})", f"{column} VARCHAR({since})")
    elif _keeps_each_statement():
        told: list[Any] = sa.inspect(op.get_bind()).get_columns(table)
        (found,) = (each for each in told if each["name"] == column)
        default = f" DEFAULT {found['default']}" if found["default"] else ""
        comment = (found.get("comment") or "").replace("'", "''")
        op.execute(
            f"ALTER TABLE {table} MODIFY {column} VARCHAR({since}) NOT NULL{default} COMMENT '{comment}'"
        )
    else:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR({since})")


def drop_reference(table: str, column: str, parent: str) -> None:
    """Drop a foreign key on MySQL and MariaDB, which cannot change a column that has one."""
    name = f"fk_{table}_{column}_{parent}"
    if _keeps_each_statement() and name in _references(table):
        op.execute(f"ALTER TABLE {table} DROP FOREIGN KEY {name}")


def add_reference(table: str, column: str, parent: str, key: str, more: str = "") -> None:
    """Add the foreign key again."""
    name = f"fk_{table}_{column}_{parent}"
    if _keeps_each_statement() and name not in _references(table):
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) "
            f"REFERENCES {parent} ({key}){more}"
        )


def change_check(table: str, column: str, before: str, since: str) -> None:
    """Replace the check constraint of a column."""
    name = f"ck_{table}_{column}"
    if _sqlite():
        _rewrite(table, before, since)
        return
    if name in _checks(table):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({since})")


def add_check(table: str, column: str, condition: str, *, before: str, mysql: bool = False) -> None:
    """Add a check constraint on a column, in front of the constraint `before`.

    MySQL and MariaDB get it if `mysql` says so: they forbid it on a column that a foreign key changes (errors
    3823, 1901).
    """
    name = f"ck_{table}_{column}"
    if _sqlite():
        own = f"CONSTRAINT {name} CHECK ({condition}), "
        _rewrite(table, f"CONSTRAINT {before} ", f"{own}CONSTRAINT {before} ")
    elif (mysql or not _keeps_each_statement()) and name not in _checks(table):
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")


def drop_check(table: str, column: str, condition: str, *, mysql: bool = False) -> None:
    """Drop such a check constraint."""
    name = f"ck_{table}_{column}"
    if _sqlite():
        _rewrite(table, f"CONSTRAINT {name} CHECK ({condition}), ", "")
    elif (mysql or not _keeps_each_statement()) and name in _checks(table):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def create_view(name: str, query: str) -> None:
    """Make a view."""
    create = "CREATE OR REPLACE VIEW" if _keeps_each_statement() else "CREATE VIEW"
    op.execute(f"{create} {name} AS {query}")


def drop_table(name: str) -> None:
    """Remove a table, if it exists."""
    op.execute(f"DROP TABLE IF EXISTS {name}")


def drop_view(name: str) -> None:
    """Remove a view, if it exists."""
    op.execute(f"DROP VIEW IF EXISTS {name}")


def _add_column(table: str, name: str, kind: str, condition: str, comment: str) -> None:
    if _keeps_each_statement() and _has_column(table, name):
        return
    column = f"{name} {kind} NOT NULL"
    check = f"CONSTRAINT ck_{table}_{name} CHECK ({condition})"
    if _sqlite():  # it cannot add a constraint to a table, but a column with one
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {check}")
        return
    told = f" COMMENT '{comment}'" if _keeps_each_statement() else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}{told}, ADD {check}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{comment}'")


def _rewrite(table: str, before: str, since: str) -> None:
    """Change the stored definition of an SQLite table, which has the constraints of its columns.

    SQLite has no statement for this. Its documentation recommends this way for changes that do not affect the
    stored rows (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
    Raises DatabaseUnavailable if the definition does not have the expected text once.
    """
    connection = op.get_bind()
    words = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"
    sql = connection.execute(sa.text(words), {"table": table}).scalar() or ""
    if sql.count(before) != 1:
        raise DatabaseUnavailable(
            f"The table {table} was changed by another program: restore it from a backup, then try again."
        )
    version: Any = connection.execute(sa.text("PRAGMA schema_version")).scalar()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": sql.replace(before, since), "table": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _references(table: str) -> set[str]:
    return {str(each["name"]) for each in sa.inspect(op.get_bind()).get_foreign_keys(table)}


def _checks(table: str) -> set[str]:
    return {str(each["name"]) for each in sa.inspect(op.get_bind()).get_check_constraints(table)}


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _has_column(table: str, name: str) -> bool:
    there: list[Any] = sa.inspect(op.get_bind()).get_columns(table)
    return any(column["name"] == name for column in there)


def _keeps_each_statement() -> bool:
    return op.get_bind().dialect.name in ("mysql", "mariadb")

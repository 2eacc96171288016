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


def add_counter(table: str, name: str, comment: str) -> None:
    """Add a column of whole numbers from 1 on, with 1 in every existing row."""
    if _keeps_each_statement() and _has_column(table, name):
        return
    dialect = op.get_bind().dialect.name
    column = f"{name} INTEGER DEFAULT 1 NOT NULL"
    check = f"CONSTRAINT ck_{table}_{name} CHECK ({name} >= 1)"
    if dialect == "sqlite":  # it cannot add a constraint to a table, but a column with one
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {check}")
        return
    told = f" COMMENT '{comment}'" if _keeps_each_statement() else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}{told}, ADD {check}")
    if dialect == "postgresql":
        op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{comment}'")


def drop_counter(table: str, name: str) -> None:
    """Remove such a column, if it exists."""
    if not _has_column(table, name):
        return
    # SQLite removes the constraint together with its column
    check = "" if op.get_bind().dialect.name == "sqlite" else f"DROP CONSTRAINT ck_{table}_{name}, "
    op.execute(f"ALTER TABLE {table} {check}DROP COLUMN {name}")


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


def _has_column(table: str, name: str) -> bool:
    there: list[Any] = sa.inspect(op.get_bind()).get_columns(table)
    return any(column["name"] == name for column in there)


def _keeps_each_statement() -> bool:
    return op.get_bind().dialect.name in ("mysql", "mariadb")

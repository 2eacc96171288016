"""What migrations do to a schema, so that one that was broken off can be run again.

SQLite and PostgreSQL undo a migration that was killed. MySQL and MariaDB keep each statement of data
definition, and commit what came before it: there, what is there already is taken, and a migration changes
rows last, so that the rows and the version are committed together. Migrations stand on these functions, as on
those of `ddl`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from controller.errors import DatabaseUnavailable
from controller.store import ddl


def create_table(name: str, *items: SchemaItem) -> None:
    """Make a table. Raises DatabaseUnavailable if there is one of that name with other columns."""
    if not _keeps_each_statement() or not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, **ddl.MYSQL_TABLE)
        return
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(name)}
    if there != {item.name for item in items if isinstance(item, sa.Column)}:
        raise DatabaseUnavailable(
            f"The database has a table {name} of another program: give whisperpage a database of its own."
        )


def create_index(table: str, columns: list[str]) -> None:
    """Make an index that is named by its columns."""
    name = f"ix_{table}_{'_'.join(columns)}"
    if _keeps_each_statement():
        there: list[Any] = sa.inspect(op.get_bind()).get_indexes(table)
        if any(index["name"] == name for index in there):
            return
    op.create_index(op.f(name), table, columns)


def create_view(name: str, query: str) -> None:
    """Make a view."""
    create = "CREATE OR REPLACE VIEW" if _keeps_each_statement() else "CREATE VIEW"
    op.execute(f"{create} {name} AS {query}")


def drop_table(name: str) -> None:
    """Take a table away, if it is there."""
    op.execute(f"DROP TABLE IF EXISTS {name}")


def drop_view(name: str) -> None:
    """Take a view away, if it is there."""
    op.execute(f"DROP VIEW IF EXISTS {name}")


def _keeps_each_statement() -> bool:
    return op.get_bind().dialect.name in ("mysql", "mariadb")

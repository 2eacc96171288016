"""texts for people: no control characters, and no more than fits their columns"""

import re

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

#: The tables with the keys of their rows, the column of the text, its length, and its comment.
TEXTS = (
    ("messages", ("owner", "name"), "words", 500, "a text to be spoken{}; null: it has a sound"),
    ("replies", ("owner", "digit"), "words", 64, "what the pager reads{}; empty: no reply by this key"),
    ("page_groups", ("id",), "label", 64, "its name for people{}"),
)
NO_CONTROLS = ", without control characters"
SOME, NOT_BLANK = "length(words) >= 1", "trim(words) <> ''"
#: The constraint in front of which SQLite gets that of a text.
BEFORE = {"replies": "ck_replies_digit", "page_groups": "ck_page_groups_extension"}
CONTROL = re.compile("[\0" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ddl.CONTROLS) + "]")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, keys, column, longest, comment in TEXTS:
        mend(table, keys, column, longest)
        condition = ddl.text_for_people(dialect, column, longest)
        if table == "messages":
            steps.change_check(table, column, SOME, f"{NOT_BLANK} AND {condition}")
        else:
            steps.add_check(table, column, condition, before=BEFORE[table], mysql=True)
        explain(table, column, longest, comment.format(NO_CONTROLS))


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, _, column, longest, comment in TEXTS:
        condition = ddl.text_for_people(dialect, column, longest)
        if table == "messages":
            steps.change_check(table, column, f"{NOT_BLANK} AND {condition}", SOME)
        else:
            steps.drop_check(table, column, condition, mysql=True)
        explain(table, column, longest, comment.format(""))


def mend(table: str, keys: tuple[str, ...], column: str, longest: int) -> None:
    """Make the texts that are there fit the constraint; no row is lost."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    there = f"hex({column})" if sqlite else column  # not each text of SQLite can be read as one
    where = " AND ".join(f"{key} = :{key}" for key in keys)
    query = f"SELECT {there}, {', '.join(keys)} FROM {table} WHERE {column} IS NOT NULL"
    for text, *row in connection.execute(sa.text(query)).all():
        before = bytes.fromhex(text).decode(errors="replace") if sqlite else text
        since = mended(before, longest)
        if table == "messages" and not since.strip():
            since = row[-1]  # a message without a text says its name
        connection.execute(
            sa.text(f"UPDATE {table} SET {column} = :text WHERE {where} AND {column} <> :text"),
            {"text": since} | dict(zip(keys, row, strict=True)),
        )


def mended(text: str, longest: int) -> str:
    """The text itself, or one that fits: with a blank for each control character, cut to its length."""
    plain = CONTROL.sub(" ", text)
    return text if plain == text and len(text) <= longest else plain.strip()[:longest]


def explain(table: str, column: str, length: int, comment: str) -> None:
    if op.get_bind().dialect.name != "sqlite":  # it keeps no comments
        op.alter_column(
            table,
            column,
            comment=comment,
            existing_type=sa.String(length),
            existing_nullable=table == "messages",
            existing_server_default=sa.text("''") if table == "page_groups" else None,
        )

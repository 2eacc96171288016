"""Writes `docs/schema.md` from the models: `python -m controller.store.document > docs/schema.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, DefaultClause, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import sqlite

from controller.store.models import (
    VIEWS,
    Base,
    call_backs,
    console,
    crossings,
    messages,
    page_groups,
    pages,
    replies,
    settings,
    tokens,
)

INTRODUCTION = """\
# The database

For people who write SQL and scripts against Whisper Page's tables. A change takes effect at the very next
page, without a cache and without a restart. The command line (`whisperpage groups`, `users`, `phones`,
`keys`, `pages`) reads and writes the same rows.

The schema is the same on SQLite, PostgreSQL, MariaDB and MySQL. The database itself refuses invalid rows: an
unknown group, a value that is not in the list, a user without a domain. On SQLite it does so for every
program, even for one that has not switched on foreign keys.

Truth values are written `TRUE` and `FALSE` on all of them. Names are in lower case, because FreeSWITCH
ignores case when it looks up users. Times are UTC.

A domain is a tenant: nobody pages from one domain to another, whatever the tables say. A settings group is of
one domain if its name ends so (`sales@pbx.example.org`), else of all.

`python -m controller.store.document > docs/schema.md` writes this page from the models; a test compares it.
"""

#: The most common statements. A test runs each of them on every database.
EXAMPLES = (
    (
        "Let everybody whisper to everybody",
        "UPDATE settings_groups SET whisper_initiate = TRUE, whisper_accept = 'all' WHERE name = 'default';",
    ),
    (
        "Make a group, and put the department with the extensions 20xx into it",
        "INSERT INTO settings_groups (name, whisper_initiate) VALUES ('reception', TRUE);\n"
        "INSERT INTO users (extension, domain) VALUES ('2001', 'pbx.example.org');\n"
        "UPDATE users SET settings_group = 'reception' WHERE extension LIKE '20__';",
    ),
    (
        "Give a domain a default group of its own, and let its users whisper to each other",
        "INSERT INTO settings_groups (name, whisper_initiate, whisper_accept)\n"
        "  VALUES ('default@pbx.example.org', TRUE, 'all');",
    ),
    (
        "Let only one other user page a user",
        "INSERT INTO users (extension, domain, whisper_accept)\n"
        "  VALUES ('1002', 'pbx.example.org', 'listed');\n"
        "INSERT INTO accept_entries (feature, owner_user_id, allowed_user_id) VALUES ('whisper',\n"
        "  (SELECT id FROM users WHERE extension = '1002' AND domain = 'pbx.example.org'),\n"
        "  (SELECT id FROM users WHERE extension = '2001' AND domain = 'pbx.example.org'));",
    ),
    (
        "Make a page group of a user and of everybody in a settings group",
        "INSERT INTO page_groups (extension, domain, label)\n"
        "  VALUES ('600', 'pbx.example.org', 'Warehouse');\n"
        "INSERT INTO page_group_members (page_group_id, user_name)\n"
        "  SELECT id, '1002@pbx.example.org' FROM page_groups WHERE extension = '600';\n"
        "INSERT INTO page_group_members (page_group_id, settings_group_id)\n"
        "  SELECT page_groups.id, settings_groups.id FROM page_groups, settings_groups\n"
        "  WHERE page_groups.extension = '600' AND settings_groups.name = 'default';",
    ),
    (
        "See who may start whisper pages, and why",
        "SELECT extension, domain, whisper_initiate_from\n"
        "  FROM effective_permissions WHERE whisper_initiate = TRUE;",
    ),
    (
        "Add a rule for an unknown phone",
        "INSERT INTO phone_rules (position, pattern, vendor, kind, auto_answer)\n"
        "  VALUES (500, 'Acme*', 'Acme', 'desk', 'Call-Info: <sip:{domain}>;answer-after=0');",
    ),
    (
        "Report who paged most",
        "SELECT user_name, sum(whispers) AS whispers, sum(seconds) AS seconds FROM page_report\n"
        "  GROUP BY user_name ORDER BY whispers DESC;",
    ),
)


#: Where the tables are from, in the order of the page.
_MODULES = [
    each.__name__
    for each in (settings, page_groups, replies, messages, tokens, console, pages, crossings, call_backs)
]


def document() -> str:
    """The text of `docs/schema.md`."""
    models = {model.__tablename__: model for model in (each.class_ for each in Base.registry.mappers)}
    tables = sorted(
        Base.metadata.tables.values(), key=lambda table: _MODULES.index(models[table.name].__module__)
    )
    parts = [INTRODUCTION, "## Examples\n"]
    parts += [f"{title}:\n\n```sql\n{sql}\n```\n" for title, sql in EXAMPLES]
    parts += ["\n".join(_table(table, models[table.name].__doc__ or "")) for table in tables]
    parts += ["\n".join(_view(view)) for view in VIEWS.tables.values()]
    return "\n".join(parts)


def _table(table: Table, about: str) -> Iterator[str]:
    yield f"## Table `{table.name}`\n\n{' '.join(about.split())}\n"
    yield "| column | type | if not given | meaning |\n| --- | --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {_type(column)} | {_default(column)} | {_cell(column.comment)} |"
    yield ""
    for line in (*_uniques(table), *_references(table)):
        yield f"- {line}"
    yield ""


def _view(view: Table) -> Iterator[str]:
    yield f"## View `{view.name}`\n\n{view.comment}\n"
    yield "| column | meaning |\n| --- | --- |"
    for column in view.columns:
        yield f"| `{column.name}` | {_cell(column.comment)} |"
    yield ""


def _type(column: Column[Any]) -> str:
    return str(column.type.compile(dialect=sqlite.dialect())).lower()


def _default(column: Column[Any]) -> str:
    if column.computed is not None or column is column.table.autoincrement_column:
        return "given"
    if isinstance(column.server_default, DefaultClause):
        return f"`{str(column.server_default.arg) or chr(39) * 2}`"
    return "null" if column.nullable else "required"


def _uniques(table: Table) -> list[str]:
    keys = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    return sorted(f"Unique: {', '.join(f'`{column.name}`' for column in key.columns)}." for key in keys)


def _references(table: Table) -> list[str]:
    lines = []
    for key in table.constraints:
        if isinstance(key, ForeignKeyConstraint):
            (element,) = key.elements
            gone = "goes with it" if key.ondelete == "CASCADE" else "keeps it from being removed"
            lines.append(f"`{element.parent.name}` names a row of `{element.column.table.name}`, and {gone}.")
    return sorted(lines)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


if __name__ == "__main__":
    print(document(), end="")

"""Small queries to an SQLite database with Python's own sqlite3.

To import SQLAlchemy takes longer than to run a small command, and a person would wait for it at each Tab.
Each function returns what the query modules would return. It returns None if the caller must use those: if
the database is not an existing SQLite file, if it has another version, or if the query fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from controller.domain.policy import Accept, WhenNotAccepted
from controller.phones.auto_answer import read_headers
from controller.phones.values import PhoneKind, PhoneRule
from controller.store.settings import Group
from controller.store.versions import versions

#: A URL that names a file without any syntax of SQLAlchemy or of SQLite's URIs.
_PLAIN = re.compile(r"sqlite:///(?!file:|:memory:)([^?%]+)")
_NONE: Mapping[str, str] = MappingProxyType({})
#: The maximum wait for a lock, in seconds.
_WAIT = 0.2

_RULES = "SELECT position, pattern, vendor, kind, auto_answer FROM phone_rules ORDER BY position"
_GROUPS = """
SELECT name, whisper_initiate, whisper_accept, intercom_initiate, intercom_accept, when_not_accepted,
       (SELECT count(*) FROM users WHERE settings_group = settings_groups.name), decline_seconds
FROM settings_groups ORDER BY name
"""


def phone_rules(url: str) -> tuple[PhoneRule, ...] | None:
    """Every phone rule, in the order in which they are tried."""
    rows = ask(url, _RULES)
    if rows is None:
        return None
    return tuple(
        PhoneRule(position, pattern, vendor, PhoneKind(kind), read_headers(headers))
        for position, pattern, vendor, kind, headers in rows
    )


def groups(url: str) -> list[Group] | None:
    """Every settings group, by name."""
    rows = ask(url, _GROUPS)
    if rows is None:
        return None
    return [
        Group(
            name,
            bool(may),
            Accept(takes),
            bool(calls),
            Accept(is_called),
            WhenNotAccepted(otherwise),
            members,
            window,
        )
        for name, may, takes, calls, is_called, otherwise, members, window in rows
    ]


def ask(url: str, sql: str, values: Mapping[str, str] = _NONE) -> list[tuple[Any, ...]] | None:
    """The rows of a query; `values` are its parameters, by name."""
    match = _PLAIN.fullmatch(url)
    if match is None:
        return None
    import sqlite3

    try:
        address = f"file:{quote(str(Path(match[1]).absolute()))}?mode=rw"
        with closing(sqlite3.connect(address, timeout=_WAIT, uri=True)) as connection:
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if version != versions()[-1]:
                return None
            return connection.execute(sql, dict(values)).fetchall()
    except (OSError, TypeError, sqlite3.Error):  # TypeError: there is no version
        return None

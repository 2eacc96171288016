"""Names that begin with what a person has typed, for completion in the shell; each takes one short query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from controller.store import plain

# Nobody reads more than 200 names.
_USERS = (
    "SELECT extension, domain FROM users WHERE extension LIKE :beginning ORDER BY extension, domain LIMIT 200"
)
_GROUPS = "SELECT name FROM settings_groups WHERE name LIKE :beginning ORDER BY name LIMIT 200"
_RULES = "SELECT pattern FROM phone_rules WHERE lower(pattern) LIKE :beginning ORDER BY position LIMIT 200"
_KEYS = """
SELECT key_tokens.id, extension, domain, label FROM key_tokens JOIN users ON users.id = user_id
WHERE revoked_at IS NULL ORDER BY key_tokens.id DESC LIMIT 200
"""
_PAGES = """
SELECT page_id, pager, target FROM pages WHERE page_id LIKE :beginning ORDER BY started_at DESC LIMIT 20
"""


def users(url: str, text: str) -> list[str]:
    """Users, as `EXT@DOMAIN`."""
    rows = _ask(url, _USERS, text.partition("@")[0])
    return _begin((f"{extension}@{domain}" for extension, domain in rows), text)


def groups(url: str, text: str) -> list[str]:
    """Settings groups, by name."""
    return _begin((name for (name,) in _ask(url, _GROUPS, text)), text)


def phone_rules(url: str, text: str) -> list[str]:
    """The patterns of phone rules, in their order."""
    return _begin((pattern for (pattern,) in _ask(url, _RULES, text)), text)


def keys(url: str, text: str) -> list[tuple[str, str]]:
    """The ids of valid tokens, the newest first, each with its user and its label."""
    rows = _ask(url, _KEYS, "")
    found = ((str(number), f"{extension}@{domain} {label}") for number, extension, domain, label in rows)
    return [(number, what.rstrip()) for number, what in found if number.startswith(text)]


def pages(url: str, text: str) -> list[tuple[str, str]]:
    """The ids of the newest attempts, each with who paged whom."""
    return [(page, f"{pager or 'nobody'} to {target}") for page, pager, target in _ask(url, _PAGES, text)]


def _begin(found: Iterable[str], text: str) -> list[str]:
    return [each for each in found if each.lower().startswith(text.lower())]


def _ask(url: str, sql: str, beginning: str) -> list[Any]:
    """The rows of a query. If the typed text has a wildcard, these are too many; `_begin` removes the rest.

    Raises SettingsError and StoreError.
    """
    values = {"beginning": f"{beginning.lower()}%"} if ":beginning" in sql else {}
    rows = plain.ask(url, sql, values)
    if rows is not None:
        return rows
    from sqlalchemy import text

    from controller.store import schema
    from controller.store.session import Store

    store = Store(url)
    try:
        if not schema.state(store).up_to_date:
            return []
        with store.reading() as reading:
            return list(reading.session.execute(text(sql), values))
    finally:
        store.close()

"""What the Tab key offers for an argument. If anything goes wrong, it offers nothing and prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from controller.settings_sources import load
from controller.store import beginning

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Offers = Iterable[str | tuple[str, str]]
Known = Callable[[str], Offers]


def offered(known: Known, text: str) -> list[CompletionItem]:
    """The known values that begin with a text; a pair is a value and its description."""
    from click.shell_completion import CompletionItem

    try:
        found = list(known(text))
    except Exception:  # noqa: BLE001  # a person is typing: no error helps here
        return []
    pairs = ((each, None) if isinstance(each, str) else each for each in found)
    return [CompletionItem(value, help=what) for value, what in pairs]


def offering(known: Known) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """The same as a function for click, for an argument without a type of its own."""
    return lambda ctx, param, text: offered(known, text)


def users(text: str) -> Offers:
    """The users in SQL."""
    return beginning.users(_url(), text)


def groups(text: str) -> Offers:
    """The settings groups."""
    return beginning.groups(_url(), text)


def principals(text: str) -> Offers:
    """The settings groups as `group:NAME`, and the users in SQL."""
    kind, colon, name = text.lower().partition(":")
    if "group".startswith(kind):
        yield from (f"group:{each}" for each in beginning.groups(_url(), name if colon else ""))
    if not colon:
        yield from beginning.users(_url(), text)


def phone_rules(text: str) -> Offers:
    """The patterns of the phone rules."""
    return beginning.phone_rules(_url(), text)


def keys(text: str) -> Offers:
    """The IDs of valid tokens."""
    return beginning.keys(_url(), text)


def pages(text: str) -> Offers:
    """The ids of the newest pages."""
    return beginning.pages(_url(), text)


def new_users(text: str) -> Offers:
    """The users of the switches that are not in SQL."""
    from controller.cli import glance

    there = set(beginning.users(_url(), text))
    found = glance.users(load())
    return [each for each in found if each.startswith(text.lower()) and each not in there]


def callable_users(text: str) -> Offers:
    """The users in SQL, and those that have a phone registered."""
    from controller.cli import glance

    registered = {each for each in glance.registered(load()) if each.startswith(text.lower())}
    return sorted(registered.union(beginning.users(_url(), text)))


def _url() -> str:
    return load().database_url

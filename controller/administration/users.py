"""Users: listed, shown, added, changed, removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.administration.change import Change, Subject, check_version
from controller.administration.reach import Reach
from controller.domain.names import GroupName, UserName
from controller.store import accept, groups, key_tokens, users
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import User, UserChanges


@dataclass(frozen=True)
class Loss:
    """What is deleted together with a user: valid tokens of its keys, and entries of its accept lists."""

    tokens: int
    entries: int


def listing(
    reading: ReadSession,
    reach: Reach,
    *,
    group: GroupName | None = None,
    domain: str = "",
    search: str = "",
    after: UserName | None = None,
    limit: int | None = None,
) -> tuple[User, ...]:
    """The users in reach, by domain and extension, with their effective settings.

    `search` is a part of EXT@DOMAIN. `after` is the last user of the listing before. Raises NotFound (the
    group), OutOfReach (another domain).
    """
    if group is not None:
        _check_group(reading, reach, group)
    found = users.listing(reading, group, reach.narrowed(domain), search=search, after=after, limit=limit)
    return tuple(found)


def show(reading: ReadSession, reach: Reach, name: UserName) -> User:
    """One user with its effective settings. Raises NotFound."""
    _check(reach, name)
    return users.show(reading, name)


def add(unit: UnitOfWork, reach: Reach, name: UserName, changes: UserChanges) -> Change[User]:
    """Add a user; it inherits what `changes` leaves out. Raises AlreadyThere, NotFound (the group)."""
    reach.check_new_user(name)
    _check_changes(unit, reach, changes)
    users.add(unit, name, changes)
    return Change(Subject.USER, str(name), None, users.show(unit, name))


def change(
    unit: UnitOfWork, reach: Reach, name: UserName, changes: UserChanges, version: str = ""
) -> Change[User]:
    """Apply `changes`. Raises NotFound (the user, its group), InvalidValue, Outdated."""
    before = _locked(unit, reach, name, version)
    _check_changes(unit, reach, changes)
    users.change(unit, name, changes)
    return Change(Subject.USER, str(name), before, users.show(unit, name))


def change_all(
    unit: UnitOfWork, reach: Reach, names: Iterable[UserName], changes: UserChanges
) -> tuple[Change[User], ...]:
    """Apply the same `changes` to many users: to all of them, or to none. Errors as for `change`."""
    return tuple(change(unit, reach, name, changes) for name in sorted(set(names)))


def remove(unit: UnitOfWork, reach: Reach, name: UserName, version: str = "") -> Change[User]:
    """Remove a user, its tokens and its accept lists. Raises NotFound, Outdated."""
    before = _locked(unit, reach, name, version)
    users.remove(unit, name)
    return Change(Subject.USER, str(name), before, None)


def loss(reading: ReadSession, reach: Reach, name: UserName) -> Loss:
    """What `remove` would delete together with a user. Raises NotFound."""
    _check(reach, name)
    valid = sum(token.revoked_at is None for token in key_tokens.listing(reading, name))
    return Loss(valid, len(accept.listing(reading, name)))


def _locked(unit: UnitOfWork, reach: Reach, name: UserName, version: str) -> User:
    """The user, which nobody else changes until the end of the unit of work."""
    _check(reach, name)
    users.lock(unit, name)
    found = users.show(unit, name)
    check_version(found, version, f"The user {name}")
    return found


def _check(reach: Reach, name: UserName) -> None:
    if not reach.sees(name):
        raise users.missing(name)


def _check_group(reading: ReadSession, reach: Reach, name: GroupName) -> None:
    if not reach.sees(name):
        raise groups.missing(name)
    groups.existing(reading, name)


def _check_changes(reading: ReadSession, reach: Reach, changes: UserChanges) -> None:
    if "settings_group" in changes:
        _check_group(reading, reach, GroupName(changes["settings_group"]))

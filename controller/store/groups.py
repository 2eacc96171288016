"""Settings groups in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, delete, func, select

from controller.domain.names import GroupName, UserName, same_domain
from controller.domain.policy import Accept, WhenNotAccepted
from controller.domain.reply import LONGEST_WINDOW, SHORTEST_WINDOW
from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.store.models import ProtectedGroup, ReplyRow, SettingsGroup, User
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import Group, GroupChanges


def add(unit: UnitOfWork, name: GroupName, changes: GroupChanges) -> None:
    """Add a settings group; a right that `changes` leaves out is denied.

    Raises AlreadyThere, InvalidValue (the decline window).
    """
    _check_window(changes)
    if _find(unit, name) is not None:
        raise AlreadyThere(f"There is a settings group {name} already.", "group")
    unit.session.add(SettingsGroup(name=name.name, **changes))
    unit.session.flush()


def change(unit: UnitOfWork, name: GroupName, changes: GroupChanges) -> None:
    """Apply `changes`. Raises NotFound, InvalidValue (the decline window)."""
    _check_window(changes)
    row = existing(unit, name)
    for column, value in changes.items():
        setattr(row, column, value)
    unit.session.flush()


def remove(unit: UnitOfWork, name: GroupName) -> None:
    """Remove a settings group, its accept list and its replies.

    Raises NotFound, or InvalidValue if it is needed.
    """
    row = existing(unit, name)
    if unit.session.get(ProtectedGroup, name.name) is not None:
        raise InvalidValue(f"The settings group {name} is protected: it cannot be removed.")
    if members := _members(unit, name):
        raise InvalidValue(
            f"The settings group {name} has {members} user{'s' if members > 1 else ''}.", "members"
        )
    unit.session.execute(delete(ReplyRow).where(ReplyRow.owner == name.name))
    unit.session.delete(row)
    unit.session.flush()


def show(reading: ReadSession, name: GroupName, domain: str = "") -> Group:
    """One settings group; `members` counts its users in `domain`, or all. Raises NotFound."""
    row = reading.session.execute(_groups(domain).where(SettingsGroup.name == name.name)).one_or_none()
    if row is None:
        raise missing(name)
    return _group(row)


def listing(reading: ReadSession, domain: str = "") -> Iterator[Group]:
    """Every settings group, or those that users of a domain may be in, by name; with how many these are."""
    rows = reading.session.execute(_groups(domain).order_by(SettingsGroup.name))
    return (
        group for group in map(_group, rows) if not domain or GroupName(group.name).domain in ("", domain)
    )


def lock(unit: UnitOfWork, name: GroupName) -> None:
    """Keep others from changing a group until the end of the unit of work. Raises NotFound."""
    query = select(SettingsGroup.id).where(SettingsGroup.name == name.name)
    if unit.session.scalar(query.with_for_update()) is None:
        raise missing(name)


def existing(reading: ReadSession, name: GroupName) -> SettingsGroup:
    """The row of a settings group. Raises NotFound."""
    row = _find(reading, name)
    if row is None:
        raise missing(name)
    return row


def check_member(user: UserName, group: GroupName) -> None:
    """Raises InvalidValue if the group belongs to another domain than the user."""
    if not same_domain(user, group):
        raise InvalidValue(f"{user} cannot be in the settings group {group}, which is of another domain.")


def missing(name: GroupName) -> NotFound:
    """The error for a settings group that does not exist."""
    return NotFound(f"There is no settings group {name}.", "group")


def _check_window(changes: GroupChanges) -> None:
    if not SHORTEST_WINDOW <= changes.get("decline_seconds", SHORTEST_WINDOW) <= LONGEST_WINDOW:
        raise InvalidValue(
            f"The decline window is {SHORTEST_WINDOW} to {LONGEST_WINDOW} seconds.", "decline_seconds"
        )


def _find(reading: ReadSession, name: GroupName) -> SettingsGroup | None:
    return reading.session.scalar(select(SettingsGroup).where(SettingsGroup.name == name.name))


def _members(reading: ReadSession, name: GroupName) -> int:
    query = select(func.count()).select_from(User).where(User.settings_group == name.name)
    return reading.session.scalar(query) or 0


def _groups(domain: str) -> Select[Any]:
    members = select(func.count(User.id)).where(User.settings_group == SettingsGroup.name)
    if domain:
        members = members.where(User.domain == domain)
    return select(
        SettingsGroup.name,
        SettingsGroup.whisper_initiate,
        SettingsGroup.whisper_accept,
        SettingsGroup.intercom_initiate,
        SettingsGroup.intercom_accept,
        SettingsGroup.when_not_accepted,
        SettingsGroup.decline_seconds,
        members.scalar_subquery().label("members"),
    )


def _group(row: Row[Any]) -> Group:
    return Group(
        name=row.name,
        whisper_initiate=row.whisper_initiate,
        whisper_accept=Accept(row.whisper_accept),
        intercom_initiate=row.intercom_initiate,
        intercom_accept=Accept(row.intercom_accept),
        when_not_accepted=WhenNotAccepted(row.when_not_accepted),
        members=row.members,
        decline_seconds=row.decline_seconds,
    )

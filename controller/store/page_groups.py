"""Page groups in SQL, and who is paged by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select

from controller.domain.names import GroupName, Principal, UserName, principal_text
from controller.domain.page_group import PageGroup, PageGroupName, label_of
from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.store import groups
from controller.store.models import (
    EFFECTIVE_PERMISSIONS,
    PageGroupMember,
    PageGroupRow,
    SettingsGroup,
    User,
)
from controller.store.session import ReadSession, UnitOfWork

_VIEW = EFFECTIVE_PERMISSIONS.c


def members_of(reading: ReadSession, extension: str, domain: str) -> tuple[UserName, ...] | None:
    """The users that a pager of this domain pages by an extension; None if that is no page group.

    A group of the domain counts before one of all domains. Each user is there once, by extension.
    """
    row = reading.session.execute(
        select(PageGroupRow.id)
        .where(PageGroupRow.extension == extension, PageGroupRow.domain.in_(("", domain)))
        .order_by(PageGroupRow.domain.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    found = set(map(UserName.parse, _named(reading, row.id)))
    grouped = (
        select(_VIEW.extension, _VIEW.domain)
        .join(PageGroupMember, PageGroupMember.settings_group_id == _VIEW.settings_group_id)
        .where(PageGroupMember.page_group_id == row.id, _VIEW.domain == domain)
    )
    found |= {UserName(*each) for each in reading.session.execute(grouped)}
    return tuple(sorted(each for each in found if each.domain == domain))


def listing(reading: ReadSession, domain: str = "") -> tuple[PageGroup, ...]:
    """All page groups, or those that users of a domain can page, by name; each with its members."""
    query = select(PageGroupRow).order_by(PageGroupRow.domain, PageGroupRow.extension)
    if domain:
        query = query.where(PageGroupRow.domain.in_(("", domain)))
    rows = reading.session.scalars(query).all()
    members = _members(reading, [row.id for row in rows])
    return tuple(_group(row, members.get(row.id, ())) for row in rows)


def show(reading: ReadSession, name: PageGroupName) -> PageGroup:
    """One page group. Raises NotFound."""
    row = _existing(reading, name)
    return _group(row, _members(reading, [row.id]).get(row.id, ()))


def add(unit: UnitOfWork, name: PageGroupName, label: str) -> None:
    """Add a page group.

    Raises AlreadyThere (SQL has such a page group, or a user with that extension), InvalidValue (the label).
    """
    label = label_of(label)
    user = and_(User.extension == name.extension, User.domain == name.domain)
    if name.domain and unit.session.scalar(select(User.id).where(user)) is not None:
        raise AlreadyThere(f"{name} is a user: a page group needs an extension of its own.")
    if unit.session.scalar(select(PageGroupRow).where(_is(name))) is not None:
        raise AlreadyThere(f"There is a page group {name} already.", "page_group")
    unit.session.add(PageGroupRow(extension=name.extension, domain=name.domain, label=label))
    unit.session.flush()


def lock(unit: UnitOfWork, name: PageGroupName) -> None:
    """Keep others from changing a page group until the end of the unit of work. Raises NotFound."""
    if unit.session.scalar(select(PageGroupRow.id).where(_is(name)).with_for_update()) is None:
        raise missing(name)


def change(unit: UnitOfWork, name: PageGroupName, label: str) -> None:
    """Give a page group another label. Raises NotFound, InvalidValue (the label)."""
    _existing(unit, name).label = label_of(label)
    unit.session.flush()


def remove(unit: UnitOfWork, name: PageGroupName) -> None:
    """Remove a page group, and its list of members. Raises NotFound."""
    row = _existing(unit, name)
    unit.session.execute(delete(PageGroupMember).where(PageGroupMember.page_group_id == row.id))
    unit.session.delete(row)
    unit.session.flush()


def add_member(unit: UnitOfWork, name: PageGroupName, member: Principal) -> None:
    """Add a member, if it is none. Raises NotFound (the page group, the settings group), InvalidValue."""
    if name.domain and member.domain not in ("", name.domain):
        raise InvalidValue(f"{name} and {principal_text(member)} are of two domains.")
    values = _values(unit, _existing(unit, name).id, member)
    if _find(unit, values) is None:
        unit.session.add(PageGroupMember(**values))
        unit.session.flush()


def remove_member(unit: UnitOfWork, name: PageGroupName, member: Principal) -> None:
    """Remove a member. Raises NotFound."""
    found = _find(unit, _values(unit, _existing(unit, name).id, member))
    if found is None:
        raise NotFound(f"{principal_text(member)} is not a member of {name}.")
    unit.session.delete(found)
    unit.session.flush()


def missing(name: PageGroupName) -> NotFound:
    """The error for a page group that does not exist."""
    return NotFound(f"There is no page group {name}.", "page_group")


def _is(name: PageGroupName) -> ColumnElement[bool]:
    return and_(PageGroupRow.extension == name.extension, PageGroupRow.domain == name.domain)


def _existing(reading: ReadSession, name: PageGroupName) -> PageGroupRow:
    row = reading.session.scalar(select(PageGroupRow).where(_is(name)))
    if row is None:
        raise missing(name)
    return row


def _values(reading: ReadSession, group: int, member: Principal) -> dict[str, Any]:
    if isinstance(member, GroupName):
        return {"page_group_id": group, "settings_group_id": groups.existing(reading, member).id}
    return {"page_group_id": group, "user_name": str(member)}


def _find(reading: ReadSession, values: dict[str, Any]) -> PageGroupMember | None:
    return reading.session.scalar(select(PageGroupMember).filter_by(**values))


def _named(reading: ReadSession, group: int) -> Iterable[str]:
    query = select(PageGroupMember.user_name).where(
        PageGroupMember.page_group_id == group, PageGroupMember.user_name.is_not(None)
    )
    return filter(None, reading.session.scalars(query))


def _members(reading: ReadSession, ids: list[int]) -> dict[int, tuple[Principal, ...]]:
    """The members of some page groups: settings groups first, then users, each by name."""
    query = (
        select(PageGroupMember.page_group_id, PageGroupMember.user_name, SettingsGroup.name)
        .outerjoin(SettingsGroup, SettingsGroup.id == PageGroupMember.settings_group_id)
        .where(PageGroupMember.page_group_id.in_(ids))
    )
    found: dict[int, list[Principal]] = {}
    for row in reading.session.execute(query):
        found.setdefault(row.page_group_id, []).append(_principal(row.user_name, row.name))
    return {group: tuple(sorted(each, key=_order)) for group, each in found.items()}


def _principal(user: str | None, group: str) -> Principal:
    return UserName.parse(user) if user else GroupName(group)


def _order(member: Principal) -> tuple[bool, str]:
    return isinstance(member, UserName), str(member)


def _group(row: PageGroupRow, members: tuple[Principal, ...]) -> PageGroup:
    return PageGroup(PageGroupName(row.extension, row.domain), row.label, members)

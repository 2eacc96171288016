"""Users in SQL."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, or_, select

from controller.domain.names import GroupName, UserName
from controller.domain.toggle import Toggle
from controller.errors import AlreadyThere, NotFound
from controller.phones.auto_answer import write_headers
from controller.store import groups, permissions
from controller.store.models import EFFECTIVE_PERMISSIONS
from controller.store.models import User as Row
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import User, UserChanges


def add(unit: UnitOfWork, name: UserName, changes: UserChanges) -> None:
    """Add a user; it inherits what `changes` leaves out. Raises AlreadyThere, NotFound (group)."""
    if _find(unit, name) is not None:
        raise AlreadyThere(f"There is a user {name} already.", "user")
    row = Row(extension=name.extension, domain=name.domain)
    _set(unit, row, changes)
    unit.session.add(row)
    unit.session.flush()


def change(unit: UnitOfWork, name: UserName, changes: UserChanges) -> None:
    """Apply `changes`. Raises NotFound (the user, its group)."""
    _set(unit, existing(unit, name), changes)
    unit.session.flush()


def block(unit: UnitOfWork, name: UserName, block: Toggle) -> bool:
    """Switch pages to a user off or on; return whether they are off now.

    A user without a row gets one in the default group, if there is something to keep in it.
    """
    row = _find(unit, name, to_change=True)
    if row is None:
        if block is Toggle.OFF:
            return False
        row = Row(extension=name.extension, domain=name.domain, pages_off=False)
        unit.session.add(row)
    row.pages_off = block.after(row.pages_off)
    unit.session.flush()
    return row.pages_off


def blocked(reading: ReadSession) -> frozenset[UserName]:
    """The users that have switched off pages to themselves."""
    query = select(Row.extension, Row.domain).where(Row.pages_off.is_(True))
    return frozenset(UserName(*row) for row in reading.session.execute(query))


def remove(unit: UnitOfWork, name: UserName) -> None:
    """Remove a user, also from accept lists. The default group then applies to it. Raises NotFound."""
    unit.session.delete(existing(unit, name))
    unit.session.flush()


def show(reading: ReadSession, name: UserName) -> User:
    """One user with its effective settings. Raises NotFound."""
    view = EFFECTIVE_PERMISSIONS
    query = select(view).where(view.c.domain == name.domain, view.c.extension == name.extension)
    row = reading.session.execute(query).one_or_none()
    if row is None:
        raise missing(name)
    return permissions.user(row)


def listing(
    reading: ReadSession,
    group: GroupName | None = None,
    domain: str = "",
    *,
    search: str = "",
    after: UserName | None = None,
    limit: int | None = None,
) -> Iterator[User]:
    """Every user, or those of a settings group, by domain and extension; rows are fetched when used.

    `search` is a part of EXT@DOMAIN, `after` the user after whom the listing begins, `limit` its length.
    """
    view = EFFECTIVE_PERMISSIONS
    query = select(view).order_by(view.c.domain, view.c.extension).limit(limit)
    if search:
        query = query.where(
            (view.c.extension + "@" + view.c.domain).contains(search.lower(), autoescape=True)
        )
    if after is not None:
        later = and_(view.c.domain == after.domain, view.c.extension > after.extension)
        query = query.where(or_(view.c.domain > after.domain, later))
    if group is not None:
        query = query.where(view.c.settings_group == group.name)
    if domain:
        query = query.where(view.c.domain == domain)
    for row in reading.rows(query):
        yield permissions.user(row)


def lock(unit: UnitOfWork, name: UserName) -> None:
    """Keep others from changing a user until the end of the unit of work. Raises NotFound."""
    if _find(unit, name, to_change=True) is None:
        raise missing(name)


def existing(reading: ReadSession, name: UserName) -> Row:
    """The row of a user. Raises NotFound."""
    row = _find(reading, name)
    if row is None:
        raise missing(name)
    return row


def missing(name: UserName) -> NotFound:
    """The error for a user that does not exist."""
    return NotFound(f"There is no user {name}.", "user")


def _find(reading: ReadSession, name: UserName, *, to_change: bool = False) -> Row | None:
    query = select(Row).where(Row.domain == name.domain, Row.extension == name.extension)
    return reading.session.scalar(query.with_for_update() if to_change else query)


def _set(unit: UnitOfWork, row: Row, changes: UserChanges) -> None:
    values: dict[str, object] = dict(changes)
    if "settings_group" in changes:
        group = GroupName(changes["settings_group"])
        values["settings_group"] = groups.existing(unit, group).name
        groups.check_member(UserName(row.extension, row.domain), group)
    if (headers := changes.get("auto_answer")) is not None:
        values["auto_answer"] = write_headers(headers)
    for column, value in values.items():
        setattr(row, column, value)

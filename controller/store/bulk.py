"""Many users at once, for imports: compared with the present rows, and written in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, or_, select, update

from controller.domain.names import GroupName, UserName
from controller.phones.auto_answer import write_headers
from controller.store import groups
from controller.store.models import User as Row
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import UserChanges

#: The number of users that are written at a time.
BATCH = 1000
#: The columns of a user's own row; null inherits.
COLUMNS = tuple(UserChanges.__annotations__)
_QUERY = select(Row.id, Row.extension, Row.domain, *(getattr(Row, column) for column in COLUMNS)).order_by(
    Row.domain, Row.extension
)


@dataclass(frozen=True)
class Summary:
    """The changes of an import."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class _Differences:
    """The rows to be added and to be changed, and how many are as they are wanted."""

    added: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    unchanged: int

    @property
    def summary(self) -> Summary:
        """How many there are of each kind."""
        return Summary(len(self.added), len(self.changed), self.unchanged)


def put(unit: UnitOfWork, wanted: Mapping[UserName, UserChanges], progress: Callable[[int], None]) -> Summary:
    """Add new users, and change those that differ; `progress` gets the number of written users.

    Their groups must exist. Raises StoreError; InvalidValue for a group of another domain.
    """
    found = _differences(unit, wanted)
    for batch in _batches(found.added):
        unit.session.execute(insert(Row), batch)
        progress(len(batch))
    for batch in _batches(found.changed):
        unit.session.execute(update(Row), batch)
        progress(len(batch))
    progress(found.unchanged)
    return found.summary


def preview(reading: ReadSession, wanted: Mapping[UserName, UserChanges]) -> Summary:
    """What `put` would change. Raises as it does."""
    return _differences(reading, wanted).summary


def _differences(reading: ReadSession, wanted: Mapping[UserName, UserChanges]) -> _Differences:
    there = {UserName(row.extension, row.domain): row._mapping for row in _rows(reading)}
    added, changed = [], []
    for name, changes in wanted.items():
        values = _values(changes)
        if group := changes.get("settings_group"):
            groups.check_member(name, GroupName(group))
        if (row := there.get(name)) is None:
            added.append({"extension": name.extension, "domain": name.domain, **values})
        elif any(row[column] != value for column, value in values.items()):
            changed.append({"id": row["id"], **values})
    return _Differences(added, changed, len(wanted) - len(added) - len(changed))


def own_settings(
    reading: ReadSession, domain: str = "", after: UserName | None = None, limit: int | None = None
) -> Iterator[tuple[UserName, dict[str, Any]]]:
    """Every user with the settings of its own row, by domain and extension; null inherits.

    Those of one domain, or of all; `limit` at most of those that follow `after`.
    """
    query = _QUERY.where(Row.domain == domain) if domain else _QUERY
    if after:
        later = and_(Row.domain == after.domain, Row.extension > after.extension)
        query = query.where(or_(Row.domain > after.domain, later))
    for row in reading.rows(query.limit(limit) if limit else query):
        yield UserName(row.extension, row.domain), {column: row._mapping[column] for column in COLUMNS}


def names(reading: ReadSession) -> set[UserName]:
    """Every user's name."""
    return {UserName(*row) for row in reading.session.execute(select(Row.extension, Row.domain))}


def _rows(reading: ReadSession) -> Iterator[Any]:
    yield from reading.rows(_QUERY)


def _values(changes: UserChanges) -> dict[str, Any]:
    values: dict[str, Any] = dict(changes)
    if (headers := changes.get("auto_answer")) is not None:
        values["auto_answer"] = write_headers(headers)
    return values


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(rows), BATCH):
        yield rows[at : at + BATCH]

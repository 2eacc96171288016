"""Many users at once, for imports: compared with what is there, and written in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from controller.domain.names import UserName
from controller.phones.auto_answer import write_headers
from controller.store.models import User as Row
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import UserChanges

#: Users written at a time.
BATCH = 1000
#: What a user's own row says, with null for what it inherits.
COLUMNS = tuple(UserChanges.__annotations__)


@dataclass(frozen=True)
class Summary:
    """What an import does."""

    added: int
    changed: int
    unchanged: int


def put(unit: UnitOfWork, wanted: Mapping[UserName, UserChanges], progress: Callable[[int], None]) -> Summary:
    """Add the users that are new, change those that are not as wanted; `progress` hears how many are written.

    The groups that they name must be there. Raises StoreError.
    """
    there = {UserName(row.extension, row.domain): row._mapping for row in _rows(unit)}
    added, changed = [], []
    for name, changes in wanted.items():
        values = _values(changes)
        if (row := there.get(name)) is None:
            added.append({"extension": name.extension, "domain": name.domain, **values})
        elif any(row[column] != value for column, value in values.items()):
            changed.append({"id": row["id"], **values})
    for batch in _batches(added):
        unit.session.execute(insert(Row), batch)
        progress(len(batch))
    for batch in _batches(changed):
        unit.session.execute(update(Row), batch)
        progress(len(batch))
    progress(unchanged := len(wanted) - len(added) - len(changed))
    return Summary(len(added), len(changed), unchanged)


def own_settings(reading: ReadSession) -> Iterator[tuple[UserName, dict[str, Any]]]:
    """Every user with what its own row says, by domain and extension; null where it inherits."""
    for row in _rows(reading):
        yield UserName(row.extension, row.domain), {column: row._mapping[column] for column in COLUMNS}


def names(reading: ReadSession) -> set[UserName]:
    """Every user's name."""
    return {UserName(*row) for row in reading.session.execute(select(Row.extension, Row.domain))}


def _rows(reading: ReadSession) -> Iterator[Any]:
    query = select(Row.id, Row.extension, Row.domain, *(getattr(Row, column) for column in COLUMNS))
    yield from reading.rows(query.order_by(Row.domain, Row.extension))


def _values(changes: UserChanges) -> dict[str, Any]:
    values: dict[str, Any] = dict(changes)
    if (headers := changes.get("auto_answer")) is not None:
        values["auto_answer"] = write_headers(headers)
    return values


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(rows), BATCH):
        yield rows[at : at + BATCH]

"""Users by a CSV file: what would change, the change itself (all of it, or nothing), and the file of all."""

from __future__ import annotations

import io
from collections.abc import Mapping

from controller.administration import sheets
from controller.administration.reach import Reach
from controller.domain.console import Actor
from controller.domain.names import UserName
from controller.store import audit, bulk, groups
from controller.store.bulk import Summary
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import UserChanges

__all__ = ["Summary", "export", "preview", "put", "read"]

Wanted = Mapping[UserName, UserChanges]


def read(reading: ReadSession, reach: Reach, content: bytes) -> Wanted:
    """The changes that a file asks for. Raises InvalidValue, and OutOfReach, which name the line."""
    known = {group.name for group in groups.listing(reading, reach.domain)}
    return sheets.read(sheets.text(io.BytesIO(content)), known, reach.check_new_user)


def preview(reading: ReadSession, reach: Reach, wanted: Wanted) -> Summary:
    """What `put` would change. Raises as it does."""
    _check(reach, wanted)
    return bulk.preview(reading, wanted)


def put(unit: UnitOfWork, reach: Reach, wanted: Wanted, file: str, actor: Actor) -> Summary:
    """Add new users, and change those that differ; users that are not in the file stay.

    The audit gets one row, which names the file. Raises InvalidValue, OutOfReach.
    """
    _check(reach, wanted)
    summary = bulk.put(unit, wanted, lambda _: None)
    note(unit, actor, file, summary)
    return summary


def note(unit: UnitOfWork, actor: Actor, whence: str, summary: Summary) -> None:
    """Write an import to the audit."""
    counts = f"{summary.added} added, {summary.changed} changed"
    audit.record(unit, actor, "users imported", whence, counts)


def export(
    reading: ReadSession, reach: Reach, after: UserName | None, limit: int
) -> tuple[str, UserName | None]:
    """A piece of the file of all users in reach, which `read` reads; and its last user, if more may follow.

    The first piece, for which `after` is None, begins with the names of the columns.
    """
    rows = tuple(bulk.own_settings(reading, reach.domain, after, limit))
    out = io.StringIO()
    sheets.write(rows, out, header=after is None)
    return out.getvalue(), rows[-1][0] if len(rows) == limit else None


def _check(reach: Reach, wanted: Wanted) -> None:
    for name in wanted:
        reach.check_new_user(name)

"""The audit: a row for each change of settings, written together with the change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import insert, select

from controller.domain.console import Actor, AuditEntry
from controller.store.models import AuditRow
from controller.store.session import ReadSession, UnitOfWork

#: The lengths of the columns: longer texts are cut.
LENGTHS = {"actor": 320, "action": 64, "subject": 320, "details": 2000, "address": 45}


def record(unit: UnitOfWork, actor: Actor, action: str, subject: str, details: str = "") -> None:
    """Add a row to the unit of work of the change, so that both are kept or neither."""
    texts = {
        "actor": actor.name,
        "action": action,
        "subject": subject,
        "details": details,
        "address": actor.address,
    }
    values = {name: _fit(text, LENGTHS[name]) for name, text in texts.items()}
    unit.session.execute(insert(AuditRow).values(at=datetime.now(UTC), domain=actor.domain or None, **values))


def listing(reading: ReadSession, domain: str = "", limit: int | None = None) -> Iterator[AuditEntry]:
    """The changes, the newest first; with `domain` those of its own administrators and users alone."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    for row in reading.session.scalars(query.where(AuditRow.domain == domain) if domain else query):
        yield AuditEntry(
            row.at, row.actor, row.domain or "", row.address, row.action, row.subject, row.details
        )


def _fit(text: str, length: int) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:length])

"""Who may log in to the console, and what was changed: invitations and the audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from controller.administration.change import Change, Subject
from controller.administration.reach import Reach
from controller.domain.console import AuditEntry, Invitation, Role
from controller.domain.names import UserName
from controller.store import audit, console
from controller.store.session import ReadSession, UnitOfWork


def invitations(reading: ReadSession, reach: Reach) -> tuple[Invitation, ...]:
    """The invitations in reach, the newest first; within one domain without administrators of all."""
    return tuple(console.listing(reading, reach.domain))


def invite(
    unit: UnitOfWork, reach: Reach, user: UserName, role: Role, days: int, by: str
) -> tuple[Change[Invitation], str]:
    """Invite a user: the invitation, and the secret of its link. Raises OutOfReach, InvalidValue (days)."""
    reach.check_new_user(user)
    if role is Role.ADMIN:
        reach.check_installation("Administrators of all domains")
    made, secret = console.invite(unit, user, role, days, by)
    return Change(Subject.INVITATION, f"{user} as {role}", None, made), secret


def revoke(unit: UnitOfWork, reach: Reach, number: int) -> Change[Invitation]:
    """End an invitation and its session. Raises NotFound."""
    before = console.revoke(unit, number, reach.domain)
    after = replace(before, revoked_at=before.revoked_at or datetime.now(UTC))
    return Change(Subject.INVITATION, f"{before.user} as {before.role}", before, after)


def changes(reading: ReadSession, reach: Reach, limit: int) -> tuple[AuditEntry, ...]:
    """The newest changes; within one domain those of its own administrators and users."""
    return tuple(audit.listing(reading, reach.domain, limit))

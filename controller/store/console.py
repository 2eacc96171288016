"""Invitations to the console, and the sessions that they become. Only hashes of secrets are stored."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.exc import IntegrityError

from controller.domain.console import ConsoleSession, Invitation, Role
from controller.domain.key_token import digest
from controller.domain.names import UserName
from controller.errors import InvalidValue, NotFound
from controller.store.models import ConsoleInvitation, ConsoleLogin
from controller.store.session import ReadSession, UnitOfWork
from controller.store.tokens import BYTES

#: The days for which a session lasts, unless the invitation names others; and the longest.
DAYS, MOST_DAYS = 90, 3650
#: The days within which a link must be used.
LINK_DAYS = 7


def invite(
    unit: UnitOfWork, user: UserName, role: Role, days: int = DAYS, by: str = ""
) -> tuple[Invitation, str]:
    """Make an invitation that ends after so many days. Only this call returns the secret of its link.

    Raises InvalidValue for a number of days that is no use.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidValue(f"An invitation lasts 1 to {MOST_DAYS} days, not {days}.", "days")
    secret, now = secrets.token_urlsafe(BYTES), datetime.now(UTC)
    row = ConsoleInvitation(
        extension=user.extension,
        domain=user.domain,
        role=role.value,
        token_hash=digest(secret),
        created_at=now,
        created_by=by,
        use_by=now + timedelta(days=min(days, LINK_DAYS)),
        expires_at=now + timedelta(days=days),
    )
    unit.session.add(row)
    unit.session.flush()
    return Invitation(row.id, user, role, now, by, row.use_by, row.expires_at), secret


def enter(unit: UnitOfWork, secret: str, address: str) -> tuple[ConsoleSession, str] | None:
    """Use an invitation: a new session, and the secret of its cookie. None if the link is not valid.

    Of two that use one link at the same moment, one gets the session.
    """
    now = datetime.now(UTC)
    invited = ConsoleInvitation
    found = unit.session.scalar(
        select(invited).where(
            invited.token_hash == digest(secret), invited.revoked_at.is_(None), invited.use_by > now
        )
    )
    if found is None:
        return None
    cookie = secrets.token_urlsafe(BYTES)
    row = ConsoleLogin(
        invitation_id=found.id, token_hash=digest(cookie), created_at=now, last_used_at=now, address=address
    )
    try:
        with unit.session.begin_nested():
            unit.session.add(row)
            unit.session.flush()
    except IntegrityError:  # it was used before: an invitation has one session
        return None
    user = UserName(found.extension, found.domain)
    return ConsoleSession(row.id, found.id, user, Role(found.role), found.expires_at), cookie


def find(reading: ReadSession, cookie: str) -> ConsoleSession | None:
    """The session of a cookie; None if it is not valid any more."""
    login, invited = ConsoleLogin, ConsoleInvitation
    row = reading.session.execute(
        select(login.id, invited.id, invited.extension, invited.domain, invited.role, invited.expires_at)
        .join(invited, invited.id == login.invitation_id)
        .where(
            login.token_hash == digest(cookie),
            login.ended_at.is_(None),
            invited.revoked_at.is_(None),
            invited.expires_at > datetime.now(UTC),
        )
    ).one_or_none()
    if row is None:
        return None
    session, invitation, extension, domain, role, expires_at = row
    return ConsoleSession(session, invitation, UserName(extension, domain), Role(role), expires_at)


def digests(reading: ReadSession) -> frozenset[str]:
    """The digests of all cookies and links that are valid, as far as their times say."""
    invited, login, now = ConsoleInvitation, ConsoleLogin, datetime.now(UTC)
    valid = (invited.revoked_at.is_(None), invited.expires_at > now)
    cookies = select(login.token_hash).join(invited, invited.id == login.invitation_id)
    links = select(invited.token_hash).where(*valid, invited.use_by > now)
    return frozenset(
        (*reading.session.scalars(cookies.where(*valid, login.ended_at.is_(None))),
         *reading.session.scalars(links))
    )  # fmt: skip


def used(unit: UnitOfWork, session: int, at: datetime) -> None:
    """Note when a session was last used. It is no error if the session does not exist any more."""
    unit.session.execute(update(ConsoleLogin).where(ConsoleLogin.id == session).values(last_used_at=at))


def leave(unit: UnitOfWork, session: int) -> None:
    """End a session. It is no error if it has ended before."""
    still = update(ConsoleLogin).where(ConsoleLogin.id == session, ConsoleLogin.ended_at.is_(None))
    unit.session.execute(still.values(ended_at=datetime.now(UTC)))


def revoke(unit: UnitOfWork, number: int, domain: str = "") -> Invitation:
    """Make an invitation and its session invalid; returns it. A second revocation changes nothing.

    With `domain`, an invitation of another one, or to all, is as one that does not exist. Raises NotFound.
    """
    found = next((each for each in listing(unit, domain) if each.id == number), None)
    if found is None:
        raise NotFound(f"There is no invitation {number}.", "invitation")
    rows = update(ConsoleInvitation).where(ConsoleInvitation.id == number)
    unit.session.execute(
        rows.where(ConsoleInvitation.revoked_at.is_(None)).values(revoked_at=datetime.now(UTC))
    )
    return found


def listing(reading: ReadSession, domain: str = "") -> Iterator[Invitation]:
    """All invitations, the newest first; with `domain` those of its users, without administrators of all."""
    query = _invitations().order_by(ConsoleInvitation.id.desc())
    if domain:
        query = query.where(ConsoleInvitation.domain == domain, ConsoleInvitation.role != Role.ADMIN.value)
    return map(_invitation, reading.session.execute(query))


def _invitations() -> Select[*tuple[Any, ...]]:
    invited, login = ConsoleInvitation, ConsoleLogin
    own = (invited.id, invited.extension, invited.domain, invited.role, invited.created_at)
    times = (invited.created_by, invited.use_by, invited.expires_at, invited.revoked_at)
    use = (login.created_at.label("used_at"), login.address, login.last_used_at, login.ended_at)
    return select(*own, *times, *use).outerjoin(login, login.invitation_id == invited.id)


def _invitation(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation(
        id=row.id,
        user=UserName(row.extension, row.domain),
        role=Role(row.role),
        created_at=row.created_at,
        created_by=row.created_by,
        use_by=row.use_by,
        expires_at=row.expires_at,
        used_at=row.used_at,
        address=row.address,
        last_used_at=row.last_used_at,
        left_at=row.ended_at,
        revoked_at=row.revoked_at,
    )

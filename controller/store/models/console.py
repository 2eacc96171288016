"""Who may use the console, and the audit of all changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base
from controller.store.utctime import UtcTime


class ConsoleInvitation(Base):
    """Invitations to the console. The link of one is used once, and becomes a session (console_sessions)."""

    __tablename__ = "console_invitations"

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    extension: Mapped[str] = mapped_column(String(32), comment="who is invited, as in users")
    domain: Mapped[str] = mapped_column(String(253), comment="its domain, as in users")
    role: Mapped[str] = mapped_column(
        String(6), server_default="user", comment="user, tenant (settings of its domain) or admin (of all)"
    )
    token_hash: Mapped[str] = mapped_column(
        String(64),
        unique=True,
        comment="SHA-256 of the link's secret, in lower-case hexadecimal; the secret is not kept",
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcTime, server_default=text("CURRENT_TIMESTAMP"), comment="when it was made, UTC"
    )
    created_by: Mapped[str] = mapped_column(
        String(320), server_default=text("''"), comment="who has made it, in words"
    )
    use_by: Mapped[datetime] = mapped_column(UtcTime, comment="until when its link can be used, UTC")
    expires_at: Mapped[datetime] = mapped_column(UtcTime, comment="when its session ends, UTC")
    revoked_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="since when it and its session are no longer valid, UTC; null: they are"
    )


class ConsoleLogin(Base):
    """Sessions of the console, one for each invitation that was used. Deleting a row logs out."""

    __tablename__ = "console_sessions"

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("console_invitations.id", ondelete="CASCADE"), unique=True, comment="by which invitation"
    )
    token_hash: Mapped[str] = mapped_column(
        String(64),
        unique=True,
        comment="SHA-256 of the cookie, in lower-case hexadecimal; the cookie itself is not kept",
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcTime, server_default=text("CURRENT_TIMESTAMP"), comment="when the link was used, UTC"
    )
    address: Mapped[str] = mapped_column(
        String(45), server_default=text("''"), comment="the IP address where the link was used"
    )
    last_used_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="when it was last used, UTC, to the minute"
    )
    ended_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="when its user has logged out, UTC; null: not yet"
    )


class ConsoleFavourite(Base):
    """The favourites of the console's users: the colleagues that come first in their lists."""

    __tablename__ = "console_favourites"

    domain: Mapped[str] = mapped_column(
        String(253), primary_key=True, comment="the domain of both, as in users"
    )
    extension: Mapped[str] = mapped_column(
        String(32), primary_key=True, comment="whose favourite, as in users"
    )
    favourite: Mapped[str] = mapped_column(
        String(32), primary_key=True, comment="the extension of the colleague"
    )


class AuditRow(Base):
    """The audit: a row for each change by the console, the API or the command line. SQL by hand adds none."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "domain", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, comment="given by the database"
    )
    at: Mapped[datetime] = mapped_column(
        UtcTime, server_default=text("CURRENT_TIMESTAMP"), index=True, comment="when, UTC"
    )
    actor: Mapped[str] = mapped_column(
        String(320), comment="who: EXT@DOMAIN, or what has made the change, in words"
    )
    domain: Mapped[str | None] = mapped_column(
        String(253), comment="the domain to which the actor is limited; null: to none"
    )
    address: Mapped[str] = mapped_column(
        String(45), server_default=text("''"), comment="from which IP address; empty: on this machine"
    )
    action: Mapped[str] = mapped_column(String(64), comment="what was done, such as `user changed`")
    subject: Mapped[str] = mapped_column(String(320), comment="to whom or what")
    details: Mapped[str] = mapped_column(
        String(2000), server_default=text("''"), comment="the new values, in words"
    )

"""Tokens: of the keys of phones, and of programs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base
from controller.store.utctime import UtcTime


class TokenLife:
    """The columns of every kind of token: which it is, its hash, and the times in its life.

    Its own columns of a kind come behind `id`, or behind these if their `sort_order` says so.
    """

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1, comment="given by the database")
    token_hash: Mapped[str] = mapped_column(
        String(64),
        unique=True,
        sort_order=1,
        comment="SHA-256 of the token, in lower-case hexadecimal; the token itself is not kept",
    )
    label: Mapped[str] = mapped_column(
        String(64), server_default=text("''"), sort_order=1, comment="what it is for, in words"
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcTime, server_default=text("CURRENT_TIMESTAMP"), sort_order=1, comment="when it was issued, UTC"
    )
    last_used_at: Mapped[datetime | None] = mapped_column(
        UtcTime, sort_order=1, comment="when it was last used, UTC; null: never"
    )
    revoked_at: Mapped[datetime | None] = mapped_column(
        UtcTime, sort_order=1, comment="since when it is no longer valid, UTC; null: it is valid"
    )


class KeyToken(TokenLife, Base):
    """Tokens with which the keys of a user's phone act for the user. Deleting a row revokes its token."""

    __tablename__ = "key_tokens"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, comment="whose phone it is for"
    )


class ApiToken(TokenLife, Base):
    """Tokens of the API for programs: of one domain, or of all. Deleting a row revokes its token, too."""

    __tablename__ = "api_tokens"

    domain: Mapped[str | None] = mapped_column(
        String(253), comment="for whose users it acts; null: for those of all domains"
    )
    scopes: Mapped[str] = mapped_column(
        String(64),
        server_default=text("'read page'"),
        sort_order=2,
        comment="what it is for, with a blank between: read, page, settings; or kiosk alone",
    )
    sender: Mapped[str | None] = mapped_column(
        String(32), sort_order=3, comment="the name by which a kiosk sends messages; null: it is no kiosk"
    )
    messages: Mapped[str | None] = mapped_column(
        String(255), sort_order=3, comment="the names of the messages of a kiosk, with a blank between"
    )

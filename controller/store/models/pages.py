"""The history of pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import BY_BYTES, Base
from controller.store.utctime import UtcTime


class Page(Base):
    """The history: a row for each attempt to page. Names are text, so that the history outlives the users."""

    __tablename__ = "pages"
    __table_args__ = (
        Index(None, "pager", "started_at"),
        Index(None, "target", "started_at"),
        Index(None, "treatment", "started_at"),
        Index(None, "switch", "ended_at"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, comment="given by the database"
    )
    page_id: Mapped[str] = mapped_column(String(36), unique=True, comment="the page's UUID, as on the switch")
    switch: Mapped[str] = mapped_column(String(255), comment="which switch")
    pager: Mapped[str | None] = mapped_column(BY_BYTES, comment="EXT@DOMAIN; null: nobody was authenticated")
    target: Mapped[str] = mapped_column(
        BY_BYTES, comment="EXT@DOMAIN, or what was dialled if that is no user"
    )
    treatment: Mapped[str] = mapped_column(
        String(8), comment="whisper, reverse, intercom, call, group or refused"
    )
    reason: Mapped[str | None] = mapped_column(String(64), comment="why it was refused; null unless it was")
    cause: Mapped[str | None] = mapped_column(String(64), comment="the SIP or hangup cause")
    started_at: Mapped[datetime] = mapped_column(UtcTime, index=True, comment="when it was asked for, UTC")
    answered_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="when they could speak, UTC; null: never"
    )
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="when it was over, UTC; null: not yet")
    ending: Mapped[str | None] = mapped_column(String(64), comment="how it ended; null: not yet")
    attempts: Mapped[int] = mapped_column(
        Integer,
        server_default=text("1"),
        comment="how many this row stands for: repeated refusals are one row",
    )
    reply: Mapped[str | None] = mapped_column(
        String(64), comment="the words of its target's reply; null: none"
    )
    part_of: Mapped[str | None] = mapped_column(
        String(36), index=True, comment="the page_id of the page to a group that it is a part of; or null"
    )
    message: Mapped[str | None] = mapped_column(
        String(32), comment="the name of the message in place of a pager's voice; null: none"
    )

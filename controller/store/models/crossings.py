"""The table of pages across switches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base
from controller.store.utctime import UtcTime


class CrossingRow(Base):
    """Pages across switches: a row for a day, from when a pager's call is sent to another switch."""

    __tablename__ = "crossings"

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    token_hash: Mapped[str] = mapped_column(
        String(64),
        unique=True,
        comment="SHA-256 of the token that goes with the call, in lower-case hexadecimal; it is not kept",
    )
    page_id: Mapped[str] = mapped_column(String(36), unique=True, comment="the page, as in pages")
    pager: Mapped[str] = mapped_column(String(286), comment="EXT@DOMAIN, as its switch has authenticated it")
    target: Mapped[str] = mapped_column(String(286), comment="EXT@DOMAIN")
    feature: Mapped[str] = mapped_column(
        String(8), comment="what was asked for: whisper, intercom or reverse"
    )
    switch: Mapped[str] = mapped_column(String(255), comment="the switch at which the call must arrive")
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True, comment="until when it may, UTC")
    leg: Mapped[str | None] = mapped_column(
        String(255), comment="the leg that has arrived, on that switch; empty: none ever will; null: not yet"
    )

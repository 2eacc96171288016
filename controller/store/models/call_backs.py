"""The table of call backs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base
from controller.store.utctime import UtcTime


class CallBackRow(Base):
    """Call backs: a row from when a refused pager asks to be rung until it was rung, or until it expires."""

    __tablename__ = "call_backs"
    __table_args__ = (UniqueConstraint("pager", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    pager: Mapped[str] = mapped_column(String(286), comment="who is to be rung, EXT@DOMAIN")
    target: Mapped[str] = mapped_column(String(286), comment="who will then be paged, EXT@DOMAIN")
    feature: Mapped[str] = mapped_column(String(8), comment="what was refused: whisper or intercom")
    asked_at: Mapped[datetime] = mapped_column(UtcTime, comment="when the pager has asked, UTC")
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True, comment="until when it counts, UTC")
    taken_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="since when a controller rings the pager, UTC; null: none does"
    )

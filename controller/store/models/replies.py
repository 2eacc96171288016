"""The answers that targets can give to pages by a key."""

from __future__ import annotations

from sqlalchemy import Boolean, String, false
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class ReplyRow(Base):
    """Replies to pages by a key.

    For each key the row of the target's group counts, else that of its domain, else that of all. A row
    without words takes the key away.
    """

    __tablename__ = "replies"

    owner: Mapped[str] = mapped_column(
        String(318),
        primary_key=True,
        comment="whose: the name of a settings group; @DOMAIN; or * for all",
    )
    digit: Mapped[str] = mapped_column(String(1), primary_key=True, comment="the key: this digit after *")
    words: Mapped[str] = mapped_column(
        String(64), comment="what the pager reads, without control characters; empty: no reply by this key"
    )
    declines: Mapped[bool] = mapped_column(
        Boolean, server_default=false(), comment="declines the page, which the pager hears by another tone"
    )

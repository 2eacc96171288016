"""The tables of page groups."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class PageGroupRow(Base):
    """Page groups: whoever dials the code of a page and this extension pages all its members at once.

    A user of the switch with the same extension is paged in place of the group. One without a domain is for
    all domains: of its members, those of the pager's domain are paged.
    """

    __tablename__ = "page_groups"
    __table_args__ = (UniqueConstraint("extension", "domain"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    extension: Mapped[str] = mapped_column(
        String(32), comment="what is dialled after the code, in lower case: letters, digits, . _ + -"
    )
    domain: Mapped[str] = mapped_column(
        String(253), server_default=text("''"), comment="its domain, in lower case; empty: all domains"
    )
    label: Mapped[str] = mapped_column(
        String(64), server_default=text("''"), comment="its name for people, without control characters"
    )


class PageGroupMember(Base):
    """The members of page groups: users, and settings groups with all their users."""

    __tablename__ = "page_group_members"
    __table_args__ = (
        UniqueConstraint("page_group_id", "user_name"),
        UniqueConstraint("page_group_id", "settings_group_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    page_group_id: Mapped[int] = mapped_column(
        ForeignKey("page_groups.id", ondelete="CASCADE"), comment="of which page group"
    )
    user_name: Mapped[str | None] = mapped_column(
        String(286), comment="this user, EXT@DOMAIN; it need not be in users"
    )
    settings_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("settings_groups.id", ondelete="CASCADE"),
        index=True,
        comment="or the users of this settings group (exactly one of both)",
    )

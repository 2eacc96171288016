"""What people set: groups, users, accept lists, and the phones that are known."""

from __future__ import annotations

from sqlalchemy import Boolean, Computed, ForeignKey, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class SettingsGroup(Base):
    """Settings groups, shared by users. `default` is for users in no other group and for those not in SQL.

    A group whose name ends in `@` and a domain is that domain's own: no user of another one can be in it
    (on MySQL and MariaDB: it counts as none for such a user). `default@DOMAIN` is for that domain what
    `default` is for the others.
    """

    __tablename__ = "settings_groups"

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    name: Mapped[str] = mapped_column(
        String(318),
        unique=True,
        comment="lower case: letters, digits, . _ -; a group of one domain is called NAME@DOMAIN",
    )
    whisper_initiate: Mapped[bool] = mapped_column(
        Boolean, server_default=false(), comment="members may start whisper pages"
    )
    whisper_accept: Mapped[str] = mapped_column(
        String(6), server_default="none", comment="whose whisper pages members take: none, all or listed"
    )
    intercom_initiate: Mapped[bool] = mapped_column(
        Boolean, server_default=false(), comment="members may start intercom calls"
    )
    intercom_accept: Mapped[str] = mapped_column(
        String(6), server_default="none", comment="whose intercom calls members take: none, all or listed"
    )
    when_not_accepted: Mapped[str] = mapped_column(
        String(6),
        server_default="refuse",
        comment="what is done with a page or intercom call that a member does not accept: refuse, or call "
        "(all its phones ring)",
    )
    decline_seconds: Mapped[int] = mapped_column(
        Integer,
        server_default=text("0"),
        comment="seconds in which a member can decline a page before it hears the pager",
    )


class ProtectedGroup(Base):
    """Settings groups that cannot be removed or renamed: `default`, and those that you add."""

    __tablename__ = "protected_groups"

    name: Mapped[str] = mapped_column(
        ForeignKey("settings_groups.name"), primary_key=True, comment="the group's name"
    )


class User(Base):
    """Users; a user of the switch without a row has the settings of the group `default`."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("domain", "extension"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    extension: Mapped[str] = mapped_column(
        String(32), comment="the user's id in FreeSWITCH's directory, in lower case: letters, digits, . _ + -"
    )
    domain: Mapped[str] = mapped_column(
        String(253), comment="the user's domain in FreeSWITCH's directory, in lower case"
    )
    # by name and not by id: people write this column by hand, and a misspelt name is refused
    settings_group: Mapped[str] = mapped_column(
        ForeignKey("settings_groups.name", onupdate="CASCADE"),
        server_default="default",
        index=True,
        comment="the name of its settings group",
    )
    whisper_initiate: Mapped[bool | None] = mapped_column(
        Boolean, comment="may start whisper pages; null: as the group"
    )
    whisper_accept: Mapped[str | None] = mapped_column(
        String(6), comment="whose whisper pages it takes: none, all or listed; null: as the group"
    )
    intercom_initiate: Mapped[bool | None] = mapped_column(
        Boolean, comment="may start intercom calls; null: as the group"
    )
    intercom_accept: Mapped[str | None] = mapped_column(
        String(6), comment="whose intercom calls it takes: none, all or listed; null: as the group"
    )
    pages_off: Mapped[bool] = mapped_column(
        Boolean, server_default=false(), comment="Whisper Page Off: blocks pages to itself"
    )
    phone_kind: Mapped[str | None] = mapped_column(
        String(4), comment="desk or soft, whatever its phone says; null: as the phone rules say"
    )
    auto_answer: Mapped[str | None] = mapped_column(
        String(1000),
        comment="SIP headers that make its phone answer, one a line; null: as the phone rules say",
    )


class AcceptEntry(Base):
    """Accept lists: the users and groups from which a user or a group accepts pages, if it has `listed`.

    If the user itself has `listed`, its own list counts; if its group has it, the group's list and its own.
    """

    __tablename__ = "accept_entries"
    __table_args__ = (UniqueConstraint("owner_key", "feature", "allowed_key"),)

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    feature: Mapped[str] = mapped_column(String(8), comment="whisper or intercom")
    owner_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, comment="whose list: this user's"
    )
    owner_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("settings_groups.id", ondelete="CASCADE"),
        index=True,
        comment="or this group's (exactly one of both)",
    )
    allowed_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, comment="who is on it: this user"
    )
    allowed_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("settings_groups.id", ondelete="CASCADE"),
        index=True,
        comment="or the members of this group (exactly one of both)",
    )
    # a unique constraint treats nulls as different values, so it uses these two columns
    owner_key: Mapped[int | None] = mapped_column(
        Computed("coalesce(owner_user_id, -owner_group_id)"),
        comment="computed: the owner's id, a group's negative",
    )
    allowed_key: Mapped[int | None] = mapped_column(
        Computed("coalesce(allowed_user_id, -allowed_group_id)"),
        comment="computed: the id of who is allowed, a group's negative",
    )


class PhoneRuleRow(Base):
    """Phone rules, which recognise a phone by its User-Agent; the first rule that matches counts."""

    __tablename__ = "phone_rules"

    position: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="rules are tried in this order, the lowest first"
    )
    pattern: Mapped[str] = mapped_column(
        String(200), unique=True, comment="the whole User-Agent, * standing for anything; case does not count"
    )
    vendor: Mapped[str] = mapped_column(String(64), comment="who makes these phones")
    kind: Mapped[str] = mapped_column(String(4), comment="desk or soft")
    auto_answer: Mapped[str] = mapped_column(
        String(1000),
        server_default=text("''"),
        comment="SIP headers that make them answer, one a line; {domain} is the target's domain",
    )

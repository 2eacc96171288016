"""The tables and views as typed models. The comments of the columns are used for `docs/schema.md`.

Conditions on values (CHECK) are in the migrations; only these make a database.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from controller.store.utctime import UtcTime

NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

#: PostgreSQL, too, compares byte by byte in any language, so that `1002@...` is one range.
BY_BYTES = String(320).with_variant(String(320, collation="C"), "postgresql")


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


class SettingsGroup(Base):
    """Settings groups, shared by users. `default` is for users in no other group and for those not in SQL.

    A group whose name ends in `@` and a domain is that domain's own: no user of another one can be in it
    (on MySQL and MariaDB: it counts as none for such a user). `default@DOMAIN` is for that domain what
    `default` is for the others.
    """

    __tablename__ = "settings_groups"

    id: Mapped[int] = mapped_column(primary_key=True, comment="given by the database")
    name: Mapped[str] = mapped_column(String(318), unique=True, comment="lower case: letters, digits, . _ -")
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
        comment="what a page becomes that a member does not take: refuse or call",
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
        comment="what it is for, with a blank between: read, page, settings",
    )


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
    action: Mapped[str] = mapped_column(String(64), comment="what was done, such as `users set`")
    subject: Mapped[str] = mapped_column(String(320), comment="to whom or what")
    details: Mapped[str] = mapped_column(
        String(2000), server_default=text("''"), comment="the new values, in words"
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
    treatment: Mapped[str] = mapped_column(String(8), comment="whisper, intercom, call or refused")
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


class CrossingRow(Base):
    """Pages across switches: a row for some minutes, from when a pager's call is sent to another switch."""

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
    feature: Mapped[str] = mapped_column(String(8), comment="what was dialled: whisper or intercom")
    switch: Mapped[str] = mapped_column(String(255), comment="the switch at which the call must arrive")
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True, comment="until when it may, UTC")
    leg: Mapped[str | None] = mapped_column(
        String(255), comment="the leg that has arrived, on that switch; empty: none ever will; null: not yet"
    )


#: Views, apart from the tables so that nothing tries to create or compare them.
VIEWS = MetaData()

EFFECTIVE_PERMISSIONS = Table(
    "effective_permissions",
    VIEWS,
    Column("user_id", Integer, comment="the row in users"),
    Column("extension", String, comment="as in users"),
    Column("domain", String, comment="as in users"),
    Column(
        "settings_group", String, comment="the name of its settings group; default@DOMAIN if there is one"
    ),
    Column("settings_group_id", Integer, comment="the row in settings_groups"),
    Column("whisper_initiate", Boolean, comment="may start whisper pages"),
    Column("whisper_initiate_from", String, comment="where that comes from: user, group or default"),
    Column("whisper_accept", String, comment="whose whisper pages it takes: none, all or listed"),
    Column("whisper_accept_from", String, comment="where that comes from: user, group or default"),
    Column("intercom_initiate", Boolean, comment="may start intercom calls"),
    Column("intercom_initiate_from", String, comment="where that comes from: user, group or default"),
    Column("intercom_accept", String, comment="whose intercom calls it takes: none, all or listed"),
    Column("intercom_accept_from", String, comment="where that comes from: user, group or default"),
    Column("when_not_accepted", String, comment="what a page becomes that it does not take: refuse or call"),
    Column("pages_off", Boolean, comment="blocks pages to itself"),
    Column(
        "phone_kind", String, comment="desk or soft, whatever its phone says; null: as the phone rules say"
    ),
    Column(
        "auto_answer", String, comment="SIP headers that make its phone answer; null: as the phone rules say"
    ),
    comment="A row per user with every setting in effect, and where it comes from.",
)

PAGE_REPORT = Table(
    "page_report",
    VIEWS,
    Column("user_name", String, comment="EXT@DOMAIN"),
    Column("day", Date, comment="in UTC"),
    Column("whispers", Integer, comment="whisper pages it started"),
    Column("intercoms", Integer, comment="intercom calls it started"),
    Column("calls", Integer, comment="pages it started that became ordinary calls"),
    Column("refused", Integer, comment="pages it asked for that were refused"),
    Column("received", Integer, comment="pages to it that were answered"),
    Column("seconds", Float, comment="how long the pages that it started were up"),
    Column("user_domain", String, comment="its domain; null for what is no user"),
    comment="A row per user and day, counted from pages; for a target only attempts from its own domain.",
)

AUDIT = Table(
    "audit",
    VIEWS,
    Column("at", DateTime, comment="when, UTC"),
    Column("day", Date, comment="the day of that, in UTC"),
    Column("actor", String, comment="who"),
    Column("what", String, comment="what was done, and to whom or what"),
    Column("details", String, comment="the new values, in words"),
    Column("address", String, comment="from which IP address; null: on this machine"),
    Column("actor_domain", String, comment="the domain to which the actor is limited; null: to none"),
    comment="A row per change: who, what, when, from where; in words, from audit_entries.",
)

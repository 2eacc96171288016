"""The views."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, MetaData, String, Table

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
    Column(
        "when_not_accepted",
        String,
        comment="what is done with a page or intercom call that it does not accept: refuse or call",
    ),
    Column("pages_off", Boolean, comment="blocks pages to itself"),
    Column(
        "phone_kind", String, comment="desk or soft, whatever its phone says; null: as the phone rules say"
    ),
    Column(
        "auto_answer", String, comment="SIP headers that make its phone answer; null: as the phone rules say"
    ),
    Column(
        "decline_seconds", Integer, comment="seconds in which it can decline a page before it hears the pager"
    ),
    comment="A row per user with every setting in effect, and where it comes from.",
)

PAGE_REPORT = Table(
    "page_report",
    VIEWS,
    Column("user_name", String, comment="EXT@DOMAIN"),
    Column("day", Date, comment="in UTC"),
    Column("whispers", Integer, comment="whisper pages it started"),
    Column("reverses", Integer, comment="reverse pages it started"),
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

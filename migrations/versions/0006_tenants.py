"""settings groups and API tokens of one domain"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FLAGS = ("whisper_initiate", "whisper_accept", "intercom_initiate", "intercom_accept")
#: The length of a group's name, and the column that has one; before this version, and since.
BEFORE, SINCE = 64, 318
NAMES = (("protected_groups", "name"), ("settings_groups", "name"), ("users", "settings_group"))


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for view in ("effective_permissions", "page_report"):
        steps.drop_view(view)
    change_lengths(BEFORE, SINCE)
    steps.change_check("settings_groups", "name", group_name(dialect, BEFORE), group_name(dialect, SINCE))
    steps.add_check("users", "settings_group", own_group(dialect), before="ck_users_whisper_accept")
    api_tokens(dialect)
    steps.create_view("effective_permissions", effective_permissions(dialect))
    steps.create_view("page_report", page_report(dialect, domain=True))


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for view in ("effective_permissions", "page_report"):
        steps.drop_view(view)
    steps.drop_table("api_tokens")
    steps.drop_check("users", "settings_group", own_group(dialect))
    op.execute("UPDATE users SET settings_group = 'default' WHERE settings_group LIKE '%@%'")
    op.execute("DELETE FROM settings_groups WHERE name LIKE '%@%'")
    steps.change_check("settings_groups", "name", group_name(dialect, SINCE), group_name(dialect, BEFORE))
    change_lengths(SINCE, BEFORE)
    steps.create_view("effective_permissions", effective_permissions_before())
    steps.create_view("page_report", page_report(dialect, domain=False))


def change_lengths(before: int, since: int) -> None:
    groups = "settings_groups"
    steps.drop_reference("protected_groups", "name", groups)
    steps.drop_reference("users", "settings_group", groups)
    for table, column in NAMES:
        steps.change_length(table, column, before, since)
    steps.add_reference("protected_groups", "name", groups, "name")
    steps.add_reference("users", "settings_group", groups, "name", " ON UPDATE CASCADE")


def group_name(dialect: str, length: int) -> str:
    if length == BEFORE:
        return f"length(name) BETWEEN 1 AND {length} AND {ddl.only(dialect, 'name', 'a-z0-9._-')}"
    one_at = "name NOT LIKE '@%' AND name NOT LIKE '%@' AND name NOT LIKE '%@%@%'"
    return f"length(name) BETWEEN 1 AND {length} AND {ddl.only(dialect, 'name', 'a-z0-9._:@-')} AND {one_at}"


def own_group(dialect: str) -> str:
    """The group is of all domains, or of the user's own."""
    return f"coalesce({ddl.domain_of(dialect, 'settings_group')}, domain) = domain"


def api_tokens(dialect: str) -> None:
    name = "api_tokens"
    domain = f"length(domain) BETWEEN 1 AND 253 AND {ddl.only(dialect, 'domain', 'a-z0-9._:-')}"
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column(
            "domain", sa.String(253), comment="for whose users it acts; null: for those of all domains"
        ),
        sa.Column(
            "token_hash",
            sa.String(64),
            nullable=False,
            comment="SHA-256 of the token, in lower-case hexadecimal; the token itself is not kept",
        ),
        sa.Column(
            "label",
            sa.String(64),
            nullable=False,
            server_default=sa.text("''"),
            comment="what it is for, in words",
        ),
        sa.Column(
            "created_at",
            UtcTime,
            nullable=False,
            server_default=sa.text(ddl.now(dialect)),
            comment="when it was issued, UTC",
        ),
        sa.Column("last_used_at", UtcTime, comment="when it was last used, UTC; null: never"),
        sa.Column("revoked_at", UtcTime, comment="since when it is no longer valid, UTC; null: it is valid"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
        check("domain", domain),
        check("token_hash", f"length(token_hash) = 64 AND {ddl.only(dialect, 'token_hash', '0-9a-f')}"),
        check("label", f"length(label) <= 64 AND {ddl.only(dialect, 'label', ' -~')}"),
    )


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_api_tokens_{name}"))


def effective_permissions(dialect: str) -> str:
    """The view of 0001, in which a domain's own `default` stands before that of all.

    A group of another domain, which MySQL and MariaDB do not refuse, counts as none.
    """
    foreign = f"coalesce({ddl.domain_of(dialect, 'u.settings_group')}, u.domain) <> u.domain"
    own = ddl.joined(dialect, "'default@'", "u.domain")
    columns = ",\n".join(
        f"  coalesce(u.{name}, g.{name}) AS {name},\n"
        f"  CASE WHEN u.{name} IS NOT NULL THEN 'user' "
        f"WHEN g.name = 'default' OR g.name LIKE 'default@%' THEN 'default' ELSE 'group' END AS {name}_from"
        for name in FLAGS
    )
    return (
        "SELECT\n"
        "  u.id AS user_id, u.extension, u.domain, g.name AS settings_group, g.id AS settings_group_id,\n"
        f"{columns},\n"
        "  g.when_not_accepted, u.pages_off, u.phone_kind, u.auto_answer\n"
        "FROM users u JOIN settings_groups g ON g.name = coalesce(\n"
        f"  (SELECT d.name FROM settings_groups d WHERE d.name = {own}\n"
        f"    AND (u.settings_group = 'default' OR {foreign})),\n"
        f"  CASE WHEN {foreign} THEN 'default' ELSE u.settings_group END)"
    )


def effective_permissions_before() -> str:
    columns = ",\n".join(
        f"  coalesce(u.{name}, g.{name}) AS {name},\n"
        f"  CASE WHEN u.{name} IS NOT NULL THEN 'user' WHEN g.name = 'default' THEN 'default' ELSE 'group'"
        f" END AS {name}_from"
        for name in FLAGS
    )
    return (
        "SELECT\n"
        "  u.id AS user_id, u.extension, u.domain, g.name AS settings_group, g.id AS settings_group_id,\n"
        f"{columns},\n"
        "  g.when_not_accepted, u.pages_off, u.phone_kind, u.auto_answer\n"
        "FROM users u JOIN settings_groups g ON g.name = u.settings_group"
    )


def page_report(dialect: str, *, domain: bool) -> str:
    """The view of 0005; with `domain` it has the user's domain, too."""
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    # last, and by a name that no other table has, so that queries of administrators go on working
    own = f",\n  {ddl.domain_of(dialect, 'user_name')} AS user_domain" if domain else ""
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in (("whisper", "whispers"), ("intercom", "intercoms"), ("call", "calls"))
    )
    return (
        "SELECT user_name, day,\n"
        f"{started}\n"
        "  coalesce(sum(CASE WHEN made = 1 AND treatment = 'refused' THEN attempts END), 0) AS refused,\n"
        "  count(CASE WHEN made = 0 AND answered_at IS NOT NULL THEN 1 END) AS received,\n"
        f"  coalesce(sum(CASE WHEN made = 1 THEN seconds END), 0) AS seconds{own}\n"
        "FROM (\n"
        f"  SELECT pager AS user_name, {day} AS day, 1 AS made, treatment, answered_at,\n"
        f"    {spoken} AS seconds, attempts FROM pages WHERE pager IS NOT NULL\n"
        "  UNION ALL\n"
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken}, attempts FROM pages\n"
        ") attempts GROUP BY user_name, day"
    )

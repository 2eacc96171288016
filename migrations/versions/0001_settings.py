"""settings groups, users and accept lists"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACCEPT = "IN ('none', 'all', 'listed')"
FLAGS = ("whisper_initiate", "whisper_accept", "intercom_initiate", "intercom_accept")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    settings_groups(dialect)
    users(dialect)
    accept_entries(dialect)
    steps.create_view("effective_permissions", effective_permissions())
    if dialect == "sqlite":
        for trigger in triggers():
            op.execute(trigger)
    op.execute("INSERT INTO settings_groups (name) VALUES ('default')")
    op.execute("INSERT INTO protected_groups (name) VALUES ('default')")


def downgrade() -> None:
    steps.drop_view("effective_permissions")
    for table in ("accept_entries", "users", "protected_groups", "settings_groups"):
        steps.drop_table(table)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def flag(table: str, name: str, **options: Any) -> sa.Column[bool]:
    """A truth value: BOOLEAN if the database has it, else 0 or 1 with a constraint."""
    return sa.Column(name, sa.Boolean(create_constraint=True, name=op.f(f"ck_{table}_{name}")), **options)


def settings_groups(dialect: str) -> None:
    name = "settings_groups"
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("name", sa.String(64), nullable=False, comment="lower case: letters, digits, . _ -"),
        flag(
            name,
            "whisper_initiate",
            nullable=False,
            server_default=sa.false(),
            comment="members may start whisper pages",
        ),
        sa.Column(
            "whisper_accept",
            sa.String(6),
            nullable=False,
            server_default="none",
            comment="whose whisper pages members take: none, all or listed",
        ),
        flag(
            name,
            "intercom_initiate",
            nullable=False,
            server_default=sa.false(),
            comment="members may start intercom calls",
        ),
        sa.Column(
            "intercom_accept",
            sa.String(6),
            nullable=False,
            server_default="none",
            comment="whose intercom calls members take: none, all or listed",
        ),
        sa.Column(
            "when_not_accepted",
            sa.String(6),
            nullable=False,
            server_default="refuse",
            comment="what a page becomes that a member does not take: refuse or call",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_settings_groups_name")),
        check(
            "ck_settings_groups_name",
            f"length(name) BETWEEN 1 AND 64 AND {ddl.only(dialect, 'name', 'a-z0-9._-')}",
        ),
        check("ck_settings_groups_whisper_accept", f"whisper_accept {ACCEPT}"),
        check("ck_settings_groups_intercom_accept", f"intercom_accept {ACCEPT}"),
        check("ck_settings_groups_when_not_accepted", "when_not_accepted IN ('refuse', 'call')"),
    )
    # A foreign key, and not a trigger, protects `default` from deletion: all databases have foreign keys, and
    # MySQL needs no other right for one than that to create tables.
    steps.create_table(
        "protected_groups",
        sa.Column("name", sa.String(64), nullable=False, comment="the group's name"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_protected_groups")),
        sa.ForeignKeyConstraint(
            ["name"], ["settings_groups.name"], name=op.f("fk_protected_groups_name_settings_groups")
        ),
    )


def users(dialect: str) -> None:
    name = "users"
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column(
            "extension",
            sa.String(32),
            nullable=False,
            comment="the user's id in FreeSWITCH's directory, in lower case: letters, digits, . _ + -",
        ),
        sa.Column(
            "domain",
            sa.String(253),
            nullable=False,
            comment="the user's domain in FreeSWITCH's directory, in lower case",
        ),
        sa.Column(
            "settings_group",
            sa.String(64),
            nullable=False,
            server_default="default",
            comment="the name of its settings group",
        ),
        flag(name, "whisper_initiate", comment="may start whisper pages; null: as the group"),
        sa.Column(
            "whisper_accept",
            sa.String(6),
            comment="whose whisper pages it takes: none, all or listed; null: as the group",
        ),
        flag(name, "intercom_initiate", comment="may start intercom calls; null: as the group"),
        sa.Column(
            "intercom_accept",
            sa.String(6),
            comment="whose intercom calls it takes: none, all or listed; null: as the group",
        ),
        flag(
            name,
            "pages_off",
            nullable=False,
            server_default=sa.false(),
            comment="Whisper Page Off: blocks pages to itself",
        ),
        sa.Column(
            "phone_kind",
            sa.String(4),
            comment="desk or soft, whatever its phone says; null: as the phone rules say",
        ),
        sa.Column(
            "auto_answer",
            sa.String(1000),
            comment="SIP headers that make its phone answer, one a line; null: as the phone rules say",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("domain", "extension", name=op.f("uq_users_domain_extension")),
        sa.ForeignKeyConstraint(
            ["settings_group"],
            ["settings_groups.name"],
            name=op.f("fk_users_settings_group_settings_groups"),
            onupdate="CASCADE",
        ),
        check(
            "ck_users_extension",
            f"length(extension) BETWEEN 1 AND 32 AND {ddl.only(dialect, 'extension', 'a-z0-9._+-')}",
        ),
        check(
            "ck_users_domain",
            f"length(domain) BETWEEN 1 AND 253 AND {ddl.only(dialect, 'domain', 'a-z0-9._:-')}",
        ),
        check("ck_users_whisper_accept", f"whisper_accept {ACCEPT}"),
        check("ck_users_intercom_accept", f"intercom_accept {ACCEPT}"),
        check("ck_users_phone_kind", "phone_kind IN ('desk', 'soft')"),
        check("ck_users_auto_answer", ddl.header_lines(dialect, "auto_answer")),
    )
    steps.create_index(name, ["settings_group"])


def accept_entries(dialect: str) -> None:
    name = "accept_entries"
    parents = {
        "owner_user_id": ("users", "whose list: this user's"),
        "owner_group_id": ("settings_groups", "or this group's (exactly one of both)"),
        "allowed_user_id": ("users", "who is on it: this user"),
        "allowed_group_id": ("settings_groups", "or the members of this group (exactly one of both)"),
    }
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("feature", sa.String(8), nullable=False, comment="whisper or intercom"),
        *(sa.Column(column, sa.Integer, comment=comment) for column, (_, comment) in parents.items()),
        sa.Column(
            "owner_key",
            sa.Integer,
            ddl.generated(dialect, "coalesce(owner_user_id, -owner_group_id)"),
            comment="computed: the owner's id, a group's negative",
        ),
        sa.Column(
            "allowed_key",
            sa.Integer,
            ddl.generated(dialect, "coalesce(allowed_user_id, -allowed_group_id)"),
            comment="computed: the id of who is allowed, a group's negative",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accept_entries")),
        sa.UniqueConstraint(
            "owner_key",
            "feature",
            "allowed_key",
            name=op.f("uq_accept_entries_owner_key_feature_allowed_key"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{parent}.id"], name=op.f(f"fk_{name}_{column}_{parent}"), ondelete="CASCADE"
            )
            for column, (parent, _) in parents.items()
        ),
        check("ck_accept_entries_feature", "feature IN ('whisper', 'intercom')"),
        check("ck_accept_entries_one_owner", "(owner_user_id IS NULL) <> (owner_group_id IS NULL)"),
        check("ck_accept_entries_one_allowed", "(allowed_user_id IS NULL) <> (allowed_group_id IS NULL)"),
    )
    for column in parents:
        steps.create_index(name, [column])


def effective_permissions() -> str:
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


def triggers() -> list[str]:
    groups, listed = "settings_groups", "accept_entries"
    return [
        *ddl.sqlite_reference(
            "protected_groups", "name", groups, "name", delete_cascades=False, update_cascades=False
        ),
        *ddl.sqlite_reference(
            "users", "settings_group", groups, "name", delete_cascades=False, update_cascades=True
        ),
        *(
            statement
            for column, parent in (
                ("owner_user_id", "users"),
                ("owner_group_id", groups),
                ("allowed_user_id", "users"),
                ("allowed_group_id", groups),
            )
            for statement in ddl.sqlite_reference(
                listed, column, parent, "id", delete_cascades=True, update_cascades=False
            )
        ),
    ]

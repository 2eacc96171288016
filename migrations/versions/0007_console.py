"""invitations to the console, its sessions, and the audit"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    invitations(dialect)
    sessions(dialect)
    audit_entries(dialect)
    steps.create_view("audit", audit(dialect))


def downgrade() -> None:
    steps.drop_view("audit")
    for name in ("audit_entries", "console_sessions"):
        steps.drop_table(name)
    steps.drop_table("console_invitations")  # with its triggers


def invitations(dialect: str) -> None:
    name = "console_invitations"
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("extension", sa.String(32), nullable=False, comment="who is invited, as in users"),
        sa.Column("domain", sa.String(253), nullable=False, comment="its domain, as in users"),
        sa.Column(
            "role",
            sa.String(6),
            nullable=False,
            server_default="user",
            comment="user, tenant (settings of its domain) or admin (of all)",
        ),
        token_hash("SHA-256 of the link's secret, in lower-case hexadecimal; the secret is not kept"),
        moment(dialect, "created_at", "when it was made, UTC"),
        words("created_by", 320, "who has made it, in words"),
        sa.Column("use_by", UtcTime, nullable=False, comment="until when its link can be used, UTC"),
        sa.Column("expires_at", UtcTime, nullable=False, comment="when its session ends, UTC"),
        sa.Column(
            "revoked_at",
            UtcTime,
            comment="since when it and its session are no longer valid, UTC; null: they are",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{name}_token_hash")),
        check(name, "extension", in_names(dialect, "extension", 32, "a-z0-9._+-")),
        check(name, "domain", in_names(dialect, "domain", 253, "a-z0-9._:-")),
        check(name, "role", "role IN ('user', 'tenant', 'admin')"),
        check(name, "token_hash", a_hash(dialect)),
        check(name, "use_by", "use_by <= expires_at"),
    )


def sessions(dialect: str) -> None:
    name = "console_sessions"
    steps.create_table(
        name,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("invitation_id", sa.Integer, nullable=False, comment="by which invitation"),
        token_hash("SHA-256 of the cookie, in lower-case hexadecimal; the cookie itself is not kept"),
        moment(dialect, "created_at", "when the link was used, UTC"),
        words("address", 45, "the IP address where the link was used"),
        sa.Column("last_used_at", UtcTime, comment="when it was last used, UTC, to the minute"),
        sa.Column("ended_at", UtcTime, comment="when its user has logged out, UTC; null: not yet"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("invitation_id", name=op.f(f"uq_{name}_invitation_id")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{name}_token_hash")),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["console_invitations.id"],
            name=op.f(f"fk_{name}_invitation_id_console_invitations"),
            ondelete="CASCADE",
        ),
        check(name, "token_hash", a_hash(dialect)),
    )
    if dialect == "sqlite":
        for trigger in ddl.sqlite_reference(
            name, "invitation_id", "console_invitations", "id", delete_cascades=True, update_cascades=False
        ):
            op.execute(trigger)


def audit_entries(dialect: str) -> None:
    name = "audit_entries"
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    steps.create_table(
        name,
        sa.Column("id", number, nullable=False, comment="given by the database"),
        moment(dialect, "at", "when, UTC"),
        sa.Column(
            "actor",
            sa.String(320),
            nullable=False,
            comment="who: EXT@DOMAIN, or what has made the change, in words",
        ),
        sa.Column(
            "domain", sa.String(253), comment="the domain to which the actor is limited; null: to none"
        ),
        words("address", 45, "from which IP address; empty: on this machine"),
        sa.Column("action", sa.String(64), nullable=False, comment="what was done, such as `users set`"),
        sa.Column("subject", sa.String(320), nullable=False, comment="to whom or what"),
        words("details", 2000, "the new values, in words"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        check(name, "actor", "length(actor) >= 1"),
        check(name, "action", "length(action) >= 1"),
    )
    steps.create_index(name, ["at"])
    steps.create_index(name, ["domain", "id"])


def audit(dialect: str) -> str:
    what = ddl.joined(dialect, "action", ddl.joined(dialect, "' '", "subject"))
    return (
        f"SELECT at, {ddl.day(dialect, 'at')} AS day, actor, {what} AS what, details,\n"
        "  nullif(address, '') AS address, domain AS actor_domain\n"
        "FROM audit_entries"
    )


def in_names(dialect: str, column: str, length: int, characters: str) -> str:
    return f"length({column}) BETWEEN 1 AND {length} AND {ddl.only(dialect, column, characters)}"


def a_hash(dialect: str) -> str:
    return f"length(token_hash) = 64 AND {ddl.only(dialect, 'token_hash', '0-9a-f')}"


def token_hash(comment: str) -> sa.Column[str]:
    return sa.Column("token_hash", sa.String(64), nullable=False, comment=comment)


def words(name: str, length: int, comment: str) -> sa.Column[str]:
    empty = sa.text("''")
    return sa.Column(name, sa.String(length), nullable=False, server_default=empty, comment=comment)


def moment(dialect: str, name: str, comment: str) -> sa.Column[object]:
    now = sa.text(ddl.now(dialect))
    return sa.Column(name, UtcTime, nullable=False, server_default=now, comment=comment)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))

"""tokens for the keys of phones"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        "key_tokens",
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("user_id", sa.Integer, nullable=False, comment="whose phone it is for"),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_key_tokens_token_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_key_tokens_user_id_users"), ondelete="CASCADE"
        ),
        check("token_hash", f"length(token_hash) = 64 AND {ddl.only(dialect, 'token_hash', '0-9a-f')}"),
        check("label", f"length(label) <= 64 AND {ddl.only(dialect, 'label', ' -~')}"),
    )
    steps.create_index("key_tokens", ["user_id"])
    if dialect == "sqlite":
        for trigger in ddl.sqlite_reference(
            "key_tokens", "user_id", "users", "id", delete_cascades=True, update_cascades=False
        ):
            op.execute(trigger)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # triggers on `users`; those on the table go with it
        for what in ("gone", "renamed"):
            op.execute(f"DROP TRIGGER tr_key_tokens_user_id_{what}")
    steps.drop_table("key_tokens")


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_key_tokens_{name}"))

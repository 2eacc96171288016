"""favourites of the console's users"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = "console_favourites"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        NAME,
        sa.Column("domain", sa.String(253), nullable=False, comment="the domain of both, as in users"),
        sa.Column("extension", sa.String(32), nullable=False, comment="whose favourite, as in users"),
        sa.Column("favourite", sa.String(32), nullable=False, comment="the extension of the colleague"),
        sa.PrimaryKeyConstraint("domain", "extension", "favourite", name=op.f(f"pk_{NAME}")),
        in_names(dialect, "domain", 253, "a-z0-9._:-"),
        in_names(dialect, "extension", 32, "a-z0-9._+-"),
        in_names(dialect, "favourite", 32, "a-z0-9._+-"),
    )
    comment_action("what was done, such as `user changed`")


def downgrade() -> None:
    comment_action("what was done, such as `users set`")
    steps.drop_table(NAME)


def comment_action(text: str) -> None:
    if op.get_bind().dialect.name != "sqlite":  # it keeps no comments
        op.alter_column(
            "audit_entries", "action", comment=text, existing_type=sa.String(64), existing_nullable=False
        )


def in_names(dialect: str, column: str, length: int, characters: str) -> sa.CheckConstraint:
    condition = f"length({column}) BETWEEN 1 AND {length} AND {ddl.only(dialect, column, characters)}"
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{column}"))

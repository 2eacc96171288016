"""comments of two columns of settings_groups that were wrong"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "lower case: letters, digits, . _ -"
WHEN_NOT_ACCEPTED = "what a page becomes that a member does not take: refuse or call"


def upgrade() -> None:
    comment(
        f"{NAME}; a group of one domain is called NAME@DOMAIN",
        "what is done with a page or intercom call that a member does not accept: refuse, or call "
        "(all its phones ring)",
    )


def downgrade() -> None:
    comment(NAME, WHEN_NOT_ACCEPTED)


def comment(name: str, when_not_accepted: str) -> None:
    if op.get_bind().dialect.name == "sqlite":  # it keeps no comments
        return
    table = "settings_groups"
    op.alter_column(table, "name", comment=name, existing_type=sa.String(318), existing_nullable=False)
    op.alter_column(
        table,
        "when_not_accepted",
        comment=when_not_accepted,
        existing_type=sa.String(6),
        existing_nullable=False,
        existing_server_default="refuse",
    )

"""API tokens of kiosks, which send messages alone"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "api_tokens"
COMMENT = "what it is for, with a blank between: read, page, settings"
BEFORE = (
    "scopes IN ('read', 'page', 'settings', 'read page', 'read settings', 'page settings', "
    "'read page settings')"
)


def since(dialect: str) -> str:
    others = f"{BEFORE} AND sender IS NULL AND messages IS NULL"
    sender = f"length(sender) BETWEEN 1 AND 32 AND {ddl.only(dialect, 'sender', 'A-Za-z0-9._+-')}"
    messages = f"length(messages) BETWEEN 1 AND 255 AND {ddl.only(dialect, 'messages', ' a-z0-9._-')}"
    there = "domain IS NOT NULL AND sender IS NOT NULL AND messages IS NOT NULL"
    return f"({others}) OR (scopes = 'kiosk' AND {there} AND {sender} AND {messages})"


def upgrade() -> None:
    steps.add_text(TABLE, "sender", 32, "the name by which a kiosk sends messages; null: it is no kiosk")
    steps.add_text(TABLE, "messages", 255, "the names of the messages of a kiosk, with a blank between")
    steps.change_check(TABLE, "scopes", BEFORE, since(op.get_bind().dialect.name))
    comment(f"{COMMENT}; or kiosk alone")


def downgrade() -> None:
    # an older program knows no token that may do less than page
    op.execute(f"DELETE FROM {TABLE} WHERE scopes = 'kiosk'")
    steps.change_check(TABLE, "scopes", since(op.get_bind().dialect.name), BEFORE)
    comment(COMMENT)
    steps.drop_text(TABLE, "messages")
    steps.drop_text(TABLE, "sender")


def comment(text: str) -> None:
    if op.get_bind().dialect.name != "sqlite":  # it keeps no comments
        op.alter_column(
            TABLE,
            "scopes",
            comment=text,
            existing_type=sa.String(64),
            existing_nullable=False,
            existing_server_default="read page",
        )

"""the names of messages in the history"""

from controller.store import steps

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    steps.add_text("pages", "message", 32, "the name of the message in place of a pager's voice; null: none")


def downgrade() -> None:
    steps.drop_text("pages", "message")

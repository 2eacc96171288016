"""scopes of API tokens"""

from controller.store import steps

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHOICES = ["read", "page", "settings", "read page", "read settings", "page settings", "read page settings"]
COMMENT = "what it is for, with a blank between: read, page, settings"


def upgrade() -> None:
    # a token that there is may do what it could do before, and not more
    steps.add_choice("api_tokens", "scopes", 64, CHOICES, "read page", COMMENT)


def downgrade() -> None:
    # an older program would let each of them read and page
    steps.drop_column("api_tokens", "scopes")

"""replies to pages by a key, and the decline window"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "replies"
VIEW = "effective_permissions"
FLAGS = ("whisper_initiate", "whisper_accept", "intercom_initiate", "intercom_accept")
#: The replies of the first day, for all: the digit, the words, and whether they decline.
FIRST = (("1", "I am coming", False), ("2", "five minutes", False), ("3", "I cannot", True))


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.drop_view(VIEW)
    steps.create_table(
        NAME,
        sa.Column(
            "owner",
            sa.String(318),
            nullable=False,
            comment="whose: the name of a settings group; @DOMAIN; or * for all",
        ),
        sa.Column("digit", sa.String(1), nullable=False, comment="the key: this digit after *"),
        sa.Column(
            "words",
            sa.String(64),
            nullable=False,
            comment="what the pager reads; empty: no reply by this key",
        ),
        sa.Column(
            "declines",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="declines the page, which the pager hears by another tone",
        ),
        sa.PrimaryKeyConstraint("owner", "digit", name=op.f(f"pk_{NAME}")),
        check("owner", f"length(owner) BETWEEN 1 AND 318 AND {ddl.only(dialect, 'owner', '*@a-z0-9._:-')}"),
        check("digit", f"length(digit) = 1 AND {ddl.only(dialect, 'digit', '0-9')}"),
    )
    steps.add_text("pages", "reply", 64, "the words of its target's reply; null: none")
    steps.add_number(
        "settings_groups",
        "decline_seconds",
        (0, 10),
        "seconds in which a member can decline a page before it hears the pager",
    )
    steps.create_view(VIEW, effective_permissions(dialect, ", g.decline_seconds"))
    rows = sa.table(NAME, *map(sa.column, ("owner", "digit", "words", "declines")))
    op.execute(sa.delete(rows))  # of an upgrade that was interrupted
    for digit, words, declines in FIRST:
        op.execute(rows.insert().values(owner="*", digit=digit, words=words, declines=declines))


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.drop_view(VIEW)
    steps.drop_column("settings_groups", "decline_seconds")
    steps.drop_text("pages", "reply")
    steps.drop_table(NAME)
    steps.create_view(VIEW, effective_permissions(dialect, ""))


def effective_permissions(dialect: str, last: str) -> str:
    """The view of 0006, with these columns of the group at its end."""
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
        f"  g.when_not_accepted, u.pages_off, u.phone_kind, u.auto_answer{last}\n"
        "FROM users u JOIN settings_groups g ON g.name = coalesce(\n"
        f"  (SELECT d.name FROM settings_groups d WHERE d.name = {own}\n"
        f"    AND (u.settings_group = 'default' OR {foreign})),\n"
        f"  CASE WHEN {foreign} THEN 'default' ELSE u.settings_group END)"
    )


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{name}"))

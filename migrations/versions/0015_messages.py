"""messages to targets in place of a pager's voice"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME = "messages"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    letters = ddl.only(dialect, "substr(name, 1, 1)", "a-z")
    steps.create_table(
        NAME,
        sa.Column("owner", sa.String(254), nullable=False, comment="whose: @DOMAIN; or * for all"),
        sa.Column("name", sa.String(32), nullable=False, comment="its name: a-z 0-9 . _ -, a letter first"),
        sa.Column("number", sa.Integer, comment="its number in the feature code, 1 to 999; null: none"),
        sa.Column(
            "sound", sa.String(255), comment="the path of a sound file on the switch; null: it has words"
        ),
        sa.Column("words", sa.String(500), comment="a text to be spoken; null: it has a sound"),
        sa.Column("voice", sa.String(32), comment="the voice of the words; null: the first of speech_voices"),
        sa.PrimaryKeyConstraint("owner", "name", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("owner", "number", name=op.f(f"uq_{NAME}_owner_number")),
        check(
            "owner",
            "owner = '*' OR (owner LIKE '@_%' AND length(owner) <= 254 "
            f"AND {ddl.only(dialect, 'owner', '@a-z0-9._:-')})",
        ),
        check(
            "name",
            f"length(name) BETWEEN 1 AND 32 AND {letters} AND {ddl.only(dialect, 'name', 'a-z0-9._-')}",
        ),
        check("number", "number BETWEEN 1 AND 999"),
        check(
            "sound",
            f"length(sound) BETWEEN 1 AND 255 AND {ddl.only(dialect, 'sound', 'A-Za-z0-9._/-')} "
            "AND sound NOT LIKE '%..%'",
        ),
        check("words", "length(words) >= 1"),
        check(
            "voice",
            "voice IS NULL OR (words IS NOT NULL AND length(voice) BETWEEN 1 AND 32 "
            f"AND {ddl.only(dialect, 'voice', 'A-Za-z0-9._+-')})",
        ),
        check("one", "(sound IS NULL) <> (words IS NULL)"),
    )


def downgrade() -> None:
    steps.drop_table(NAME)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{name}"))

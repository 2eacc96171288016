"""call backs of refused pagers"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "call_backs"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        NAME,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        words("pager", 286, "who is to be rung, EXT@DOMAIN"),
        words("target", 286, "who will then be paged, EXT@DOMAIN"),
        words("feature", 8, "what was refused: whisper or intercom"),
        moment("asked_at", "when the pager has asked, UTC"),
        moment("expires_at", "until when it counts, UTC"),
        sa.Column(
            "taken_at", UtcTime, comment="since when a controller rings the pager, UTC; null: none does"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("pager", "target", name=op.f(f"uq_{NAME}_pager_target")),
        check("feature", "feature IN ('whisper', 'intercom')"),
        check("pager", name_of(dialect, "pager")),
        check("target", f"target <> pager AND {name_of(dialect, 'target')}"),
        check("expires_at", "expires_at > asked_at"),
    )
    steps.create_index(NAME, ["expires_at"])


def downgrade() -> None:
    steps.drop_table(NAME)


def name_of(dialect: str, column: str) -> str:
    """The condition that a column has a user's name in lower case."""
    one = f"{column} LIKE '%_@_%' AND {column} NOT LIKE '%@%@%'"
    return f"{one} AND {ddl.only(dialect, column, '@a-z0-9._+:-')}"


def words(name: str, length: int, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, comment=comment)


def moment(name: str, comment: str) -> "sa.Column[object]":
    return sa.Column(name, UtcTime, nullable=False, comment=comment)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{name}"))

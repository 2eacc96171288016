"""pages across switches"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME = "crossings"


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        NAME,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        words(
            "token_hash",
            64,
            "SHA-256 of the token that goes with the call, in lower-case hexadecimal; it is not kept",
        ),
        words("page_id", 36, "the page, as in pages"),
        words("pager", 286, "EXT@DOMAIN, as its switch has authenticated it"),
        words("target", 286, "EXT@DOMAIN"),
        words("feature", 8, "what was dialled: whisper or intercom"),
        words("switch", 255, "the switch at which the call must arrive"),
        sa.Column("expires_at", UtcTime, nullable=False, comment="until when it may, UTC"),
        sa.Column(
            "leg",
            sa.String(255),
            comment="the leg that has arrived, on that switch; empty: none ever will; null: not yet",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{NAME}_token_hash")),
        sa.UniqueConstraint("page_id", name=op.f(f"uq_{NAME}_page_id")),
        check("token_hash", f"length(token_hash) = 64 AND {ddl.only(dialect, 'token_hash', '0-9a-f')}"),
        check("feature", "feature IN ('whisper', 'intercom')"),
    )
    steps.create_index(NAME, ["expires_at"])


def downgrade() -> None:
    steps.drop_table(NAME)


def words(name: str, length: int, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, comment=comment)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{NAME}_{name}"))

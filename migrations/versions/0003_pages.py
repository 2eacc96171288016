"""the history of pages"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps
from controller.store.utctime import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# PostgreSQL, too, compares byte by byte in any language, so that `1002@...` is one range of an index
NAME = sa.String(320).with_variant(sa.String(320, collation="C"), "postgresql")


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        "pages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            nullable=False,
            comment="given by the database",
        ),
        sa.Column("page_id", sa.String(36), nullable=False, comment="the page's UUID, as on the switch"),
        sa.Column("switch", sa.String(255), nullable=False, comment="which switch"),
        sa.Column("pager", NAME, comment="EXT@DOMAIN; null: nobody was authenticated"),
        sa.Column(
            "target",
            NAME,
            nullable=False,
            comment="EXT@DOMAIN, or what was dialled if that is no user",
        ),
        sa.Column("treatment", sa.String(8), nullable=False, comment="whisper, intercom, call or refused"),
        sa.Column("reason", sa.String(64), comment="why it was refused; null unless it was"),
        sa.Column("cause", sa.String(64), comment="the SIP or hangup cause"),
        sa.Column("started_at", UtcTime, nullable=False, comment="when it was asked for, UTC"),
        sa.Column("answered_at", UtcTime, comment="when they could speak, UTC; null: never"),
        sa.Column("ended_at", UtcTime, comment="when it was over, UTC; null: not yet"),
        sa.Column("ending", sa.String(64), comment="how it ended; null: not yet"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("page_id", name=op.f("uq_pages_page_id")),
        check("page_id", f"length(page_id) = 36 AND {ddl.only(dialect, 'page_id', '0-9a-f-')}"),
        check("switch", "switch <> ''"),
        check("pager", "pager LIKE '%_@_%'"),
        check("target", "target <> ''"),
        check("treatment", "treatment IN ('whisper', 'intercom', 'call', 'refused')"),
        check("reason", "(treatment = 'refused') = (reason IS NOT NULL)"),
        check("refused", "treatment <> 'refused' OR (answered_at IS NULL AND ended_at IS NOT NULL)"),
        check("ending", "(ended_at IS NULL) = (ending IS NULL)"),
        check("times", "answered_at >= started_at AND ended_at >= coalesce(answered_at, started_at)"),
    )
    for columns in (
        ["started_at"],
        ["pager", "started_at"],
        ["target", "started_at"],
        ["treatment", "started_at"],
        ["switch", "ended_at"],
    ):
        steps.create_index("pages", columns)
    steps.create_view("page_report", page_report(dialect))


def downgrade() -> None:
    steps.drop_view("page_report")
    steps.drop_table("pages")


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_pages_{name}"))


def page_report(dialect: str) -> str:
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in (
            ("whisper", "whispers"),
            ("intercom", "intercoms"),
            ("call", "calls"),
            ("refused", "refused"),
        )
    )
    return (
        "SELECT user_name, day,\n"
        f"{started}\n"
        "  count(CASE WHEN made = 0 AND answered_at IS NOT NULL THEN 1 END) AS received,\n"
        "  coalesce(sum(CASE WHEN made = 1 THEN seconds END), 0) AS seconds\n"
        "FROM (\n"
        f"  SELECT pager AS user_name, {day} AS day, 1 AS made, treatment, answered_at, {spoken} AS seconds\n"
        "  FROM pages WHERE pager IS NOT NULL\n"
        "  UNION ALL\n"
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken} FROM pages\n"
        ") attempts GROUP BY user_name, day"
    )

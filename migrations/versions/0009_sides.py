"""no day in the report for the target of an attempt from another domain"""

from alembic import op

from controller.store import ddl, steps

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    pager, target = (ddl.domain_of(dialect, side) for side in ("pager", "target"))
    replace(f" WHERE coalesce(({pager}) = ({target}), TRUE)")


def downgrade() -> None:
    replace("")


def replace(received: str) -> None:
    """Make the view of 0006 again, in which `received` says which attempts count for their target."""
    dialect = op.get_bind().dialect.name
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in (("whisper", "whispers"), ("intercom", "intercoms"), ("call", "calls"))
    )
    steps.drop_view("page_report")
    steps.create_view(
        "page_report",
        "SELECT user_name, day,\n"
        f"{started}\n"
        "  coalesce(sum(CASE WHEN made = 1 AND treatment = 'refused' THEN attempts END), 0) AS refused,\n"
        "  count(CASE WHEN made = 0 AND answered_at IS NOT NULL THEN 1 END) AS received,\n"
        "  coalesce(sum(CASE WHEN made = 1 THEN seconds END), 0) AS seconds,\n"
        f"  {ddl.domain_of(dialect, 'user_name')} AS user_domain\n"
        "FROM (\n"
        f"  SELECT pager AS user_name, {day} AS day, 1 AS made, treatment, answered_at,\n"
        f"    {spoken} AS seconds, attempts FROM pages WHERE pager IS NOT NULL\n"
        "  UNION ALL\n"
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken}, attempts FROM pages{received}\n"
        ") attempts GROUP BY user_name, day",
    )

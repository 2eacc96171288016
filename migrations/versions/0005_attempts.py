"""repeated refusals as one row"""

from alembic import op

from controller.store import ddl, steps

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    steps.drop_view("page_report")
    steps.add_counter("pages", "attempts", "how many this row stands for: repeated refusals are one row")
    steps.create_view("page_report", page_report(op.get_bind().dialect.name, "attempts"))


def downgrade() -> None:
    steps.drop_view("page_report")
    steps.drop_column("pages", "attempts")
    steps.create_view("page_report", page_report(op.get_bind().dialect.name, "1"))


def page_report(dialect: str, refusals: str) -> str:
    """The view of 0003, in which a refused row counts as `refusals` refusals."""
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in (("whisper", "whispers"), ("intercom", "intercoms"), ("call", "calls"))
    )
    return (
        "SELECT user_name, day,\n"
        f"{started}\n"
        "  coalesce(sum(CASE WHEN made = 1 AND treatment = 'refused' THEN refusals END), 0) AS refused,\n"
        "  count(CASE WHEN made = 0 AND answered_at IS NOT NULL THEN 1 END) AS received,\n"
        "  coalesce(sum(CASE WHEN made = 1 THEN seconds END), 0) AS seconds\n"
        "FROM (\n"
        f"  SELECT pager AS user_name, {day} AS day, 1 AS made, treatment, answered_at,\n"
        f"    {spoken} AS seconds, {refusals} AS refusals FROM pages WHERE pager IS NOT NULL\n"
        "  UNION ALL\n"
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken}, {refusals} FROM pages\n"
        ") attempts GROUP BY user_name, day"
    )

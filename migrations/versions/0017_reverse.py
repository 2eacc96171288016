"""reverse pages"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

TREATMENT = "treatment IN ('whisper', 'intercom', 'call', 'refused')"
REVERSED_TREATMENT = "treatment IN ('whisper', 'reverse', 'intercom', 'call', 'refused')"
FEATURE = "feature IN ('whisper', 'intercom')"
REVERSED_FEATURE = "feature IN ('whisper', 'intercom', 'reverse')"
COUNTED = (("whisper", "whispers"), ("intercom", "intercoms"), ("call", "calls"))


def upgrade() -> None:
    steps.change_check("pages", "treatment", TREATMENT, REVERSED_TREATMENT)
    steps.change_check("crossings", "feature", FEATURE, REVERSED_FEATURE)
    comment("whisper, reverse, intercom, call or refused", "what was asked for: whisper, intercom or reverse")
    report((COUNTED[0], ("reverse", "reverses"), *COUNTED[1:]))


def downgrade() -> None:
    # for its far party and for versions before this one a reverse page is a whisper page
    op.execute("UPDATE pages SET treatment = 'whisper' WHERE treatment = 'reverse'")
    op.execute("DELETE FROM crossings WHERE feature = 'reverse'")
    steps.change_check("pages", "treatment", REVERSED_TREATMENT, TREATMENT)
    steps.change_check("crossings", "feature", REVERSED_FEATURE, FEATURE)
    comment("whisper, intercom, call or refused", "what was dialled: whisper or intercom")
    report(COUNTED)


def comment(treatment: str, feature: str) -> None:
    if op.get_bind().dialect.name == "sqlite":  # it keeps no comments
        return
    for table, column, told in (("pages", "treatment", treatment), ("crossings", "feature", feature)):
        op.alter_column(table, column, comment=told, existing_type=sa.String(8), existing_nullable=False)


def report(counted: tuple[tuple[str, str], ...]) -> None:
    """Make the view of 0009 again, with a column for each of these treatments."""
    dialect = op.get_bind().dialect.name
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    pager, target = (ddl.domain_of(dialect, side) for side in ("pager", "target"))
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in counted
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
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken}, attempts FROM pages\n"
        f"  WHERE coalesce(({pager}) = ({target}), TRUE)\n"
        ") attempts GROUP BY user_name, day",
    )

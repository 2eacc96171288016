"""page groups, and the pages of their members"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

GROUPS, MEMBERS = "page_groups", "page_group_members"
#: The columns of `page_group_members` that name rows of other tables.
PARENTS = {"page_group_id": GROUPS, "settings_group_id": "settings_groups"}
TREATMENTS = "treatment IN ('whisper', 'reverse', 'intercom', 'call', 'refused')"
WITH_GROUPS = "treatment IN ('whisper', 'reverse', 'intercom', 'call', 'group', 'refused')"
COUNTED = (("whisper", "whispers"), ("reverse", "reverses"), ("intercom", "intercoms"), ("call", "calls"))


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    make_groups(dialect)
    make_members(dialect)
    steps.add_text("pages", "part_of", 36, "the page_id of the page to a group that it is a part of; or null")
    steps.create_index("pages", ["part_of"])
    steps.change_check("pages", "treatment", TREATMENTS, WITH_GROUPS)
    comment_treatment("whisper, reverse, intercom, call, group or refused")
    # a page to a group counts once for its pager, and for each member that it has reached
    replace_report(" AND part_of IS NULL", " AND treatment <> 'group'")


def downgrade() -> None:
    replace_report("", "")
    op.execute("DELETE FROM pages WHERE treatment = 'group'")
    comment_treatment("whisper, reverse, intercom, call or refused")
    steps.change_check("pages", "treatment", WITH_GROUPS, TREATMENTS)
    steps.drop_index("pages", ["part_of"])
    steps.drop_text("pages", "part_of")
    if op.get_bind().dialect.name == "sqlite":
        for column in PARENTS:
            for what in ("insert", "update", "gone", "renamed"):
                op.execute(f"DROP TRIGGER IF EXISTS tr_{MEMBERS}_{column}_{what}")
    steps.drop_table(MEMBERS)
    steps.drop_table(GROUPS)


def make_groups(dialect: str) -> None:
    extension = ddl.only(dialect, "extension", "a-z0-9._+-")
    steps.create_table(
        GROUPS,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column(
            "extension",
            sa.String(32),
            nullable=False,
            comment="what is dialled after the code, in lower case: letters, digits, . _ + -",
        ),
        sa.Column(
            "domain",
            sa.String(253),
            nullable=False,
            server_default=sa.text("''"),
            comment="its domain, in lower case; empty: all domains",
        ),
        sa.Column(
            "label",
            sa.String(64),
            nullable=False,
            server_default=sa.text("''"),
            comment="its name for people",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{GROUPS}")),
        sa.UniqueConstraint("extension", "domain", name=op.f(f"uq_{GROUPS}_extension_domain")),
        check(GROUPS, "extension", f"length(extension) BETWEEN 1 AND 32 AND {extension}"),
        check(GROUPS, "domain", ddl.only(dialect, "domain", "a-z0-9._:-")),
    )


def make_members(dialect: str) -> None:
    one = "user_name LIKE '%_@_%' AND user_name NOT LIKE '%@%@%'"
    user = f"{one} AND {ddl.only(dialect, 'user_name', '@a-z0-9._+:-')}"
    steps.create_table(
        MEMBERS,
        sa.Column("id", sa.Integer, nullable=False, comment="given by the database"),
        sa.Column("page_group_id", sa.Integer, nullable=False, comment="of which page group"),
        sa.Column("user_name", sa.String(286), comment="this user, EXT@DOMAIN; it need not be in users"),
        sa.Column(
            "settings_group_id",
            sa.Integer,
            comment="or the users of this settings group (exactly one of both)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MEMBERS}")),
        sa.UniqueConstraint("page_group_id", "user_name", name=op.f(f"uq_{MEMBERS}_page_group_id_user_name")),
        sa.UniqueConstraint(
            "page_group_id", "settings_group_id", name=op.f(f"uq_{MEMBERS}_page_group_id_settings_group_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{parent}.id"], name=op.f(f"fk_{MEMBERS}_{column}_{parent}"), ondelete="CASCADE"
            )
            for column, parent in PARENTS.items()
        ),
        check(MEMBERS, "user_name", user),
        check(MEMBERS, "one", "(user_name IS NULL) <> (settings_group_id IS NULL)"),
    )
    steps.create_index(MEMBERS, ["settings_group_id"])
    if dialect == "sqlite":
        for column, parent in PARENTS.items():
            for trigger in ddl.sqlite_reference(
                MEMBERS, column, parent, "id", delete_cascades=True, update_cascades=False
            ):
                op.execute(trigger)


def replace_report(started_by: str, received_by: str) -> None:
    """Make the view of 0017 again; the conditions say which rows count for a pager and for a target."""
    dialect = op.get_bind().dialect.name
    pager, target = (ddl.domain_of(dialect, side) for side in ("pager", "target"))
    day = ddl.day(dialect, "started_at")
    spoken = ddl.seconds(dialect, "answered_at", "ended_at")
    started = "\n".join(
        f"  count(CASE WHEN made = 1 AND treatment = '{treatment}' THEN 1 END) AS {column},"
        for treatment, column in COUNTED
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
        f"    {spoken} AS seconds, attempts FROM pages WHERE pager IS NOT NULL{started_by}\n"
        "  UNION ALL\n"
        f"  SELECT target, {day}, 0, treatment, answered_at, {spoken}, attempts FROM pages\n"
        f"  WHERE coalesce(({pager}) = ({target}), TRUE){received_by}\n"
        ") attempts GROUP BY user_name, day",
    )


def comment_treatment(comment: str) -> None:
    if op.get_bind().dialect.name != "sqlite":  # it keeps no comments
        op.alter_column(
            "pages", "treatment", comment=comment, existing_type=sa.String(8), existing_nullable=False
        )


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))

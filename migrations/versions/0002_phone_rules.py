"""phone rules, with the phones that are known"""

import sqlalchemy as sa
from alembic import op

from controller.store import ddl, steps

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CALL_INFO = "Call-Info: <sip:{domain}>;answer-after=0"
ALERT_INFO = "Alert-Info: <http://{domain}>;info=alert-autoanswer;delay=0"
BOTH = f"{CALL_INFO}\n{ALERT_INFO}"
RFC_5373 = "Answer-Mode: Auto"

# Softphones come first: some are named like a vendor's desk phones ("Grandstream Wave").
SOFT = (
    ("*softphone*", "softphone", RFC_5373),
    ("MicroSIP*", "MicroSIP", CALL_INFO),
    ("Zoiper*", "Zoiper", CALL_INFO),
    ("Z *", "Zoiper", CALL_INFO),
    ("Bria*", "CounterPath", RFC_5373),
    ("X-Lite*", "CounterPath", RFC_5373),
    ("Linphone*", "Linphone", ""),
    ("JsSIP*", "JsSIP", RFC_5373),
    ("SIP.js*", "SIP.js", RFC_5373),
    ("baresip*", "baresip", RFC_5373),
    ("3CXPhone*", "3CX", RFC_5373),
    ("Acrobits*", "Acrobits", RFC_5373),
    ("Grandstream Wave*", "Grandstream", CALL_INFO),
    ("Cisco-CSF*", "Cisco Jabber", RFC_5373),
)
DESK = (
    ("Yealink*", "Yealink", BOTH),
    ("Poly*", "Poly", 'Alert-Info: <http://{domain}>;info="Auto Answer"'),
    ("Cisco/SPA*", "Cisco SPA", CALL_INFO),
    ("Cisco-CP*", "Cisco MPP", CALL_INFO),
    ("snom*", "Snom", ALERT_INFO),
    ("Grandstream*", "Grandstream", BOTH),
    ("Fanvil*", "Fanvil", CALL_INFO),
    ("Htek*", "Htek", CALL_INFO),
    ("Aastra*", "Mitel", BOTH),
    ("Mitel*", "Mitel", BOTH),
    ("OBIHAI*", "Obihai", BOTH),
    ("Panasonic*", "Panasonic", "Alert-Info: Intercom"),
    ("Gigaset*", "Gigaset", CALL_INFO),
    ("OpenStage*", "Unify", ALERT_INFO),
    ("Sangoma P*", "Sangoma P", "Alert-Info: ring-answer"),
    ("Digium*", "Sangoma P", "Alert-Info: ring-answer"),
    ("Sangoma S*", "Sangoma S", "Alert-Info: <http://www.sangoma.com>;info=external"),
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    steps.create_table(
        "phone_rules",
        sa.Column(
            "position",
            sa.Integer,
            autoincrement=False,
            nullable=False,
            comment="rules are tried in this order, the lowest first",
        ),
        sa.Column(
            "pattern",
            sa.String(200),
            nullable=False,
            comment="the whole User-Agent, * standing for anything; case does not count",
        ),
        sa.Column("vendor", sa.String(64), nullable=False, comment="who makes these phones"),
        sa.Column("kind", sa.String(4), nullable=False, comment="desk or soft"),
        sa.Column(
            "auto_answer",
            sa.String(1000),
            nullable=False,
            server_default=sa.text("''"),
            comment="SIP headers that make them answer, one a line; {domain} is the target's domain",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_phone_rules")),
        sa.UniqueConstraint("pattern", name=op.f("uq_phone_rules_pattern")),
        sa.CheckConstraint(
            f"length(pattern) BETWEEN 1 AND 200 AND {ddl.only(dialect, 'pattern', ' -~')}",
            name=op.f("ck_phone_rules_pattern"),
        ),
        sa.CheckConstraint(
            f"length(vendor) BETWEEN 1 AND 64 AND {ddl.only(dialect, 'vendor', ' -~')}",
            name=op.f("ck_phone_rules_vendor"),
        ),
        sa.CheckConstraint("kind IN ('desk', 'soft')", name=op.f("ck_phone_rules_kind")),
        sa.CheckConstraint(ddl.header_lines(dialect, "auto_answer"), name=op.f("ck_phone_rules_auto_answer")),
    )
    known = [(*row, "soft") for row in SOFT] + [(*row, "desk") for row in DESK]
    columns = ("position", "pattern", "vendor", "kind", "auto_answer")
    op.bulk_insert(
        sa.table("phone_rules", *map(sa.column, columns)),
        [
            # steps of ten leave room for rules between them
            {
                "position": 1000 + 10 * at,
                "pattern": pattern,
                "vendor": vendor,
                "auto_answer": headers,
                "kind": kind,
            }
            for at, (pattern, vendor, headers, kind) in enumerate(known)
        ],
    )


def downgrade() -> None:
    steps.drop_table("phone_rules")

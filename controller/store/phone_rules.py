"""The phone rules, in SQL."""

from __future__ import annotations

from sqlalchemy import select

from controller.phones.auto_answer import read_headers
from controller.phones.values import PhoneKind, PhoneRule
from controller.store.models import PhoneRuleRow
from controller.store.session import Reading


def all_rules(reading: Reading) -> tuple[PhoneRule, ...]:
    """Every phone rule, in the order in which they are tried."""
    columns = select(
        PhoneRuleRow.position,
        PhoneRuleRow.pattern,
        PhoneRuleRow.vendor,
        PhoneRuleRow.kind,
        PhoneRuleRow.auto_answer,
    )
    return tuple(
        PhoneRule(position, pattern, vendor, PhoneKind(kind), read_headers(headers))
        for position, pattern, vendor, kind, headers in reading.session.execute(
            columns.order_by(PhoneRuleRow.position)
        )
    )

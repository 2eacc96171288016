"""The phone rules, in SQL."""

from __future__ import annotations

from controller.phones.values import PhoneRule
from controller.store.session import Reading


def all_rules(reading: Reading) -> tuple[PhoneRule, ...]:
    """Every phone rule, in the order in which they are tried."""
    raise NotImplementedError

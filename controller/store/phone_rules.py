"""The phone rules in SQL."""

from __future__ import annotations

import re
from functools import lru_cache

import orjson
from sqlalchemy import func, select

from controller.domain.names import shown
from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.phones.auto_answer import read_headers, write_headers
from controller.phones.values import PhoneKind, PhoneRule
from controller.store.models import PhoneRuleRow
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import RuleChanges

#: The distance of a new rule from the first one, which leaves room for rules between them.
STEP = 10

_PATTERN = re.compile(r"[ -~]{1,200}")
_VENDOR = re.compile(r"[ -~]{1,64}")
_RULES = PhoneRuleRow.__table__.c
#: A query of the table and not of the class, made only once, since every page needs it.
_ALL = select(_RULES.position, _RULES.pattern, _RULES.vendor, _RULES.kind, _RULES.auto_answer).order_by(
    _RULES.position
)

#: The same in one row, as JSON: Python's sqlite3 waits for its thread's turn after each row.
_ALL_IN_ONE = select(func.json_group_array(func.json_array(*_ALL.selected_columns)))


def check_pattern(text: str) -> str:
    """The pattern itself; raises InvalidValue if the text cannot be one."""
    if not _PATTERN.fullmatch(text):
        raise InvalidValue(f"{shown(text)} is not a pattern: use 1 to 200 printable ASCII characters.")
    return text


def all_rules(reading: ReadSession) -> tuple[PhoneRule, ...]:
    """Every phone rule, in the order in which they are tried."""
    if reading.kind == "sqlite":
        return _read(reading.connection.scalar(_ALL_IN_ONE) or "[]")
    return tuple(_rule(*row) for row in reading.connection.execute(_ALL))


def show(reading: ReadSession, pattern: str) -> PhoneRule:
    """The rule with a pattern. Raises NotFound, InvalidValue."""
    row = _existing(reading, pattern)
    return _rule(row.position, row.pattern, row.vendor, row.kind, row.auto_answer)


def first_position(reading: ReadSession) -> int:
    """A position before all rules."""
    first = reading.session.scalar(select(func.min(PhoneRuleRow.position)))
    return STEP if first is None else first - STEP


def add(unit: UnitOfWork, rule: PhoneRule) -> None:
    """Add a rule. Raises AlreadyThere (its pattern, its position), InvalidValue."""
    if _find(unit, rule.pattern) is not None:
        raise AlreadyThere(f"There is a phone rule {rule.pattern!r} already.", "phone")
    row = PhoneRuleRow(pattern=rule.pattern)
    _set(
        unit,
        row,
        RuleChanges(position=rule.position, vendor=rule.vendor, kind=rule.kind, headers=rule.headers),
    )
    unit.session.add(row)
    unit.session.flush()


def change(unit: UnitOfWork, pattern: str, changes: RuleChanges) -> None:
    """Apply `changes`. Raises NotFound, AlreadyThere (the position), InvalidValue."""
    _set(unit, _existing(unit, pattern), changes)
    unit.session.flush()


def lock(unit: UnitOfWork, pattern: str) -> None:
    """Keep others from changing a rule until the end of the unit of work. Raises NotFound, InvalidValue."""
    _existing(unit, pattern, to_change=True)


def remove(unit: UnitOfWork, pattern: str) -> None:
    """Remove a rule. Raises NotFound, InvalidValue."""
    unit.session.delete(_existing(unit, pattern))
    unit.session.flush()


@lru_cache(maxsize=1)
def _read(text: str) -> tuple[PhoneRule, ...]:
    return tuple(_rule(*row) for row in sorted(orjson.loads(text)))


@lru_cache(maxsize=1024)  # every page reads all of them, and they hardly ever change
def _rule(position: int, pattern: str, vendor: str, kind: str, headers: str) -> PhoneRule:
    return PhoneRule(position, pattern, vendor, PhoneKind(kind), read_headers(headers))


def _existing(reading: ReadSession, pattern: str, *, to_change: bool = False) -> PhoneRuleRow:
    row = _find(reading, pattern, to_change=to_change)
    if row is None:
        raise NotFound(f"There is no phone rule {shown(pattern)}.", "phone")
    return row


def _find(reading: ReadSession, pattern: str, *, to_change: bool = False) -> PhoneRuleRow | None:
    query = select(PhoneRuleRow).where(PhoneRuleRow.pattern == check_pattern(pattern))
    return reading.session.scalar(query.with_for_update() if to_change else query)


def _set(unit: UnitOfWork, row: PhoneRuleRow, changes: RuleChanges) -> None:
    if "position" in changes:
        there = unit.session.get(PhoneRuleRow, changes["position"])
        if there is not None and there is not row:
            raise AlreadyThere(
                f"The phone rule {there.pattern!r} has position {there.position}: choose another."
            )
        row.position = changes["position"]
    if "vendor" in changes:
        if not _VENDOR.fullmatch(changes["vendor"]):
            raise InvalidValue(
                f"{shown(changes['vendor'])} is not a vendor: use 1 to 64 printable ASCII characters."
            )
        row.vendor = changes["vendor"]
    if "kind" in changes:
        row.kind = changes["kind"]
    if "headers" in changes:
        row.auto_answer = write_headers(changes["headers"])

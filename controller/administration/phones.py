"""Phone rules: listed, shown, added, changed, removed. They are of all domains."""

from __future__ import annotations

from collections.abc import Iterable

from controller.administration.change import Change, Subject, check_version
from controller.administration.reach import Reach
from controller.errors import AlreadyThere, InvalidValue
from controller.phones.recognise import matches
from controller.phones.values import POSITIONS, Header, PhoneKind, PhoneRule
from controller.store import phone_rules
from controller.store.session import ReadSession, UnitOfWork
from controller.store.settings import RuleChanges

_WHOSE = "Phone rules"


def check_pattern(text: str) -> str:
    """The pattern itself; raises InvalidValue if the text cannot be one."""
    return phone_rules.check_pattern(text)


def listing(reading: ReadSession, reach: Reach) -> tuple[PhoneRule, ...]:
    """Every phone rule, in the order in which they are tried; whatever the reach."""
    return phone_rules.all_rules(reading)


def found(reading: ReadSession, reach: Reach, text: str) -> tuple[PhoneRule, ...]:
    """The rule of the phones whose User-Agent is `text`, and those with it in their pattern or vendor."""
    rules = phone_rules.all_rules(reading)
    first = next((each for each in rules if matches(each.pattern, text)), None)
    sought = text.lower()
    named = (each for each in rules if sought in each.pattern.lower() or sought in each.vendor.lower())
    return tuple(dict.fromkeys((*((first,) if first else ()), *named)))


def show(reading: ReadSession, reach: Reach, pattern: str) -> PhoneRule:
    """The rule with a pattern; whatever the reach. Raises NotFound, InvalidValue."""
    return phone_rules.show(reading, pattern)


def add(
    unit: UnitOfWork,
    reach: Reach,
    pattern: str,
    vendor: str,
    kind: PhoneKind,
    headers: tuple[Header, ...] = (),
    position: int | None = None,
) -> Change[PhoneRule]:
    """Add a rule, before all others unless it has a position.

    Raises AlreadyThere (its pattern, whose case does not count; its position), InvalidValue, OutOfReach.
    """
    reach.check_installation(_WHOSE)
    _check_position(position)
    _refuse_same(pattern, phone_rules.all_rules(unit))
    at = phone_rules.first_position(unit) if position is None else position
    rule = PhoneRule(at, pattern, vendor, kind, headers)
    phone_rules.add(unit, rule)
    return Change(Subject.PHONE_RULE, pattern, None, rule)


def change(
    unit: UnitOfWork, reach: Reach, pattern: str, changes: RuleChanges, version: str = ""
) -> Change[PhoneRule]:
    """Apply `changes`. Raises NotFound, AlreadyThere (the position), InvalidValue, OutOfReach, Outdated."""
    _check_position(changes.get("position"))
    before = _locked(unit, reach, pattern, version)
    phone_rules.change(unit, pattern, changes)
    return Change(Subject.PHONE_RULE, pattern, before, phone_rules.show(unit, pattern))


def remove(unit: UnitOfWork, reach: Reach, pattern: str, version: str = "") -> Change[PhoneRule]:
    """Remove a rule. Raises NotFound, InvalidValue, OutOfReach, Outdated."""
    before = _locked(unit, reach, pattern, version)
    phone_rules.remove(unit, pattern)
    return Change(Subject.PHONE_RULE, pattern, before, None)


def hidden(rule: PhoneRule, rules: Iterable[PhoneRule]) -> tuple[PhoneRule, ...]:
    """The rules after this one that are never reached, because it matches whatever they match."""
    # a pattern that matches the text of another pattern matches whatever the other one does
    after = (each for each in rules if each.position > rule.position)
    return tuple(each for each in after if matches(rule.pattern, each.pattern))


def _locked(unit: UnitOfWork, reach: Reach, pattern: str, version: str) -> PhoneRule:
    """The rule, which nobody else changes until the end of the unit of work."""
    reach.check_installation(_WHOSE)
    phone_rules.lock(unit, pattern)
    found = phone_rules.show(unit, pattern)
    check_version(found, version, f"The phone rule {pattern!r}")
    return found


def _check_position(position: int | None) -> None:
    lowest, highest = POSITIONS
    if position is not None and not lowest <= position <= highest:
        raise InvalidValue(f"The position of a phone rule is {lowest} to {highest}, not {position}.")


def _refuse_same(pattern: str, rules: Iterable[PhoneRule]) -> None:
    """Refuse a pattern that differs from another in case alone: case does not count, so it never matches."""
    for rule in rules:
        if rule.pattern != pattern and rule.pattern.lower() == pattern.lower():
            raise AlreadyThere(
                f"There is a phone rule {rule.pattern!r} already; case does not count.", "phone"
            )

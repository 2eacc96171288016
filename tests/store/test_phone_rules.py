"""The phone rules in SQL."""

from __future__ import annotations

import pytest

from controller.errors import AlreadyThere, InvalidValue, NotFound
from controller.phones.values import Header, PhoneKind, PhoneRule
from controller.store import phone_rules
from controller.store.session import UnitOfWork

HEADERS = (Header("Call-Info", "<sip:{domain}>;answer-after=0"), Header("Answer-Mode", "Auto"))
ACME = PhoneRule(5, "Acme*", "Acme", PhoneKind.DESK, HEADERS)


def test_the_known_phones_are_there_from_the_first(unit: UnitOfWork) -> None:
    rules = phone_rules.all_rules(unit)
    assert [rule.position for rule in rules] == sorted(rule.position for rule in rules)
    assert {rule.pattern for rule in rules} >= {"Yealink*", "snom*", "MicroSIP*"}


def test_a_rule_comes_back_as_it_was_kept(unit: UnitOfWork) -> None:
    phone_rules.add(unit, ACME)
    assert phone_rules.all_rules(unit)[0] == ACME


def test_a_new_rule_goes_before_all_others(unit: UnitOfWork) -> None:
    first = phone_rules.first_position(unit)
    assert all(first < rule.position for rule in phone_rules.all_rules(unit))


def test_there_is_a_first_position_without_any_rule(unit: UnitOfWork) -> None:
    for rule in phone_rules.all_rules(unit):
        phone_rules.remove(unit, rule.pattern)
    phone_rules.add(unit, PhoneRule(phone_rules.first_position(unit), "a", "b", PhoneKind.SOFT))
    assert len(phone_rules.all_rules(unit)) == 1


def test_a_rule_is_changed_where_it_is_asked(unit: UnitOfWork) -> None:
    phone_rules.add(unit, ACME)
    phone_rules.change(unit, "Acme*", {"kind": PhoneKind.SOFT, "headers": ()})
    assert phone_rules.all_rules(unit)[0] == PhoneRule(5, "Acme*", "Acme", PhoneKind.SOFT)


def test_a_pattern_is_not_added_twice(unit: UnitOfWork) -> None:
    with pytest.raises(AlreadyThere, match="There is a phone rule"):
        phone_rules.add(unit, PhoneRule(5, "Yealink*", "Yealink", PhoneKind.DESK))


def test_a_position_is_not_taken_twice(unit: UnitOfWork) -> None:
    phone_rules.add(unit, ACME)
    with pytest.raises(AlreadyThere, match=r"'Acme\*' has position 5"):
        phone_rules.change(unit, "Yealink*", {"position": 5})


@pytest.mark.parametrize("pattern", ["", "a\nb", "é", "x" * 201])
def test_a_pattern_is_printable_and_not_too_long(unit: UnitOfWork, pattern: str) -> None:
    with pytest.raises(InvalidValue, match="is not a pattern"):
        phone_rules.add(unit, PhoneRule(5, pattern, "Acme", PhoneKind.DESK))


@pytest.mark.parametrize("vendor", ["", "a\nb", "x" * 65])
def test_a_vendor_is_printable_and_not_too_long(unit: UnitOfWork, vendor: str) -> None:
    with pytest.raises(InvalidValue, match="is not a vendor"):
        phone_rules.add(unit, PhoneRule(5, "Acme*", vendor, PhoneKind.DESK))


def test_a_rule_that_does_not_exist_is_reported(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound, match=r"no phone rule 'Acme\*'"):
        phone_rules.remove(unit, "Acme*")
    with pytest.raises(NotFound):
        phone_rules.change(unit, "Acme*", {"kind": PhoneKind.SOFT})

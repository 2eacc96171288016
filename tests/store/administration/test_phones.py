"""The changes of phone rules, which are of all domains."""

from __future__ import annotations

import pytest

from controller.administration import phones
from controller.administration.change import Action, version_of
from controller.administration.reach import EVERYTHING, Reach
from controller.errors import AlreadyThere, InvalidValue, Outdated, OutOfReach
from controller.phones.values import PhoneKind
from controller.store.session import UnitOfWork

ONE = Reach("one.test")


def test_a_new_rule_stands_before_all_others(unit: UnitOfWork) -> None:
    change = phones.add(unit, EVERYTHING, "Acme*", "Acme", PhoneKind.DESK)
    assert change.action is Action.ADDED
    assert phones.listing(unit, EVERYTHING)[0] == change.result


def test_a_rule_goes_to_the_position_that_it_is_given(unit: UnitOfWork) -> None:
    phones.add(unit, EVERYTHING, "Acme*", "Acme", PhoneKind.DESK, (), 100_000)
    assert phones.listing(unit, EVERYTHING)[-1].pattern == "Acme*"
    change = phones.change(unit, EVERYTHING, "Acme*", {"position": -100_000})
    assert change.details == "position: 100000 -> -100000"
    assert phones.listing(unit, EVERYTHING)[0].pattern == "Acme*"


@pytest.mark.parametrize("position", [-1_000_001, 1_000_001])
def test_a_position_has_bounds(unit: UnitOfWork, position: int) -> None:
    with pytest.raises(InvalidValue):
        phones.add(unit, EVERYTHING, "Acme*", "Acme", PhoneKind.DESK, (), position)
    phones.add(unit, EVERYTHING, "Acme*", "Acme", PhoneKind.DESK)
    with pytest.raises(InvalidValue):
        phones.change(unit, EVERYTHING, "Acme*", {"position": position})


def test_a_pattern_that_differs_in_case_alone_is_there_already(unit: UnitOfWork) -> None:
    phones.add(unit, EVERYTHING, "Acme*", "Acme", PhoneKind.DESK)
    for pattern in ("Acme*", "ACME*"):
        with pytest.raises(AlreadyThere):
            phones.add(unit, EVERYTHING, pattern, "Acme", PhoneKind.DESK)


def test_rules_that_are_never_reached_are_known(unit: UnitOfWork) -> None:
    rules = phones.listing(unit, EVERYTHING)
    rule = phones.add(unit, EVERYTHING, "*", "anybody", PhoneKind.SOFT).result
    assert phones.hidden(rule, phones.listing(unit, EVERYTHING)) == rules


def test_one_domain_sees_the_rules_and_changes_none(unit: UnitOfWork) -> None:
    rule = phones.listing(unit, ONE)[0]
    assert phones.show(unit, ONE, rule.pattern) == rule
    with pytest.raises(OutOfReach):
        phones.add(unit, ONE, "Acme*", "Acme", PhoneKind.DESK)
    with pytest.raises(OutOfReach):
        phones.change(unit, ONE, rule.pattern, {"vendor": "x"})
    with pytest.raises(OutOfReach):
        phones.remove(unit, ONE, rule.pattern)
    assert phones.listing(unit, ONE)[0] == rule


def test_a_change_of_an_old_version_changes_nothing(unit: UnitOfWork) -> None:
    rule = phones.listing(unit, EVERYTHING)[0]
    phones.change(unit, EVERYTHING, rule.pattern, {"vendor": "x"}, version_of(rule))
    with pytest.raises(Outdated):
        phones.remove(unit, EVERYTHING, rule.pattern, version_of(rule))

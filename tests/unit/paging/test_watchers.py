"""Who watches which lamp; a phone can subscribe to any name, and to any number of names."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.paging import watchers
from controller.paging.watchers import Watchers
from controller.switch.lamps import Lamp, Probe


def user(number: int) -> UserName:
    return UserName(str(number), "pbx.test")


def asked(number: int, subscription: str) -> Probe:
    return Probe(Lamp.OFF, user(number), subscription)


def test_every_phone_may_be_notified_while_no_stranger_watches() -> None:
    found = Watchers()
    assert found.admit(asked(1001, "a"), stranger=False)
    assert found.told_alone(Lamp.OFF, user(1001)) is None


def test_with_a_stranger_the_others_are_notified_one_by_one() -> None:
    found = Watchers()
    found.admit(asked(1001, "a"), stranger=False)
    assert not found.admit(asked(1001, "b"), stranger=True)
    assert found.told_alone(Lamp.OFF, user(1001)) == ("a",)
    assert found.told_alone(Lamp.OFF, user(1002)) is None


def test_if_there_are_too_many_lamps_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "LAMPS", 3)
    found = Watchers()
    for number in (1001, 1002, 1003, 1001, 1004):
        found.admit(asked(number, "a"), stranger=False)
    for number in (1001, 1002):
        found.admit(asked(number, "b"), stranger=True)
    assert found.told_alone(Lamp.OFF, user(1001)) == ("a",)
    assert found.told_alone(Lamp.OFF, user(1002)) == ()


def test_with_strangers_at_too_many_lamps_all_lamps_are_told_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watchers, "LAMPS", 3)
    found = Watchers()
    for number in range(4):
        found.admit(asked(number, "b"), stranger=True)
    assert found.told_alone(Lamp.OFF, user(9)) == ()

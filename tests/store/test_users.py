"""Users."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept, Feature, Level, Source
from controller.domain.toggle import Toggle
from controller.errors import AlreadyThere, NotFound
from controller.phones.values import Header, PhoneKind, PhoneOverride
from controller.store import accept, groups, users
from controller.store.session import UnitOfWork

ALICE, RECEPTION = UserName("1002", "pbx"), GroupName("reception")


def test_a_new_user_is_as_the_default_group_says(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {})
    found = users.show(unit, ALICE)
    assert found.name == ALICE
    assert found.group == "default"
    assert found.whisper.initiate_source == Source(Level.DEFAULT, "default")
    assert found.phone == PhoneOverride()


def test_a_user_keeps_what_it_is_given(unit: UnitOfWork) -> None:
    header = Header("Alert-Info", "ring-answer")
    groups.add(unit, RECEPTION, {"intercom_initiate": True})
    users.add(
        unit,
        ALICE,
        {
            "settings_group": "reception",
            "whisper_initiate": True,
            "whisper_accept": Accept.ALL,
            "pages_off": True,
            "phone_kind": PhoneKind.SOFT,
            "auto_answer": (header,),
        },
    )
    found = users.show(unit, ALICE)
    assert (found.whisper.initiate, found.whisper.initiate_source.level) == (True, Level.USER)
    assert (found.whisper.accept, found.whisper.accept_source.level) == (Accept.ALL, Level.USER)
    assert (found.intercom.initiate, found.intercom.initiate_source.level) == (True, Level.GROUP)
    assert found.pages_off
    assert found.phone == PhoneOverride(PhoneKind.SOFT, (header,))


def test_none_inherits_again_and_what_is_left_out_stays(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {"whisper_initiate": True, "intercom_initiate": True, "auto_answer": ()})
    users.change(unit, ALICE, {"whisper_initiate": None, "auto_answer": None})
    found = users.show(unit, ALICE)
    assert (found.whisper.initiate, found.intercom.initiate) == (False, True)
    assert found.phone.headers is None


def test_no_headers_at_all_is_not_the_same_as_those_of_the_rules(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {"auto_answer": ()})
    assert users.show(unit, ALICE).phone.headers == ()


def test_a_user_is_not_added_twice(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {})
    with pytest.raises(AlreadyThere, match="There is a user"):
        users.add(unit, ALICE, {})


def test_a_group_that_does_not_exist_is_reported(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound, match="no settings group reception"):
        users.add(unit, ALICE, {"settings_group": "reception"})
    users.add(unit, ALICE, {})
    with pytest.raises(NotFound, match="no settings group reception"):
        users.change(unit, ALICE, {"settings_group": "reception"})


@pytest.mark.parametrize(
    "ask",
    [
        lambda unit: users.show(unit, ALICE),
        lambda unit: users.change(unit, ALICE, {"pages_off": True}),
        lambda unit: users.remove(unit, ALICE),
    ],
)
def test_a_user_that_does_not_exist_is_reported(
    unit: UnitOfWork, ask: Callable[[UnitOfWork], object]
) -> None:
    with pytest.raises(NotFound, match="no user 1002@pbx"):
        ask(unit)


def test_a_user_is_removed_from_accept_lists_too(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {})
    accept.add(unit, GroupName("default"), Feature.WHISPER, ALICE)
    users.remove(unit, ALICE)
    assert accept.listing(unit, GroupName("default")) == ()


def test_users_are_listed_by_domain_and_extension(unit: UnitOfWork) -> None:
    names = [UserName("2", "a"), UserName("1", "b"), UserName("2", "b")]
    for name in reversed(names):
        users.add(unit, name, {})
    assert [user.name for user in users.listing(unit)] == names


def test_the_users_of_one_group_are_listed(unit: UnitOfWork) -> None:
    groups.add(unit, RECEPTION, {})
    users.add(unit, ALICE, {"settings_group": "reception"})
    users.add(unit, UserName("1003", "pbx"), {})
    assert [user.name for user in users.listing(unit, RECEPTION)] == [ALICE]


def test_blocking_pages_is_toggled_and_told(unit: UnitOfWork) -> None:
    users.add(unit, ALICE, {"whisper_initiate": True})
    assert users.block(unit, ALICE, Toggle.FLIP)
    assert set(users.blocked(unit)) == {ALICE}
    assert users.show(unit, ALICE).pages_off
    assert not users.block(unit, ALICE, Toggle.FLIP)
    assert set(users.blocked(unit)) == set()
    assert users.show(unit, ALICE).whisper.initiate


def test_blocking_pages_to_an_unknown_user_makes_it_one_of_the_default_group(unit: UnitOfWork) -> None:
    assert users.block(unit, ALICE, Toggle.FLIP)
    found = users.show(unit, ALICE)
    assert (found.group, found.pages_off) == ("default", True)
    assert found.whisper.initiate_source == Source(Level.DEFAULT, "default")


def test_unblocking_pages_to_an_unknown_user_leaves_it_unknown(unit: UnitOfWork) -> None:
    assert not users.block(unit, ALICE, Toggle.OFF)
    with pytest.raises(NotFound):
        users.show(unit, ALICE)

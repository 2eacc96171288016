"""Many users at once."""

from __future__ import annotations

from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept
from controller.phones.values import Header
from controller.store import bulk, groups, users
from controller.store.bulk import Summary
from controller.store.session import UnitOfWork
from controller.store.settings import UserChanges

NAMES = [UserName(str(number), "pbx") for number in range(1000, 1000 + 2 * bulk.BATCH + 1)]


def put(unit: UnitOfWork, wanted: dict[UserName, UserChanges]) -> tuple[Summary, list[int]]:
    steps: list[int] = []
    return bulk.put(unit, wanted, steps.append), steps


def test_many_users_are_added_in_pieces(unit: UnitOfWork) -> None:
    summary, steps = put(unit, {name: {"whisper_accept": Accept.ALL} for name in NAMES})
    assert summary == Summary(len(NAMES), 0, 0)
    assert steps == [bulk.BATCH, bulk.BATCH, 1, 0]
    assert sum(user.whisper.accept is Accept.ALL for user in users.listing(unit)) == len(NAMES)


def test_only_what_differs_is_written(unit: UnitOfWork) -> None:
    one, other, third = NAMES[:3]
    put(unit, {one: {"whisper_initiate": True}, other: {"whisper_initiate": None}})
    wanted: dict[UserName, UserChanges] = {name: {"whisper_initiate": True} for name in (one, other, third)}
    assert put(unit, wanted)[0] == Summary(1, 1, 1)
    assert all(users.show(unit, name).whisper.initiate for name in (one, other, third))


def test_what_is_not_given_stays(unit: UnitOfWork) -> None:
    header = Header("Answer-Mode", "Auto")
    put(unit, {NAMES[0]: {"auto_answer": (header,), "pages_off": True}})
    put(unit, {NAMES[0]: {"pages_off": False}})
    found = users.show(unit, NAMES[0])
    assert (found.phone.headers, found.pages_off) == ((header,), False)


def test_the_users_own_settings_are_given_without_what_they_inherit(unit: UnitOfWork) -> None:
    groups.add(unit, GroupName("reception"), {"whisper_initiate": True})
    users.add(unit, NAMES[0], {"settings_group": "reception", "intercom_accept": Accept.ALL})
    assert list(bulk.own_settings(unit)) == [
        (
            NAMES[0],
            {
                "settings_group": "reception",
                "whisper_initiate": None,
                "whisper_accept": None,
                "intercom_initiate": None,
                "intercom_accept": "all",
                "pages_off": False,
                "phone_kind": None,
                "auto_answer": None,
            },
        )
    ]


def test_all_users_come_in_pieces_or_those_of_one_domain(unit: UnitOfWork) -> None:
    wanted = [UserName(extension, domain) for domain in ("one", "two") for extension in ("1", "2", "3")]
    put(unit, {name: {} for name in wanted})
    found: list[UserName] = []
    while piece := list(bulk.own_settings(unit, after=found[-1] if found else None, limit=2)):
        assert len(piece) == 2
        found += [name for name, _ in piece]
    assert found == wanted
    assert [name for name, _ in bulk.own_settings(unit, "two", wanted[3])] == wanted[4:]


def test_what_would_be_changed_is_counted_and_not_changed(unit: UnitOfWork) -> None:
    put(unit, {NAMES[0]: {}})
    wanted: dict[UserName, UserChanges] = {NAMES[0]: {"pages_off": True}, NAMES[1]: {}}
    assert bulk.preview(unit, wanted) == Summary(1, 1, 0)
    assert bulk.names(unit) == {NAMES[0]}

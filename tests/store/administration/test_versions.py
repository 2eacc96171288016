"""Two editors that change the same settings at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from controller.administration import groups, phones, replies, users
from controller.administration.change import version_of
from controller.administration.reach import EVERYTHING
from controller.domain.names import GroupName, UserName
from controller.domain.policy import WhenNotAccepted
from controller.domain.reply import Reply
from controller.errors import Outdated
from controller.store.session import Store, UnitOfWork

ALICE, SALES, RULE = UserName("1001", "one.test"), GroupName("sales"), "Yealink*"
TRIES = 5


def change_user(unit: UnitOfWork, version: str, text: str) -> None:
    users.change(unit, EVERYTHING, ALICE, {"settings_group": text}, version)


def change_group(unit: UnitOfWork, version: str, text: str) -> None:
    groups.change(
        unit,
        EVERYTHING,
        SALES,
        {"when_not_accepted": WhenNotAccepted.CALL, "whisper_initiate": text == "one"},
        version,
    )


def change_rule(unit: UnitOfWork, version: str, text: str) -> None:
    phones.change(unit, EVERYTHING, RULE, {"vendor": text}, version)


def change_reply(unit: UnitOfWork, version: str, text: str) -> None:
    replies.put(unit, EVERYTHING, "*", Reply("1", text), version)


def versions(store: Store) -> dict[object, str]:
    with store.reading() as reading:
        return {
            change_user: version_of(users.show(reading, EVERYTHING, ALICE)),
            change_group: groups.version(groups.show(reading, EVERYTHING, SALES)),
            change_rule: version_of(phones.show(reading, EVERYTHING, RULE)),
            change_reply: version_of(replies.show(reading, EVERYTHING, "*", "1")),
        }


@pytest.mark.parametrize("change", [change_user, change_group, change_rule, change_reply])
def test_of_two_changes_of_one_version_one_is_made(
    store: Store, change: Callable[[UnitOfWork, str, str], None]
) -> None:
    with store.unit() as unit:
        for name in ("sales", "one", "two"):
            groups.add(unit, EVERYTHING, GroupName(name), {"whisper_initiate": True})
        users.add(unit, EVERYTHING, ALICE, {})
        unit.commit()
    for number in range(TRIES):
        with store.unit() as unit:  # something to change for both
            groups.change(unit, EVERYTHING, SALES, {"when_not_accepted": WhenNotAccepted.REFUSE})
            users.change(unit, EVERYTHING, ALICE, {"settings_group": "sales"})
            phones.change(unit, EVERYTHING, RULE, {"vendor": f"vendor {number}"})
            replies.put(unit, EVERYTHING, "*", Reply("1", f"words {number}"))
            unit.commit()
        version, ready = versions(store)[change], Barrier(2)

        def edit(text: str, version: str = version, ready: Barrier = ready) -> bool:
            ready.wait()
            try:
                with store.unit() as unit:
                    change(unit, version, text)
                    unit.commit()
            except Outdated:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(edit, ("one", "two"))) == [False, True]

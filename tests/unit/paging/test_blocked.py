"""Whisper Page Off: the setting in SQL, and the events about it."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import gevent
import pytest
from structlog.testing import capture_logs

from controller import supervision
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.toggle import Toggle
from controller.errors import DatabaseUnavailable
from controller.paging.blocked import BlockedUsers
from controller.paging.events import BlockChanged, Bus
from tests.unit.paging.fakes import Eventually, FakeStore

ALICE, BOB = UserName("1002", "pbx.test"), UserName("1003", "pbx.test")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(Policy(ALICE, BOB))


@pytest.fixture
def told() -> list[UserName]:
    return []


@pytest.fixture
def blocked(store: FakeStore, told: list[UserName]) -> Iterator[BlockedUsers]:
    events = Bus()
    events.subscribe(BlockChanged, lambda event: told.append(event.user))
    blocked = BlockedUsers(lambda: store.blocked(), store.block, events, every=0.01)
    yield blocked
    blocked.stop()


def test_a_change_is_written_and_published_at_once(
    blocked: BlockedUsers, store: FakeStore, told: list[UserName]
) -> None:
    assert blocked.block(ALICE, Toggle.FLIP)
    assert store.off == {ALICE}
    assert ALICE in blocked
    assert not blocked.block(ALICE, Toggle.FLIP)
    assert ALICE not in blocked
    assert told == [ALICE, ALICE]


def test_a_fault_in_a_look_does_not_end_the_looking(
    blocked: BlockedUsers, store: FakeStore, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(supervision, "AGAIN", 0.001)
    monkeypatch.setattr(gevent.get_hub(), "print_exception", lambda *_: None)
    failures, read = [ValueError("a fault of ours")], store.blocked

    def fail() -> frozenset[UserName]:
        if failures:
            raise failures.pop()
        return read()

    monkeypatch.setattr(store, "blocked", fail)
    with capture_logs() as logs:
        blocked.start()
        store.off = {ALICE}
        eventually(lambda: logs)
        store.off = {BOB}
        eventually(lambda: BOB in blocked)
    assert blocked.trouble == ""


def test_a_change_that_cannot_be_written_is_not_published(
    blocked: BlockedUsers, store: FakeStore, told: list[UserName]
) -> None:
    store.policy = DatabaseUnavailable("locked")
    with pytest.raises(DatabaseUnavailable):
        blocked.block(ALICE, Toggle.ON)
    assert ALICE not in blocked
    assert told == []


def test_a_change_by_others_is_published_once_at_the_next_look(
    blocked: BlockedUsers, store: FakeStore, told: list[UserName]
) -> None:
    store.off = {ALICE, BOB}
    blocked.look()
    blocked.look()
    assert sorted(told) == [ALICE, BOB]
    store.off = {BOB}
    blocked.look()
    assert told[2:] == [ALICE]
    assert list(blocked) == [BOB]


def test_a_look_that_was_overtaken_by_a_change_is_discarded(blocked: BlockedUsers, store: FakeStore) -> None:
    old = store.blocked()

    def slow() -> frozenset[UserName]:
        blocked.block(ALICE, Toggle.ON)
        return old

    store.blocked = slow  # type: ignore[method-assign]
    blocked.look()
    assert ALICE in blocked


def test_somebody_who_switches_off_during_a_decision_is_found(blocked: BlockedUsers) -> None:
    before = monotonic()
    blocked.block(ALICE, Toggle.ON)
    assert blocked.after(ALICE, before)
    assert not blocked.after(ALICE, monotonic())
    assert not blocked.after(BOB, before)


def test_a_setting_that_a_page_has_read_in_sql_is_published_and_so_is_its_next_change(
    blocked: BlockedUsers, store: FakeStore, told: list[UserName]
) -> None:
    store.off = {ALICE}
    blocked.look()
    blocked.seen_on(ALICE)  # another program has changed it meanwhile, and changes it back soon
    blocked.seen_on(BOB)
    assert ALICE not in blocked
    blocked.look()
    assert ALICE in blocked
    assert told == [ALICE, ALICE, ALICE]


def test_the_database_is_looked_at_again_and_again_even_after_it_failed(
    blocked: BlockedUsers,
    store: FakeStore,
    told: list[UserName],
    eventually: Eventually,
) -> None:
    policy, store.policy = store.policy, DatabaseUnavailable("down")
    blocked.start()
    gevent.sleep(0.02)
    store.policy, store.off = policy, {ALICE}
    eventually(lambda: told)
    assert ALICE in blocked


def test_a_current_answer_comes_from_sql_or_from_the_last_look(
    blocked: BlockedUsers, store: FakeStore
) -> None:
    store.off = {ALICE}
    assert blocked.current(ALICE)
    store.off = set()
    assert blocked.current(ALICE)  # asked again within a second
    unread = BlockedUsers(store.blocked, store.block, Bus())
    store.policy = DatabaseUnavailable("down")
    assert not unread.current(ALICE)

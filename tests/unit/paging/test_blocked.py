"""Whisper Page Off, as SQL has it and as others are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import gevent
import pytest
from structlog.testing import capture_logs

from controller import supervision
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.errors import DatabaseUnavailable
from controller.paging.blocked import BlockedUsers
from tests.unit.paging.fakes import Eventually, FakeStore

ALICE, BOB = UserName("1002", "pbx.test"), UserName("1003", "pbx.test")


@pytest.fixture
def policies() -> FakeStore:
    return FakeStore(Policy(ALICE, BOB))


@pytest.fixture
def told() -> list[UserName]:
    return []


@pytest.fixture
def blocks(policies: FakeStore, told: list[UserName]) -> Iterator[BlockedUsers]:
    blocks = BlockedUsers(policies, every=0.01)  # type: ignore[arg-type]
    blocks.tell(told.append)
    yield blocks
    blocks.stop()


def test_a_change_is_written_and_told_at_once(
    blocks: BlockedUsers, policies: FakeStore, told: list[UserName]
) -> None:
    assert blocks.set(ALICE, None)
    assert policies.off == {ALICE}
    assert ALICE in blocks
    assert not blocks.set(ALICE, None)
    assert ALICE not in blocks
    assert told == [ALICE, ALICE]


def test_a_look_that_dies_of_a_fault_of_ours_is_not_the_last(
    blocks: BlockedUsers, policies: FakeStore, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setattr(supervision, "AGAIN", 0.001)
    monkeypatch.setattr(gevent.get_hub(), "print_exception", lambda *_: None)
    failures = [ValueError("a fault of ours")]

    def listen(user: UserName) -> None:
        if failures:
            raise failures.pop()

    blocks.tell(listen)
    with capture_logs() as logs:
        blocks.start()
        policies.off = {ALICE}
        eventually(lambda: logs)
        policies.off = {BOB}
        eventually(lambda: BOB in blocks)
    assert blocks.trouble == ""


def test_what_cannot_be_written_is_not_believed(
    blocks: BlockedUsers, policies: FakeStore, told: list[UserName]
) -> None:
    policies.policy = DatabaseUnavailable("locked")
    with pytest.raises(DatabaseUnavailable):
        blocks.set(ALICE, True)
    assert ALICE not in blocks
    assert told == []


def test_what_others_change_is_told_once_at_the_next_look(
    blocks: BlockedUsers, policies: FakeStore, told: list[UserName]
) -> None:
    policies.off = {ALICE, BOB}
    blocks.look()
    blocks.look()
    assert sorted(told) == [ALICE, BOB]
    policies.off = {BOB}
    blocks.look()
    assert told[2:] == [ALICE]
    assert list(blocks) == [BOB]


def test_a_look_that_was_overtaken_by_a_change_is_not_believed(
    blocks: BlockedUsers, policies: FakeStore
) -> None:
    old = policies.blocked()

    def slow() -> frozenset[UserName]:
        blocks.set(ALICE, True)
        return old

    policies.blocked = slow  # type: ignore[method-assign]
    blocks.look()
    assert ALICE in blocks


def test_somebody_who_switches_off_during_a_decision_is_found(blocks: BlockedUsers) -> None:
    before = monotonic()
    blocks.set(ALICE, True)
    assert blocks.after(ALICE, before)
    assert not blocks.after(ALICE, monotonic())
    assert not blocks.after(BOB, before)


def test_what_a_page_has_seen_in_sql_is_told_and_so_is_its_change_back(
    blocks: BlockedUsers, policies: FakeStore, told: list[UserName]
) -> None:
    policies.off = {ALICE}
    blocks.look()
    blocks.seen_on(ALICE)  # somebody has changed it since, and soon changes it back
    blocks.seen_on(BOB)
    assert ALICE not in blocks
    blocks.look()
    assert ALICE in blocks
    assert told == [ALICE, ALICE, ALICE]


def test_the_database_is_looked_at_again_and_again_even_after_it_failed(
    blocks: BlockedUsers,
    policies: FakeStore,
    told: list[UserName],
    eventually: Eventually,
) -> None:
    policy, policies.policy = policies.policy, DatabaseUnavailable("down")
    blocks.start()
    gevent.sleep(0.02)
    policies.policy, policies.off = policy, {ALICE}
    eventually(lambda: told)
    assert ALICE in blocks


def test_a_current_answer_is_of_sql_or_else_the_last_that_was_seen(
    blocks: BlockedUsers, policies: FakeStore
) -> None:
    policies.off = {ALICE}
    assert blocks.current(ALICE)
    policies.off = set()
    assert blocks.current(ALICE)  # asked again within a second
    unread = BlockedUsers(policies)  # type: ignore[arg-type]
    policies.policy = DatabaseUnavailable("down")
    assert not unread.current(ALICE)

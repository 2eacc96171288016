"""Call backs in SQL: one of a pager and a target, so many of one pager, and one controller rings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from controller.administration import call_backs as services
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.call_back import TAKEN, CallBack
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.errors import AlreadyThere, NotFound, Rejected, StoreError
from controller.store import call_backs, pages
from controller.store.session import Store, UnitOfWork

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PAGER, TARGET, OTHER = (UserName(each, "a.test") for each in ("1001", "1002", "1003"))
PAIR = PAGER, TARGET


def asked(target: UserName = TARGET, at: datetime = NOW, feature: Feature = Feature.WHISPER) -> CallBack:
    return CallBack(PAGER, target, feature, at, at + timedelta(minutes=30))


def ask(unit: UnitOfWork, each: CallBack, limit: int = 5) -> None:
    call_backs.ask(unit, each, limit)


def test_call_back_is_kept_as_it_was_asked_for(unit: UnitOfWork) -> None:
    ask(unit, asked())
    ask(unit, asked(OTHER, NOW + SECOND, Feature.INTERCOM))
    assert call_backs.listing(unit) == (asked(), asked(OTHER, NOW + SECOND, Feature.INTERCOM))
    assert call_backs.find(unit, *PAIR) == asked()
    assert call_backs.find(unit, TARGET, PAGER) is None


def test_second_one_of_the_same_two_begins_anew(unit: UnitOfWork) -> None:
    ask(unit, asked())
    assert call_backs.take(unit, *PAIR, NOW + SECOND)
    ask(unit, asked(at=NOW + 2 * SECOND, feature=Feature.INTERCOM))
    assert call_backs.listing(unit) == (asked(at=NOW + 2 * SECOND, feature=Feature.INTERCOM),)


def test_pager_waits_for_so_many_targets(unit: UnitOfWork) -> None:
    ask(unit, asked(), limit=1)
    ask(unit, asked(), limit=1)
    with pytest.raises(AlreadyThere, match=r"1001@a\.test waits for as many targets as it may: 1"):
        ask(unit, asked(OTHER), limit=1)
    assert call_backs.listing(unit) == (asked(),)


def test_of_two_controllers_at_once_one_reaches_the_limit(store: Store) -> None:
    both = Barrier(2)

    def wanted(target: UserName) -> bool:
        with store.reading() as reading:  # so that both have a connection
            call_backs.listing(reading)
            both.wait()
        try:
            with store.unit() as unit:
                both.wait()
                ask(unit, asked(target), limit=1)
                unit.commit()
                return True
        except (AlreadyThere, StoreError):  # MariaDB may find that each waits for the other
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(wanted, (TARGET, OTHER))) == [False, True]
    with store.reading() as reading:
        assert len(call_backs.listing(reading)) == 1


def test_what_has_expired_does_not_count(unit: UnitOfWork) -> None:
    ask(unit, asked(), limit=1)
    later = NOW + timedelta(minutes=31)
    ask(unit, asked(OTHER, later), limit=1)
    assert not call_backs.take(unit, *PAIR, later)
    assert call_backs.prune(unit, later) == 1
    assert [each.target for each in call_backs.listing(unit)] == [OTHER]


def test_one_controller_takes_it_and_the_next_after_a_minute(unit: UnitOfWork) -> None:
    ask(unit, asked())
    assert call_backs.take(unit, *PAIR, NOW)
    assert not call_backs.take(unit, *PAIR, NOW + TAKEN - SECOND)
    assert call_backs.take(unit, *PAIR, NOW + TAKEN)


@pytest.mark.parametrize("targets", [(TARGET, TARGET), (TARGET, OTHER)])
def test_of_two_controllers_at_once_one_takes_the_pager(store: Store, targets: tuple[UserName, ...]) -> None:
    with store.unit() as unit:
        for target in {*targets}:
            ask(unit, asked(target))
        unit.commit()
    both = Barrier(2)

    def take(target: UserName) -> bool:
        both.wait()
        with store.unit() as unit:
            taken = call_backs.take(unit, PAGER, target, NOW)
            unit.commit()
            return taken

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, targets)) == [False, True]


def test_pager_is_rung_for_one_target_at_a_time(unit: UnitOfWork) -> None:
    ask(unit, asked())
    ask(unit, asked(OTHER))
    assert call_backs.take(unit, *PAIR, NOW)
    assert not call_backs.take(unit, PAGER, OTHER, NOW)
    call_backs.finish(unit, *PAIR, NOW)
    assert call_backs.take(unit, PAGER, OTHER, NOW)


def test_what_was_given_back_is_taken_again(unit: UnitOfWork) -> None:
    ask(unit, asked())
    assert call_backs.take(unit, *PAIR, NOW)
    call_backs.give_back(unit, *PAIR, NOW)
    assert call_backs.listing(unit) == (asked(),)
    assert call_backs.take(unit, *PAIR, NOW)


def test_what_was_rung_is_gone_unless_it_was_asked_for_anew(unit: UnitOfWork) -> None:
    ask(unit, asked())
    assert call_backs.take(unit, *PAIR, NOW)
    ask(unit, asked(at=NOW + SECOND))
    call_backs.finish(unit, *PAIR, NOW)
    assert call_backs.listing(unit) == (asked(at=NOW + SECOND),)
    assert call_backs.take(unit, *PAIR, NOW + SECOND)
    call_backs.finish(unit, *PAIR, NOW + SECOND)
    assert call_backs.listing(unit) == ()


@pytest.mark.parametrize(
    ("after", "answered", "ours"), [(1, True, False), (1, False, True), (-1, True, True)]
)
def test_pager_that_has_reached_its_target_since_is_not_rung(
    unit: UnitOfWork, after: int, answered: bool, ours: bool
) -> None:
    ask(unit, asked())
    began = NOW + after * SECOND
    page = PageRecord(
        str(uuid4()), "pbx", *PAIR, Treatment.INTERCOM, began, answered_at=began if answered else None
    )
    pages.save(unit, page)
    assert call_backs.take(unit, *PAIR, NOW + 5 * SECOND) is ours
    assert bool(call_backs.listing(unit)) is ours


def test_what_rings_is_not_pruned(unit: UnitOfWork) -> None:
    ask(unit, asked())
    end = NOW + timedelta(minutes=30)
    assert call_backs.take(unit, *PAIR, end - SECOND)
    assert call_backs.prune(unit, end) == 0
    assert call_backs.prune(unit, end + TAKEN) == 1


def test_it_is_removed_by_who_reaches_the_pager(unit: UnitOfWork) -> None:
    call_backs.ask(unit, asked(), 5)
    for reach, pair in ((Reach("b.test"), PAIR), (EVERYTHING, (TARGET, PAGER))):
        with pytest.raises(NotFound):
            services.remove(unit, reach, *pair)
    assert services.listing(unit, Reach("b.test")) == ()
    change = services.remove(unit, Reach("a.test"), *PAIR)
    assert (change.subject, change.action, change.name) == ("call_back", "removed", "1001@a.test 1002@a.test")
    assert services.listing(unit, EVERYTHING) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pager": "1002@a.test"},
        {"pager": "1001"},
        {"pager": "10@01@a.test"},
        {"target": "1002@A.test"},
        {"target": "1002@a.test'"},
        {"feature": "fax"},
        {"expires_at": "2026-11-29 11:00:00"},
    ],
)
def test_database_refuses_rows_that_make_no_sense(unit: UnitOfWork, wrong: dict[str, str]) -> None:
    row = {
        "pager": "1001@a.test",
        "target": "1002@a.test",
        "feature": "whisper",
        "asked_at": "2026-11-29 12:00:00",
        "expires_at": "2026-11-29 12:30:00",
    } | wrong
    values = ", ".join(f"'{each}'" if "'" not in each else f"'{each[:-1]}'''" for each in row.values())
    sql = f"INSERT INTO call_backs ({', '.join(row)}) VALUES ({values})"
    with pytest.raises((StoreError, Rejected, Exception), match=r"(?i)check|constraint"):
        unit.session.connection().exec_driver_sql(sql)

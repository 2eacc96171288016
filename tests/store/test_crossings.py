"""Pages across switches in SQL: a token counts once, at one switch, for seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from controller.domain.crossing import VALID, Arrival, Crossing, new_token
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.store import crossings, pages, unended
from controller.store.session import Store

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PAGE = str(uuid4())
CROSSING = Crossing(PAGE, UserName("1001", "a.test"), UserName("1002", "a.test"), Feature.WHISPER, "beta")


@pytest.fixture
def token(store: Store) -> str:
    """The token of the crossing, which has begun."""
    token = new_token()
    with store.unit() as unit:
        crossings.begin(unit, token, CROSSING, NOW)
        unit.commit()
    return token


def arrive(
    store: Store, token: str, leg: str = "leg-1", switch: str = "beta", after: float = 1
) -> Arrival | None:
    with store.unit() as unit:
        found = crossings.arrive(unit, token, switch, leg, NOW + timedelta(seconds=after))
        unit.commit()
        return found


def give_up(store: Store, page_id: str = PAGE) -> bool:
    with store.unit() as unit:
        given_up = crossings.give_up(unit, page_id)
        unit.commit()
        return given_up


def test_member_of_a_page_group_is_in_the_history_as_soon_as_its_call_may_arrive(store: Store) -> None:
    whole = str(uuid4())
    part = PageRecord(PAGE, "beta", CROSSING.pager, CROSSING.target, Treatment.WHISPER, NOW, part_of=whole)
    with store.unit() as unit:
        crossings.begin(unit, token := new_token(), CROSSING, NOW, part)
        unit.commit()
    with store.reading() as reading:
        assert pages.find(reading, PAGE) == part
        assert unended.open_parts(reading, whole) == (part,)
        assert unended.open_parts(reading, PAGE) == ()
    assert arrive(store, token) == Arrival(CROSSING, ours=True)
    with store.unit() as unit:
        pages.save(unit, replace(part, ended_at=NOW, ending="stopped"))
        unit.commit()
    with store.reading() as reading:
        assert unended.open_parts(reading, whole) == ()


def test_call_arrives_once_and_other_controllers_learn_who_it_is(store: Store, token: str) -> None:
    assert arrive(store, token) == Arrival(CROSSING, ours=True)
    assert arrive(store, token) == Arrival(CROSSING, ours=False)


def test_second_call_with_the_token_does_not_arrive(store: Store, token: str) -> None:
    assert arrive(store, token)
    assert arrive(store, token, "leg-2") is None


def test_call_arrives_at_its_switch_alone(store: Store, token: str) -> None:
    assert arrive(store, token, switch="gamma") is None
    assert arrive(store, token)


def test_call_arrives_within_seconds(store: Store, token: str) -> None:
    assert arrive(store, token, after=VALID) is None


def test_unknown_token_is_none(store: Store, token: str) -> None:
    assert arrive(store, new_token()) is None


def test_call_that_was_given_up_is_over_when_it_arrives(store: Store, token: str) -> None:
    assert give_up(store)
    assert not give_up(store)
    assert arrive(store, token) == Arrival(CROSSING, ours=False, over=True)
    assert arrive(store, token, after=VALID) is None


def test_call_that_has_arrived_is_not_given_up(store: Store, token: str) -> None:
    assert arrive(store, token)
    assert not give_up(store)


def test_call_that_was_never_sent_is_given_up(store: Store) -> None:
    assert give_up(store)


def test_only_the_hash_of_a_token_is_kept_and_old_rows_go(store: Store, token: str) -> None:
    later = NOW + crossings.KEPT + timedelta(seconds=VALID + 1)
    with store.unit() as unit:
        crossings.begin(unit, new_token(), Crossing(str(uuid4()), *_users(), Feature.INTERCOM, "beta"), later)
        unit.commit()
    with store.reading() as reading:
        rows = reading.session.connection().exec_driver_sql("SELECT * FROM crossings").all()
    assert len(rows) == 1
    assert token not in str(rows)


def _users() -> tuple[UserName, UserName]:
    return CROSSING.pager, CROSSING.target

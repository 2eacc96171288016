"""A slow database delays only the page that queries it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import gevent
import pytest
import sqlalchemy as sa

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.errors import DatabaseUnavailable
from controller.store import pages, policy, unended
from controller.store.gateway import StoreGateway
from controller.store.session import Store

PAGER, TARGET = UserName("1001", "pbx"), UserName("1002", "pbx")
LOCK = {
    "postgresql": "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
    "mariadb": "LOCK TABLES users WRITE",
}
UNLOCK = {"postgresql": "ROLLBACK", "mariadb": "UNLOCK TABLES"}


@pytest.fixture
def gateway(store: Store) -> Iterator[Callable[[float], StoreGateway]]:
    """A function that makes a gateway with a deadline; its threads end before the store is closed."""
    made: list[StoreGateway] = []

    def make(deadline: float) -> StoreGateway:
        made.append(StoreGateway(store, deadline))
        return made[-1]

    yield make
    for each in made:
        each.close(10)


@pytest.fixture
def lateness() -> Iterator[list[float]]:
    """The seconds by which a greenlet was late that should run every 10 ms, like the event socket's."""
    found: list[float] = []

    def tick() -> None:
        while True:
            begun = time.monotonic()
            gevent.sleep(0.01)
            found.append(time.monotonic() - begun - 0.01)

    ticking = gevent.spawn(tick)
    yield found
    ticking.kill()


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"], indirect=True)
def test_the_event_socket_goes_on_while_a_decision_waits_for_a_lock(
    store: Store, gateway: Callable[[float], StoreGateway], kind: str, lateness: list[float]
) -> None:
    policies = gateway(0.5)
    policies.read(policy.with_phone_rules, PAGER, TARGET)  # makes the connection
    with store.engine.connect() as other:
        other.exec_driver_sql(LOCK[kind])
        lateness.clear()
        with pytest.raises(DatabaseUnavailable, match=r"did not answer within 0\.5 s"):
            policies.read(policy.with_phone_rules, PAGER, TARGET)
        assert len(lateness) > 3
        assert max(lateness) < 0.4
        other.exec_driver_sql(UNLOCK[kind])
    assert policies.read(policy.with_phone_rules, PAGER, TARGET)[0].pager == PAGER


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_one_slow_decision_does_not_hold_up_another(
    store: Store, gateway: Callable[[float], StoreGateway]
) -> None:
    policies = gateway(5)
    policies.read(policy.with_phone_rules, PAGER, TARGET)
    with store.engine.connect() as other:
        other.execute(sa.text("LOCK TABLE phone_rules IN ACCESS EXCLUSIVE MODE"))
        slow = gevent.spawn(policies.read, policy.with_phone_rules, PAGER, TARGET)
        gevent.sleep(0)
        assert policies.read(unended.open_pages, "pbx") == ()
        assert not slow.ready()
        other.rollback()
    assert slow.get(timeout=60)[0].pager == PAGER


# -- another program's lock on an SQLite database ----------------------------------------------------------


def attempt() -> PageRecord:
    return PageRecord(str(uuid4()), "pbx", PAGER, TARGET, Treatment.WHISPER, datetime.now(UTC))


def claim(policies: StoreGateway) -> tuple[str, float]:
    """Claim an attempt; return the result, and the seconds it took."""
    begun = time.monotonic()
    try:
        assert policies.write(pages.claim, attempt())
    except DatabaseUnavailable as error:
        return str(error), time.monotonic() - begun
    return "", time.monotonic() - begun


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_long_lock_refuses_what_it_meets_and_nothing_after_it(
    store: Store, gateway: Callable[[float], StoreGateway], url: str, lock: str
) -> None:
    policies = gateway(2)
    assert claim(policies)[0] == ""
    asked: list[float] = []

    def ask() -> None:
        while True:
            begun = time.monotonic()
            policies.read(policy.with_phone_rules, PAGER, TARGET)
            asked.append(time.monotonic() - begun)
            gevent.sleep(0.05)

    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute(lock)
        asking = gevent.spawn(ask)
        claims = []
        for _ in range(4):  # twelve in four seconds; each waits for two seconds
            claims += [gevent.spawn(claim, policies) for _ in range(3)]
            gevent.sleep(1)
        gevent.sleep(2)
        asking.kill()
        other.execute("ROLLBACK")
    released = claim(policies)
    assert released[0] == ""
    assert released[1] < 1.5  # and not the two seconds that one with a lock may take
    told = [each.get(timeout=60) for each in claims]
    assert len(told) == 12
    assert all("locked by another program" in error or "did not answer" in error for error, _ in told)
    assert max(seconds for _, seconds in told) < 3.5  # not four, two of them for a thread
    assert len(asked) > 10
    assert max(asked) < 1.5
    with store.reading() as reading:  # no refused attempt was written later
        assert reading.session.scalar(sa.text("SELECT count(*) FROM pages")) == 2


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_claim_that_is_given_up_is_not_made_later(
    store: Store, gateway: Callable[[float], StoreGateway], url: str
) -> None:
    policies = gateway(0.2)
    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match=r"locked by another program|did not answer"):
            policies.write(pages.claim, attempt())
        other.execute("ROLLBACK")
    policies._writers.join()
    patient = gateway(60)
    assert patient.read(unended.open_pages, "pbx") == ()
    assert claim(patient)[0] == ""

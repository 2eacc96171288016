"""A database that is slow holds up the page that asks it, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator

import gevent
import pytest
import sqlalchemy as sa

from controller.errors import DatabaseUnavailable
from controller.paging.policies import Policies
from controller.store.naming import UserName
from controller.store.session import Store

PAGER, TARGET = UserName("1001", "pbx"), UserName("1002", "pbx")
LOCK = {
    "postgresql": "LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
    "mariadb": "LOCK TABLES users WRITE",
}
UNLOCK = {"postgresql": "ROLLBACK", "mariadb": "UNLOCK TABLES"}


@pytest.fixture
def lateness() -> Iterator[list[float]]:
    """By how many seconds a greenlet was late that wants to run each 10 ms, as the event socket's do."""
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
    store: Store, kind: str, lateness: list[float]
) -> None:
    policies = Policies(store, deadline=0.5)
    policies.between(PAGER, TARGET)  # has connected
    with store.engine.connect() as other:
        other.exec_driver_sql(LOCK[kind])
        lateness.clear()
        with pytest.raises(DatabaseUnavailable, match=r"did not answer within 0\.5 s"):
            policies.between(PAGER, TARGET)
        assert len(lateness) > 20
        assert max(lateness) < 0.2
        other.exec_driver_sql(UNLOCK[kind])
    assert policies.between(PAGER, TARGET)[0].pager == PAGER


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_one_slow_decision_does_not_hold_up_another(store: Store) -> None:
    policies = Policies(store, deadline=5)
    policies.between(PAGER, TARGET)
    with store.engine.connect() as other:
        other.execute(sa.text("LOCK TABLE phone_rules IN ACCESS EXCLUSIVE MODE"))
        slow = gevent.spawn(policies.between, PAGER, TARGET)
        gevent.sleep(0)
        assert policies.open_pages("pbx") == ()
        assert not slow.ready()
        other.rollback()
    assert slow.get(timeout=5)[0].pager == PAGER

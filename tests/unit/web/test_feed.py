"""The feed of changes: who gets which message, and how long messages wait for a client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import gevent
import pytest

from controller.app import Controller
from controller.clock import REAL
from controller.domain.names import UserName
from controller.domain.presence import CallState, Present
from controller.domain.record import PageRecord, Treatment
from controller.errors import TooManyClients
from controller.paging.events import (
    BlockChanged,
    Bus,
    ClickRefused,
    PageCameUp,
    PageEnded,
    PageLost,
    PageMuted,
    PresenceChanged,
    RequestTaken,
    SwitchChanged,
)
from controller.web import feed as feeding
from controller.web.feed import Feed, Message, PageChanged, Subscription
from controller.web.waking import GROUP, PAUSE

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
PAGE = PageRecord("a", "pbx", ALICE, BOB, Treatment.WHISPER, NOW, answered_at=NOW)
REFUSED = replace(PAGE, treatment=Treatment.REFUSED, answered_at=None, reason="conference", cause="USER_BUSY")


@dataclass
class Rig:
    """A feed and the bus that it subscribes to. `live` has what is up."""

    bus: Bus
    live: dict[str, object]
    feed: Feed

    def publish(self, count: int = 1) -> None:
        for _ in range(count):
            self.bus.publish(PageCameUp(PAGE, None))


@pytest.fixture
def rig() -> Rig:
    bus, live = Bus(), dict[str, object]()
    controller = SimpleNamespace(events=bus, live=SimpleNamespace(find=live.get), clock=REAL)
    return Rig(bus, live, Feed(cast(Controller, controller)))


def got(client: Subscription) -> list[Message]:
    """The messages that have come by now."""
    messages = client.wait(0)
    assert messages is not None
    return messages


def over(client: Subscription) -> bool:
    return client.wait(0) is None


def present(user: UserName) -> PresenceChanged:
    return PresenceChanged(user.domain, (Present(user, CallState.ON_CALL, NOW),))


def test_what_is_of_one_domain_does_not_even_ask_the_clients_of_another(rig: Rig) -> None:
    asked: list[str] = []

    def sees(name: str) -> Callable[[Message], bool]:
        return lambda message: not asked.append(name)

    for owner in (None, "pbx.test", "other.test", ALICE, UserName("1001", "other.test")):
        rig.feed.subscribe(owner, sees=sees(str(owner)))
    rig.bus.publish(present(BOB))
    rig.bus.publish(PageCameUp(PAGE, None))
    assert sorted(asked) == sorted(["None", "pbx.test", "1001@pbx.test"] * 2)
    asked.clear()
    rig.bus.publish(SwitchChanged("pbx", up=False, at=NOW))
    assert len(asked) == 5


def test_a_client_that_leaves_is_counted_no_more(rig: Rig) -> None:
    clients = [rig.feed.subscribe(owner) for owner in (None, "pbx.test", ALICE)]
    assert rig.feed.clients == 3
    for client in clients:
        client.close()
        client.close()
    assert rig.feed.clients == 0


# -- what it tells -----------------------------------------------------------------------------------------


def test_every_change_is_a_message_in_its_order(rig: Rig) -> None:
    client = rig.feed.subscribe()
    ended = replace(PAGE, ended_at=NOW, ending="stopped")
    block = BlockChanged(BOB, off=True)
    for event in (
        PageCameUp(PAGE, None),
        PageMuted(PAGE, muted=True),
        PageMuted(PAGE, muted=False),
        PageEnded(ended),
        PageLost(ended),
        ClickRefused(REFUSED),
        block,
    ):
        rig.bus.publish(event)
    assert [message.change for message in got(client)] == [
        PageChanged(PAGE),
        PageChanged(PAGE, muted=True),
        PageChanged(PAGE),
        PageChanged(ended),
        PageChanged(ended),
        PageChanged(REFUSED),
        block,
    ]


def test_a_refused_request_is_one_message(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rig.bus.publish(RequestTaken(REFUSED, 0.1, 0.1))
    assert [message.change for message in got(client)] == [PageChanged(REFUSED)]


def test_a_ringing_call_is_a_message_unless_it_was_answered_meanwhile(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rings = replace(PAGE, treatment=Treatment.CALL, answered_at=None)
    rig.live["a"] = SimpleNamespace(record=rings)
    rig.bus.publish(RequestTaken(rings, 0.1, 0.1))
    assert [message.change for message in got(client)] == [PageChanged(rings)]
    rig.live["a"] = SimpleNamespace(record=replace(rings, answered_at=NOW))
    rig.bus.publish(RequestTaken(rings, 0.1, 0.1))
    assert got(client) == []


def test_a_call_that_is_already_over_does_not_ring(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rig.bus.publish(RequestTaken(replace(PAGE, answered_at=None), 0.1, 0.1))
    assert got(client) == []


def test_a_waiting_client_is_woken_by_a_message(rig: Rig) -> None:
    client = rig.feed.subscribe()
    waiting = gevent.spawn(client.wait, 30)
    gevent.idle()
    rig.publish()
    assert len(waiting.get(timeout=10)) == 1


def test_a_message_to_many_does_not_wake_all_of_them_in_one_go(rig: Rig) -> None:
    woken: list[int] = []
    clients = [rig.feed.subscribe() for _ in range(3 * GROUP)]
    waiting = [gevent.spawn(client.wait, 30) for client in clients]
    gevent.idle()
    rig.publish()
    while len(woken) < 100 and sum(woken[-1:]) < len(clients):
        gevent.sleep(PAUSE / 10)
        woken.append(sum(each.ready() for each in waiting))
    assert woken[-1] == len(clients)
    assert any(0 < each < len(clients) for each in woken)


# -- who is told -------------------------------------------------------------------------------------------


def of(user: UserName) -> Callable[[Message], bool]:
    return lambda message: user in message.users


def test_a_client_gets_what_it_may_see_and_is_not_woken_by_the_rest(rig: Rig) -> None:
    client = rig.feed.subscribe(BOB, sees=of(BOB))
    waiting = gevent.spawn(client.wait, 30)
    rig.bus.publish(PageCameUp(replace(PAGE, target=UserName("1003", "pbx.test")), None))
    rig.bus.publish(BlockChanged(ALICE, off=True))
    gevent.idle()
    assert not waiting.ready()
    rig.bus.publish(BlockChanged(BOB, off=True))
    [message] = waiting.get(timeout=10)
    assert message.users == (BOB,)


def test_a_client_that_resumes_gets_nothing_that_it_may_not_see(rig: Rig) -> None:
    start = rig.feed.last_id
    rig.bus.publish(BlockChanged(ALICE, off=True))
    rig.publish()
    assert [message.change for message in got(rig.feed.subscribe(BOB, start, of(BOB)))] == [PageChanged(PAGE)]


def test_an_id_reveals_nothing_of_other_messages(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rig.publish(3)
    ids = [message.id for message in got(client)]
    assert len({each[:8] for each in ids} | {each[8:] for each in ids}) == 6


# -- resuming ----------------------------------------------------------------------------------------------


def test_a_new_client_gets_what_comes_from_now_on(rig: Rig) -> None:
    rig.publish()
    client = rig.feed.subscribe()
    assert not client.resumed
    assert got(client) == []


def test_a_client_that_resumes_gets_exactly_what_it_has_missed(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rig.publish(2)
    first, second = got(client)
    client.close()
    rig.publish(2)
    again = rig.feed.subscribe(after=first.id)
    assert again.resumed
    messages = got(again)
    assert messages[0] == second
    assert len(messages) == 3
    assert got(rig.feed.subscribe(after=messages[-1].id)) == []


def test_a_client_without_a_message_yet_resumes_from_where_it_began(rig: Rig) -> None:
    began = rig.feed.subscribe().last_id
    rig.publish()
    again = rig.feed.subscribe(after=began)
    assert (again.resumed, len(got(again))) == (True, 1)


@pytest.mark.parametrize("after", ["0123456789abcdef", "x", "1"])
def test_an_id_of_another_run_does_not_resume(rig: Rig, after: str) -> None:
    rig.publish()
    assert not rig.feed.subscribe(after=after).resumed


def test_an_id_that_is_too_old_does_not_resume(rig: Rig) -> None:
    client = rig.feed.subscribe()
    rig.publish()
    [first] = got(client)
    rig.publish(feeding.KEPT)
    assert rig.feed.subscribe(after=first.id).resumed
    rig.publish()
    assert not rig.feed.subscribe(after=first.id).resumed


def test_what_is_about_thousands_of_users_is_not_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "KEPT_USERS", 100)
    client = rig.feed.subscribe()
    rig.publish()
    [first] = got(client)
    users = (UserName(str(number), "pbx.test") for number in range(101))
    rig.bus.publish(PresenceChanged("pbx.test", tuple(Present(user, CallState.FREE, NOW) for user in users)))
    assert len(got(client)) == 1
    assert not rig.feed.subscribe(after=first.id).resumed
    last = rig.feed.last_id
    rig.publish()
    again = rig.feed.subscribe(after=last)
    assert (again.resumed, len(got(again))) == (True, 1)


# -- bounds ------------------------------------------------------------------------------------------------


def test_a_client_that_does_not_read_is_thrown_out_and_the_others_are_not(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "WAITING", 3)
    lazy, eager = rig.feed.subscribe(), rig.feed.subscribe()
    for _ in range(4):
        rig.publish()
        assert len(got(eager)) == 1
    assert over(lazy)
    assert (rig.feed.clients, rig.feed.thrown_out) == (1, 1)
    rig.publish()
    assert len(got(eager)) == 1


def test_the_number_of_clients_is_limited(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "CLIENTS", 2)
    first = rig.feed.subscribe()
    rig.feed.subscribe()
    with pytest.raises(TooManyClients) as refused:
        rig.feed.subscribe(ALICE)
    assert not refused.value.of_owner
    first.close()
    rig.feed.subscribe(ALICE)


def test_one_user_gets_no_more_than_its_share(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "PER_USER", 1)
    rig.feed.subscribe(ALICE)
    with pytest.raises(TooManyClients) as refused:
        rig.feed.subscribe(ALICE)
    assert refused.value.of_owner
    rig.feed.subscribe(BOB)
    rig.feed.subscribe()
    rig.feed.subscribe()


def test_the_administrators_of_one_domain_get_no_more_than_their_share(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "PER_DOMAIN", 1)
    rig.feed.subscribe("pbx.test")
    with pytest.raises(TooManyClients) as refused:
        rig.feed.subscribe("pbx.test")
    assert refused.value.of_owner
    rig.feed.subscribe("other.test")
    rig.feed.subscribe()
    rig.feed.subscribe()


def test_closing_the_feed_ends_every_client(rig: Rig) -> None:
    clients = [rig.feed.subscribe() for _ in range(3)]
    waiting = gevent.spawn(clients[0].wait, 30)
    gevent.idle()
    rig.feed.close()
    assert waiting.get(timeout=10) is None
    assert all(map(over, clients))
    assert rig.feed.clients == 0

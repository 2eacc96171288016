"""Events, and the bus that delivers them to subscribers."""

from __future__ import annotations

from datetime import UTC, datetime

from structlog.testing import capture_logs

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason
from controller.paging.events import BlockChanged, Bus, PageEnded, PageEvent, RefusedAgain

RECORD = PageRecord(
    "page-1", "pbx", UserName("1001", "a"), UserName("1002", "a"), Treatment.WHISPER, datetime.now(UTC)
)
ENDED = PageEnded(RECORD)
BLOCKED = BlockChanged(UserName("1002", "a"), True)


def test_each_subscriber_gets_the_events_of_its_kind_and_no_others() -> None:
    bus, ended, blocked = Bus(), list[object](), list[object]()
    bus.subscribe(PageEnded, ended.append)
    bus.subscribe(BlockChanged, blocked.append)
    for event in (ENDED, BLOCKED, RefusedAgain(Reason.FAX)):
        bus.publish(event)
    assert (ended, blocked) == ([ENDED], [BLOCKED])


def test_subscribers_get_exactly_the_class_they_subscribed_to() -> None:
    bus, told = Bus(), list[object]()
    bus.subscribe(PageEvent, told.append)
    bus.publish(ENDED)
    assert told == []


def test_subscribers_are_called_in_the_order_of_their_subscriptions() -> None:
    bus, told = Bus(), list[str]()
    for name in ("a", "b", "c"):
        bus.subscribe(PageEnded, lambda event, name=name: told.append(name))  # type: ignore[misc]
    bus.publish(ENDED)
    assert told == ["a", "b", "c"]


def test_a_fault_of_one_subscriber_is_logged_and_the_others_are_called() -> None:
    bus, told = Bus(), list[object]()
    bus.subscribe(PageEnded, lambda event: 1 / 0)  # type: ignore[arg-type, return-value]
    bus.subscribe(PageEnded, told.append)
    with capture_logs() as logs:
        bus.publish(ENDED)
    assert told == [ENDED]
    assert [(log["event"], log["kind"]) for log in logs] == [("event.subscriber_failed", "PageEnded")]


def test_what_one_switch_publishes_is_published_for_all_of_the_controller_too() -> None:
    everything, told = Bus(), list[object]()
    everything.subscribe(PageEnded, told.append)
    one, other = Bus(everything), Bus(everything)
    other.subscribe(PageEnded, told.append)
    one.publish(ENDED)
    assert told == [ENDED]

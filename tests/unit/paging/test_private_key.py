"""The key of a reverse page: what it waits for does not delay the stop of the controller."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import gevent

from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Outcome
from controller.paging.click import Click
from controller.paging.private_key import PrivateKeys
from controller.switch import keys
from tests.unit.paging.fakes import event

ANNA, BERT = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")


def place(rings: Click, take: Callable[[Callable[[Event], None]], None]) -> Any:
    """The parts for a switch, on which 1001 is on a call and the colleague's phone rings."""
    return SimpleNamespace(
        name="pbx",
        link=SimpleNamespace(state="up", on=lambda _, handler: take(handler)),
        queries=SimpleNamespace(leg=lambda _: SimpleNamespace(user=ANNA)),
        runner=SimpleNamespace(ask=lambda _: Outcome.of_answer("+OK Deleted: 1")),
        live=SimpleNamespace(all=lambda: ()),
        clicks=SimpleNamespace(ringing=lambda: (), reverse=lambda *_: rings),
    )


def test_a_stop_does_not_wait_for_the_phone_that_rings() -> None:
    click = Click("p", "pbx", Feature.INTERCOM, ANNA, BERT, (), (), datetime.now(UTC), reverse=True)
    handlers: list[Callable[[Event], None]] = []
    private = PrivateKeys([place(click, handlers.append)])
    pressed = {"Event-Subclass": keys.SUBCLASS, keys.HEADER: keys.PRIVATE, keys.EXTENSION: "1002"}
    handlers[0](event("CUSTOM", "leg", **pressed))
    gevent.sleep(0)
    assert click.outcome.linkcount() == 1  # it waits
    private.stop()
    assert click.rings
    assert click.outcome.linkcount() == 0

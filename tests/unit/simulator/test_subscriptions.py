"""The events that a connection gets."""

from __future__ import annotations

import pytest

from controller.simulator.events import SwitchEvent
from controller.simulator.subscriptions import Subscriptions

CREATE = SwitchEvent("CHANNEL_CREATE", [("Unique-ID", "abc"), ("Call-Direction", "inbound")])
CUSTOM = SwitchEvent("CUSTOM", subclass="a::b")


def subscribed(text: str, *filters: tuple[str, str]) -> Subscriptions:
    subscriptions = Subscriptions(filters=list(filters))
    subscriptions.add(text.split())
    return subscriptions


@pytest.mark.parametrize(
    ("text", "event", "wanted"),
    [
        ("json CHANNEL_CREATE", CREATE, True),
        ("plain CHANNEL_ANSWER", CREATE, False),
        ("json ALL", CREATE, True),
        ("json CUSTOM a::b", CUSTOM, True),
        ("json CUSTOM c::d", CUSTOM, False),
        ("json CUSTOM a::b CHANNEL_CREATE", CREATE, False),
        ("json CHANNEL_CREATE CUSTOM a::b", CREATE, True),
    ],
)
def test_event_is_wanted_when_it_is_named(text: str, event: SwitchEvent, wanted: bool) -> None:
    assert subscribed(text).wants(event) is wanted


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([("Unique-ID", "abc")], True),
        ([("Unique-ID", "x")], False),
        ([("Unique-ID", "x"), ("Call-Direction", "inbound")], True),
        ([("Call-Direction", "-outbound")], False),
        ([("Unique-ID", "abc"), ("Call-Direction", "-inbound")], False),
        ([("Unique-ID", "/^a/")], True),
    ],
)
def test_one_filter_that_matches_is_enough_and_negative_ones_alone_let_nothing_through(
    filters: list[tuple[str, str]], wanted: bool
) -> None:
    assert subscribed("json CHANNEL_CREATE", *filters).wants(CREATE) is wanted


def test_form_stays_plain_until_json_is_asked_for() -> None:
    assert subscribed("CHANNEL_CREATE").form == "plain"
    assert subscribed("json CHANNEL_CREATE").form == "json"

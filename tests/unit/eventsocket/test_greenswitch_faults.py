"""The faults of greenswitch 0.0.19 that we must not inherit, each compared with greenswitch's own result.

test_connection has the others (the end of the stream inside a body, commands that wait when the connection
drops, commands larger than the socket's buffers); test_link has reconnecting.
"""

import inspect

import pytest
from greenswitch.esl import ESLEvent, InboundESL

from controller.eventsocket.connection import Connection
from controller.eventsocket.events import PlainEvent


@pytest.fixture
def hostile(payloads):
    """Plain events of callers named `x\\nUnique-ID: evil` and `... \\u2028 sep`, by position."""
    return payloads("hostile.plain.esl")


def test_a_line_feed_in_a_callers_name_does_not_forge_a_header(hostile):
    assert ESLEvent(hostile[0].decode()).headers["Unique-ID"] == "evil"
    assert PlainEvent(hostile[0])["Unique-ID"] == PlainEvent(hostile[0])["Channel-Call-UUID"] != "evil"


def test_a_line_separator_in_a_callers_name_does_not_split_it(hostile):
    assert ESLEvent(hostile[3].decode()).headers["Caller-Caller-ID-Name"] != "tab\there \u2028 sep"
    assert PlainEvent(hostile[3])["Caller-Caller-ID-Name"] == "tab\there \u2028 sep"


@pytest.mark.parametrize("method", ["connect", "authenticate", "send", "receive_events", "stop"])
def test_no_faulty_method_is_left_in_use(method):
    assert getattr(Connection, method) is not getattr(InboundESL, method)


@pytest.mark.parametrize("method", ["register_handle", "unregister_handle"])
def test_the_registry_of_handlers_is_greenswitchs(method):
    assert inspect.getattr_static(Connection, method) is inspect.getattr_static(InboundESL, method)

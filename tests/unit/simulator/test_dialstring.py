"""Dial strings and the words of an API call."""

from __future__ import annotations

import pytest

from controller.eventsocket import api
from controller.eventsocket.api import Extension
from controller.simulator.dialstring import Destination, parse, words
from controller.switch import dialstring


def test_commas_ring_at_once_and_bars_one_after_the_other() -> None:
    assert [[each.endpoint for each in group] for group in parse("a/1,a/2|a/3")] == [["a/1", "a/2"], ["a/3"]]


def test_own_variables_stand_before_common_ones() -> None:
    assert parse("{x=1,y=2}[x=3]a/1") == [[Destination("a/1", {"x": "3", "y": "2"})]]


def test_another_separator_can_be_named() -> None:
    assert parse("{^^:x=1,2:y=3}a/1")[0][0].variables == {"x": "1,2", "y": "3"}


@pytest.mark.parametrize("value", ["a,b", "<http://x>;info=Auto Answer", "x y"])
def test_value_in_quotes_is_kept_whole(value: str) -> None:
    assert parse(f"[x='{value}']a/1")[0][0].variables == {"x": value}


def test_brackets_that_do_not_close_are_refused() -> None:
    with pytest.raises(ValueError, match="unterminated"):
        parse("{x=1 a/1")


def test_originate_as_the_controller_writes_it_is_read_back() -> None:
    variables = {"a": "x, y", "b": "L16@8000h@20i"}
    text = api.originate(
        "loopback/relay-1/whisperpage@switch/XML", Extension("meet-1", "whisperpage@switch"), variables
    ).text
    dial, *rest = words(text.removeprefix("originate "))
    assert parse(dial) == [[Destination("loopback/relay-1/whisperpage@switch/XML", variables)]]
    assert rest == ["meet-1", "XML", "whisperpage@switch"]


def test_dial_string_of_an_intercom_call_is_read_back() -> None:
    headers = {"presence_id": "1002@pbx.test", "sip_h_Alert-Info": "<http://pbx.test>;info=Auto Answer"}
    phone = dialstring.phone("sofia/internal/sip:1002@127.0.0.1:6002;transport=udp", headers)
    assert (
        parse(dialstring.groups([[phone], [phone]]))
        == [[Destination("sofia/internal/sip:1002@127.0.0.1:6002;transport=udp", headers)]] * 2
    )

"""The states of a message: what each happening leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.domain.reply import Reply
from controller.eventsocket.api import uuid_kill
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.paging.message import MessageCall, MessagePage
from controller.paging.message_states import TABLE, Do, Happening, State
from controller.paging.ongoing import move
from controller.switch.keys import Key
from controller.switch.message import MESSAGES
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order
from controller.switch.topologies import best, is_page_leg, is_relay, mark_of
from tests.unit.paging.fakes import bridge, event

MARK = PageMark(
    "page-1",
    UserName("lobby", "pbx.test"),
    UserName("1002", "pbx.test"),
    "",
    "t1",
    "f1",
    topology="message-8000",
    sound="visitor.wav",
)
COMING = Reply("1", "I am coming")


def told(key: str, uuid: str, **more: str) -> JsonEvent:
    return event("CUSTOM", uuid, **{"Event-Subclass": "whisperpage::key", "whisperpage_key": key} | more)


def text_of(order: Order) -> str:
    assert isinstance(order, Command)
    return " ".join(value for _, value in order.headers)


@pytest.fixture
def message() -> MessagePage:
    """A message that its target hears."""
    message = MessagePage(MARK, {Key.MUTE: "5", Key.END: "6"})
    assert [step.name for step in message.steps()] == ["message"]
    message.offer([COMING])
    return message


def test_message_is_heard_when_every_step_was_done(message: MessagePage) -> None:
    assert message.state is State.SAYING


def test_message_that_was_said_was_heard_when_its_leg_goes(message: MessagePage) -> None:
    message.observe(told("heard", MARK.relay))
    assert message.up
    message.observe(event("CHANNEL_HANGUP", MARK.relay))
    assert (message.over, message.ending) == (True, Ending.HEARD)


def test_message_that_could_not_be_played_has_failed(message: MessagePage) -> None:
    message.observe(told("unheard", MARK.relay))
    assert message.ending is Ending.FAILED


@pytest.mark.parametrize("said", [False, True])
def test_reply_counts_while_the_message_is_said_and_after_it(message: MessagePage, said: bool) -> None:
    if said:
        message.observe(told("heard", MARK.relay))
    message.observe(told("reply", "t1", whisperpage_digit="1"))
    assert (message.ending, message.reply) == (Ending.REPLIED, "I am coming")


def test_nobody_but_the_target_replies(message: MessagePage) -> None:
    message.observe(told("reply", "f1", whisperpage_digit="1"))
    message.observe(told("heard", "t1"))
    assert message.state is State.SAYING


@pytest.mark.parametrize(
    ("seen", "ending"),
    [
        (event("CHANNEL_HANGUP", "t1"), Ending.TARGET_HUNG_UP),
        (event("CHANNEL_HANGUP", "f1"), Ending.CALL_ENDED),
        (event("CHANNEL_HOLD", "f1"), Ending.HELD),
        (event("CHANNEL_PARK", "t1"), Ending.PARKED),
        (bridge("CHANNEL_UNBRIDGE", "t1", "f1"), Ending.CALL_ENDED),
        (bridge("CHANNEL_BRIDGE", "t1", "x1"), Ending.TRANSFERRED),
        (event("MEDIA_BUG_START", "f1", **{"Media-Bug-Function": "eavesdrop"}), Ending.JOINED),
    ],
)
def test_what_would_have_refused_it_ends_it(message: MessagePage, seen: JsonEvent, ending: Ending) -> None:
    assert message.observe(seen)[-1] == uuid_kill(MARK.relay)
    assert message.ending is ending


def test_its_own_eavesdrop_is_no_other_and_a_second_one_is(message: MessagePage) -> None:
    joins = event("MEDIA_BUG_START", "t1", **{"Media-Bug-Function": "eavesdrop"})
    assert message.observe(joins) == ()
    assert message.observe(joins)
    assert message.ending is Ending.JOINED


def test_target_has_no_key_to_mute_itself(message: MessagePage) -> None:
    (order,) = message.equip()
    assert f"bind-{MARK.relay}-61-6end-1reply " in text_of(order)


def test_what_was_said_was_heard_however_it_ends(message: MessagePage) -> None:
    message.observe(told("heard", MARK.relay))
    assert message.end(Ending.STOPPED)
    assert message.ending is Ending.HEARD


def test_codec_of_a_higher_rate_has_the_eavesdrop_begin_anew_and_a_lower_one_ends_it(
    message: MessagePage,
) -> None:
    faster = event("CODEC", "t1", **{"Channel-Read-Codec-Rate": "16000"})
    (order,) = message.observe(faster)
    assert f"again-message-{MARK.relay}" in text_of(order)
    assert message.observe(faster) == ()
    slower = event("CODEC", "t1", **{"Channel-Read-Codec-Rate": "4000"})
    message.observe(slower)
    assert message.ending is Ending.LOST


def test_message_to_an_idle_target_ends_with_the_leg_that_was_answered() -> None:
    call = MessageCall(["a1", "b1"])
    call.observe(event("CHANNEL_HANGUP", "b1"))
    assert not call.over
    call.observe(told("begun", "a1"))
    assert call.up
    call.observe(event("CHANNEL_HANGUP", "a1"))
    assert call.ending is Ending.TARGET_HUNG_UP


def test_phone_that_was_answered_and_hung_up_before_its_message_began_has_missed_it() -> None:
    call = MessageCall(["a1"])
    call.observe(event("CHANNEL_HANGUP", "a1"))
    call.answered_on("a1")
    assert (call.over, call.ending) == (True, Ending.TARGET_HUNG_UP)


def test_message_that_is_ended_while_phones_ring_stops_them() -> None:
    call = MessageCall(["a1", "b1"])
    assert call.end(Ending.STOPPED) == (uuid_kill("a1"), uuid_kill("b1"))
    assert call.end(Ending.STOPPED) == ()


def test_nothing_leads_out_of_the_end() -> None:
    assert all(move(TABLE, State.ENDED, each).state is State.ENDED for each in Happening)
    assert all((State.ENDED, each) not in TABLE for each in Happening)


def test_each_end_gives_the_keys_back_once() -> None:
    ends = {key: found for key, found in TABLE.items() if found.state is State.ENDED}
    assert {happening for _, happening in ends} == {Happening.GONE}
    assert all(found.orders == (Do.UNBIND,) for found in ends.values())


# -- its topology ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "own"), [(0, 8000), (8000, 8000), (16000, 16000), (24000, 16000), (48000, 32000)]
)
def test_message_is_no_faster_than_its_targets_leg(rate: int, own: int) -> None:
    assert best(rate, message=True) is MESSAGES[own]


def test_message_is_known_by_its_mark_which_has_no_pager() -> None:
    values = {f"variable_{name}": value for name, value in MARK.variables().items()}
    assert mark_of(lambda name: values.get(name, "")) == MARK
    with_pager = values | {"variable_whisperpage_pager_leg": "p1"}
    assert mark_of(lambda name: with_pager.get(name, "")) is None


def test_leg_that_eavesdrops_has_a_random_uuid() -> None:
    eavesdrops = [leg for leg in MESSAGES[8000].legs if leg.bug_on]
    assert [leg.uuid for leg in eavesdrops] == [None]


def test_its_legs_are_known_by_their_names() -> None:
    assert is_relay("loopback/message-t1-a")
    assert not is_relay("loopback/message-t1-b")
    assert is_page_leg("null/message-t1")


def test_message_of_a_bypass_media_call_brings_the_media_back_and_past_the_switch_again() -> None:
    bypassed = replace(MARK, bypass="true")
    for rate in MESSAGES:
        texts = " ".join(step.call.text for step in MESSAGES[rate].steps(bypassed))
        assert "api_hangup_hook" in texts

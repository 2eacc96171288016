"""The states of a whisper page: events in, orders out."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from controller.domain.leg import Leg
from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.domain.reply import Reply
from controller.domain.toggle import Toggle
from controller.eventsocket import commands
from controller.eventsocket.api import ApiCall, Extension, uuid_kill, uuid_transfer
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.paging.endings import explain
from controller.paging.page import WhisperPage
from controller.paging.page_states import Do, State
from controller.switch import keys
from controller.switch.keys import Key
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Order
from tests.unit.paging.fakes import bridge, event

MARK = PageMark(
    "page-1",
    UserName("1001", "pbx.test"),
    UserName("1002", "pbx.test"),
    pager_leg="p1",
    target_leg="t1",
    far_leg="f1",
)


def joined(uuid: str, function: str = "eavesdrop") -> JsonEvent:
    return event("MEDIA_BUG_START", uuid, **{"Media-Bug-Function": function})


def left(uuid: str) -> JsonEvent:
    return event("MEDIA_BUG_STOP", uuid, **{"Media-Bug-Function": "eavesdrop"})


@pytest.fixture
def page() -> WhisperPage:
    """A page that is up, with its own three eavesdrops."""
    page = WhisperPage(MARK, {Key.MUTE: "5", Key.END: "6"})
    assert [step.name for step in page.steps()] == ["relay", "speak", "mark", "answer", "join"]
    for uuid in (MARK.target_leg, MARK.target_leg, MARK.pager_leg):
        assert page.observe(joined(uuid)) == ()
    page.equip()
    return page


def pressed(key: str, uuid: str = "t1") -> JsonEvent:
    return event("CUSTOM", uuid, **{"Event-Subclass": "whisperpage::key", "whisperpage_key": key})


def texts(orders: tuple[Order, ...]) -> list[str]:
    return [each.text for each in orders if isinstance(each, ApiCall)]


def test_page_is_up_when_every_step_was_done(page: WhisperPage) -> None:
    assert page.state is State.UP


@pytest.mark.parametrize(
    ("seen", "ending"),
    [
        (event("CHANNEL_HANGUP", "p1"), Ending.PAGER_HUNG_UP),
        (event("CHANNEL_HANGUP", "t1"), Ending.TARGET_HUNG_UP),
        (event("CHANNEL_HANGUP", "f1"), Ending.CALL_ENDED),
        (event("CHANNEL_HANGUP", MARK.speak), Ending.LOST),
        (event("CHANNEL_HOLD", "t1"), Ending.HELD),
        (event("CHANNEL_HOLD", "f1"), Ending.HELD),
        (event("CHANNEL_HOLD", "p1"), Ending.HELD),
        (event("CHANNEL_PARK", "t1"), Ending.PARKED),
        (bridge("CHANNEL_UNBRIDGE", "t1", "f1"), Ending.CALL_ENDED),
        (bridge("CHANNEL_UNBRIDGE", "f1", "t1"), Ending.CALL_ENDED),
        (bridge("CHANNEL_UNBRIDGE", "p1", MARK.relay), Ending.TRANSFERRED),
        (bridge("CHANNEL_BRIDGE", "t1", "x1"), Ending.TRANSFERRED),
        (bridge("CHANNEL_BRIDGE", "x1", "f1"), Ending.TRANSFERRED),
        (joined("t1"), Ending.JOINED),
        (joined("f1"), Ending.JOINED),
        (joined("p1"), Ending.JOINED),
        (joined(MARK.relay), Ending.JOINED),
        (joined("voice-b"), Ending.JOINED),
        (left("t1"), Ending.LOST),
        (left("p1"), Ending.LOST),
    ],
)
def test_what_would_have_refused_a_page_ends_it_by_hanging_up_the_relay(
    page: WhisperPage, seen: JsonEvent, ending: Ending
) -> None:
    assert page.observe(seen)[-1] == uuid_kill(MARK.relay)
    assert page.ending is ending


@pytest.mark.parametrize(
    "seen",
    [
        bridge("CHANNEL_BRIDGE", "p1", MARK.relay),
        bridge("CHANNEL_BRIDGE", "f1", "t1"),
        event("CHANNEL_ANSWER", "p1"),
        event("CHANNEL_UNBRIDGE", "t1"),  # the end of a signal bridge names no legs
        joined("t1", "session_record"),
        joined("f1", "audio"),
    ],
)
def test_events_that_leave_a_page_alone(page: WhisperPage, seen: JsonEvent) -> None:
    assert page.observe(seen) == ()
    assert page.state is State.UP


@pytest.mark.parametrize("uuid", ["t1", "f1", "p1", "voice-b"])
def test_a_leg_in_a_conference_ends_it(page: WhisperPage, uuid: str) -> None:
    conference = {"Event-Subclass": "conference::maintenance", "Action": "add-member"}
    assert page.observe(event("CUSTOM", uuid, **conference))
    assert page.ending is Ending.CONFERENCE


@pytest.mark.parametrize(
    "seen",
    [
        event("CHANNEL_HOLD", "p1"),
        event("CHANNEL_HOLD", MARK.relay),
        joined("p1"),
        bridge("CHANNEL_BRIDGE", "p1", "x1"),
        bridge("CHANNEL_UNBRIDGE", "p1", MARK.relay),
    ],
)
def test_a_pager_whose_leg_is_taken_speaks_to_nobody_else(page: WhisperPage, seen: JsonEvent) -> None:
    assert page.observe(seen)[0] == uuid_kill("p1")


@pytest.mark.parametrize("seen", [event("CHANNEL_HOLD", "t1"), event("CHANNEL_HANGUP", "p1"), joined("t1")])
def test_a_pager_hears_that_its_page_is_over(page: WhisperPage, seen: JsonEvent) -> None:
    assert uuid_kill("p1") not in page.observe(seen)


def test_a_pager_that_was_sent_elsewhere_before_its_bridge_began_hears_that_its_page_is_over(
    page: WhisperPage,
) -> None:
    over = uuid_transfer("p1", Extension("over", "whisperpage@switch"))
    assert page.observe(event("CHANNEL_HANGUP", MARK.relay))[0] == over


def test_a_pager_that_hung_up_is_sent_nowhere(page: WhisperPage) -> None:
    page.observe(event("CHANNEL_HANGUP", "p1"))
    assert "uuid_transfer" not in str(page.observe(event("CHANNEL_HANGUP", MARK.relay)))


def test_a_page_that_lost_a_leg_hangs_up_speak_as_well(page: WhisperPage) -> None:
    assert uuid_kill(MARK.speak) in page.observe(left("p1"))


def test_the_first_reason_counts_and_nothing_is_asked_twice(page: WhisperPage) -> None:
    assert page.observe(event("CHANNEL_HOLD", "t1"))
    assert page.observe(event("CHANNEL_HANGUP", "t1")) == ()
    assert page.ending is Ending.HELD


def test_speak_leaves_the_target_for_a_moment_as_a_recording_of_it_begins(page: WhisperPage) -> None:
    for seen in (event("RECORD_START", "t1"), left("t1"), joined("t1", "session_record"), joined("t1")):
        assert page.observe(seen) == ()
    assert page.state is State.UP
    assert page.observe(at(3, left("t1")))[-1] == uuid_kill(MARK.relay)
    assert page.ending is Ending.LOST


def test_eavesdrop_that_a_recording_has_not_moved_is_missed_afterwards(page: WhisperPage) -> None:
    for _ in range(2):
        assert page.observe(event("RECORD_START", "t1")) == ()
    assert page.observe(at(3, left("t1")))[-1] == uuid_kill(MARK.relay)
    assert page.ending is Ending.LOST


def test_page_whose_eavesdrops_begin_anew_is_to_be_looked_at_later(page: WhisperPage) -> None:
    assert page.rearranges(event("RECORD_START", "t1"))
    assert page.rearranges(recoded("p1", 16000))
    assert not page.rearranges(event("RECORD_START", "f1"))
    assert not page.rearranges(joined("t1"))


def test_recording_of_the_far_party_excuses_no_missing_speak(page: WhisperPage) -> None:
    page.observe(event("RECORD_START", "f1"))
    page.observe(left("t1"))
    assert page.ending is Ending.LOST


def at(seconds: float, seen: JsonEvent) -> JsonEvent:
    """The same event, so many seconds later."""
    return with_headers(seen, **{"Event-Date-Timestamp": str(int(seconds * 1_000_000))})


def with_headers(seen: JsonEvent, **headers: str) -> JsonEvent:
    """The same event with further headers."""
    return JsonEvent(orjson.dumps({**seen.headers, **headers}))


def recoded(uuid: str, rate: int) -> JsonEvent:
    return event("CODEC", uuid, **{"Channel-Read-Codec-Rate": str(rate)})


def test_pager_with_another_rate_is_eavesdropped_anew(page: WhisperPage) -> None:
    again = (commands.execute(MARK.relay, "execute_extension", "again-pager XML whisperpage@switch"),)
    assert page.observe(recoded("p1", 16000)) == again
    assert page.observe(recoded("p1", 16000)) == ()
    assert page.observe(recoded("p1", 8000)) == again
    assert page.state is State.UP


def test_rate_that_the_pager_gets_as_the_page_is_made_is_no_other_rate() -> None:
    page = WhisperPage(MARK)
    assert page.observe(recoded("p1", 16000)) == ()
    assert list(page.steps())
    assert page.observe(recoded("p1", 16000)) == ()


def test_target_with_another_rate_is_eavesdropped_anew_and_that_is_no_loss(page: WhisperPage) -> None:
    again = commands.execute(MARK.relay, "execute_extension", "again XML whisperpage@switch")
    assert page.observe(recoded("t1", 16000)) == (again,)
    for seen in (left("t1"), joined("t1"), left("t1"), joined("t1")):
        assert page.observe(seen) == ()
    assert page.state is State.UP
    page.observe(at(3, left("t1")))
    assert page.ending is Ending.LOST


@pytest.mark.parametrize(("uuid", "rate"), [("f1", 8000), ("t1", 0)])
def test_codec_that_changes_no_rate_of_the_page_changes_nothing(
    page: WhisperPage, uuid: str, rate: int
) -> None:
    assert page.observe(recoded(uuid, rate)) == ()


AGAIN = commands.execute(MARK.relay, "execute_extension", "again XML whisperpage@switch")


SLOWER = [("whisper-16000", 8000), ("whisper-32000", 16000), ("whisper-32000", 8000)]


def in_hd(topology: str) -> WhisperPage:
    return WhisperPage(replace(MARK, topology=topology), up=True)


@pytest.mark.parametrize(("topology", "rate"), SLOWER)
def test_page_in_hd_goes_on_when_its_target_is_too_slow_for_it(topology: str, rate: int) -> None:
    page = in_hd(topology)
    assert page.observe(recoded("t1", rate)) == (AGAIN,)
    bridges = bridge("CHANNEL_BRIDGE", MARK.speak, "n1"), bridge("CHANNEL_UNBRIDGE", MARK.speak, "n1")
    for seen in bridges:
        narrow = with_headers(seen, variable_whisperpage_narrow="n1")
        assert page.observe(narrow) == ()
    assert page.observe(bridges[0])
    assert page.ending is Ending.TRANSFERRED


@pytest.mark.parametrize(("topology", "rate"), SLOWER)
@pytest.mark.parametrize("slow", ["t1", "p1"])
def test_page_in_hd_that_is_taken_over_with_a_leg_that_is_too_slow_is_eavesdropped_anew(
    slow: str, topology: str, rate: int
) -> None:
    page = in_hd(topology)
    rates = {"t1": 48000, "p1": 48000, slow: rate}
    target = Leg("t1", read_rate=rates["t1"], partner="f1", eavesdroppers=2)
    pager = Leg("p1", read_rate=rates["p1"], eavesdroppers=1)
    assert len(page.judge(target, Leg(MARK.relay), pager)) == 1
    assert page.judge(target, Leg(MARK.relay), pager) == ()
    assert page.ending is None


def test_null_legs_that_make_a_page_do_not_disturb_it() -> None:
    mark = replace(MARK, topology="whisper-16000")
    page = WhisperPage(mark)
    for name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
        assert page.observe(bridge(name, mark.relay_maker, mark.relay)) == ()
    assert page.ending is None


def test_page_has_ended_when_its_relay_is_gone(page: WhisperPage) -> None:
    page.observe(event("CHANNEL_HANGUP", "p1"))
    assert page.state is State.ENDING
    page.observe(event("CHANNEL_HANGUP", MARK.relay))
    assert page.state is State.ENDED


def test_an_event_while_a_page_is_made_stops_the_making() -> None:
    page = WhisperPage(MARK)
    steps = page.steps()
    assert next(steps).name == "relay"
    assert page.observe(event("CHANNEL_HOLD", "t1"))[-1] == uuid_kill(MARK.relay)
    assert list(steps) == []
    assert page.state is State.ENDING


def test_page_that_others_made_is_doubted_when_somebody_begins_to_listen(page: WhisperPage) -> None:
    adopted = WhisperPage(MARK, up=True)
    assert adopted.observe(joined("t1")) == ()
    assert adopted.doubts(joined("t1"))
    assert not adopted.doubts(joined("f1", "audio"))
    assert not page.doubts(joined("t1"))


IN_A_PAGE = Leg("t1", partner="f1", answered=True, eavesdroppers=2)
RELAY = Leg(MARK.relay, partner="p1")
PAGER = Leg("p1", state="CS_EXECUTE", eavesdroppers=1)


@pytest.mark.parametrize(
    ("target", "relay", "ending"),
    [
        (IN_A_PAGE, RELAY, None),
        (replace(IN_A_PAGE, eavesdroppers=0), RELAY, None),
        (replace(IN_A_PAGE, eavesdroppers=3), RELAY, Ending.JOINED),
        (IN_A_PAGE, replace(RELAY, eavesdroppers=1), Ending.JOINED),
        (replace(IN_A_PAGE, conference=True, partner=""), RELAY, Ending.CONFERENCE),
        (replace(IN_A_PAGE, call_state="HELD"), RELAY, Ending.HELD),
        (replace(IN_A_PAGE, partner="x1"), RELAY, Ending.TRANSFERRED),
        (replace(IN_A_PAGE, partner=""), RELAY, Ending.CALL_ENDED),
    ],
)
def test_page_whose_legs_have_changed_meanwhile_is_ended(
    target: Leg, relay: Leg, ending: Ending | None
) -> None:
    page = WhisperPage(MARK, up=True)
    assert bool(page.judge(target, relay, PAGER)) is (ending is not None)
    assert page.ending is ending


@pytest.mark.parametrize(
    ("target", "pager", "ending"),
    [
        (IN_A_PAGE, PAGER, None),
        (replace(IN_A_PAGE, eavesdroppers=1), PAGER, Ending.LOST),
        (IN_A_PAGE, replace(PAGER, eavesdroppers=0), Ending.LOST),
        (IN_A_PAGE, None, Ending.LOST),
    ],
)
def test_page_that_is_incomplete_after_some_time_is_ended(
    target: Leg, pager: Leg | None, ending: Ending | None
) -> None:
    page = WhisperPage(MARK, up=True)
    assert bool(page.judge(target, RELAY, pager, settled=True)) is (ending is not None)
    assert page.ending is ending


GONE = "CS_HANGUP"


@pytest.mark.parametrize(
    ("pager", "target", "ending"),
    [
        (None, IN_A_PAGE, Ending.PAGER_HUNG_UP),
        (replace(PAGER, state=GONE), IN_A_PAGE, Ending.PAGER_HUNG_UP),
        (PAGER, None, Ending.TARGET_HUNG_UP),
        (PAGER, replace(IN_A_PAGE, state=GONE), Ending.TARGET_HUNG_UP),
        (PAGER, IN_A_PAGE, Ending.LOST),
        (PAGER, replace(IN_A_PAGE, partner="x1"), Ending.TRANSFERRED),
        (PAGER, replace(IN_A_PAGE, partner=""), Ending.CALL_ENDED),
        (PAGER, replace(IN_A_PAGE, partner="", application="valet_park"), Ending.PARKED),
        (PAGER, replace(IN_A_PAGE, conference=True), Ending.CONFERENCE),
    ],
)
def test_page_whose_relay_went_first_is_explained_by_who_is_still_there(
    page: WhisperPage, pager: Leg | None, target: Leg | None, ending: Ending
) -> None:
    page.observe(event("CHANNEL_HANGUP", MARK.relay))
    assert (page.state, page.ending) == (State.ENDED, None)
    assert explain(pager, target, MARK) is ending


@pytest.mark.parametrize(
    ("seen", "same_call"),
    [(event("CHANNEL_HANGUP", "p1"), True), (event("CHANNEL_HOLD", "t1"), False), (joined("t1"), False)],
)
def test_bypass_media_returns_only_if_the_same_call_goes_on(
    page: WhisperPage, seen: JsonEvent, same_call: bool
) -> None:
    keep = f"uuid_setvar_multi {MARK.relay} api_hangup_hook=;api_reporting_hook="
    assert (keep not in texts(page.observe(seen))) is same_call


def test_target_has_its_keys_only_while_the_page_is_up(page: WhisperPage) -> None:
    assert page.equip() == keys.bind(MARK, {Key.MUTE: "5", Key.END: "6"})
    page.observe(event("CHANNEL_HANGUP", "p1"))
    assert page.equip() == ()


def test_pressed_keys_need_nothing_more_from_a_controller(page: WhisperPage) -> None:
    assert page.observe(pressed("mute")) == page.observe(pressed("end")) == ()


def test_target_is_known_to_be_muted_by_what_the_far_partys_leg_has(page: WhisperPage) -> None:
    page.observe(joined("f1", "audio"))
    assert page.muted


def test_end_key_sets_the_ending_of_the_page(page: WhisperPage) -> None:
    page.observe(pressed("end"))
    page.observe(event("CHANNEL_HANGUP", "p1"))
    page.observe(event("CHANNEL_HANGUP", MARK.relay))
    assert page.ending is Ending.STOPPED


def test_only_the_target_has_keys(page: WhisperPage) -> None:
    page.observe(pressed("end", "p1"))
    assert page.ending is None


def test_muting_on_demand_is_what_the_key_does(page: WhisperPage) -> None:
    def run(orders: tuple[Order, ...]) -> list[str]:
        return [dict(each.headers)["execute-app-arg"] for each in orders if isinstance(each, Command)]

    assert run(page.mute(Toggle.ON)) == [f"mute-{MARK.relay} XML whisperpage@switch"]
    assert page.mute(Toggle.ON) == ()
    assert run(page.mute(Toggle.FLIP)) == [f"unmute-{MARK.relay} XML whisperpage@switch"]


def test_without_a_far_party_there_is_no_mute() -> None:
    alone = WhisperPage(
        PageMark("p", UserName("1001", "a"), UserName("1002", "a"), "p1", "t1"), {Key.MUTE: "5"}, up=True
    )
    assert alone.equip() == alone.mute(Toggle.ON) == ()


def test_keys_are_given_back_when_the_page_is_over(page: WhisperPage) -> None:
    page.observe(event("CHANNEL_HANGUP", "p1"))
    unbound = page.observe(event("CHANNEL_HANGUP", MARK.relay))
    assert unbound == keys.unbind(MARK, {Key.MUTE: "5", Key.END: "6"})


@pytest.mark.parametrize(("holds", "left"), [("f1", True), ("t1", False)])
def test_keys_are_left_to_the_dialplan_while_the_target_hears_music_on_hold(
    page: WhisperPage, holds: str, left: bool
) -> None:
    """The music would never end if the target's leg ran an application meanwhile."""
    page.observe(event("CHANNEL_HOLD", holds))
    assert page.ending is Ending.HELD
    assert (page.observe(event("CHANNEL_HANGUP", MARK.relay)) == ()) is left


def test_a_page_taken_over_muted_is_unmuted_by_the_next_toggle() -> None:
    page = WhisperPage(MARK, {Key.MUTE: "5"}, up=True, muted=True)
    assert page.mute(Toggle.FLIP) == keys.mute(MARK, on=False)


@pytest.mark.parametrize("do", Do)
def test_whatever_the_table_asks_for_is_an_order_to_the_switch(do: Do) -> None:
    page = WhisperPage(MARK, {Key.MUTE: "5"}, up=True, show=True)
    page.reply = "I am coming"
    assert page._orders(do)


REPLIES = (Reply("1", "I am coming"), Reply("3", "I cannot", declines=True))


def answered(key: str, digit: str = "") -> JsonEvent:
    named = {"whisperpage_key": key, "whisperpage_digit": digit}
    return event("CUSTOM", "t1", **{"Event-Subclass": "whisperpage::key"} | named)


@pytest.mark.parametrize(
    ("key", "digit", "ending", "reply"),
    [
        ("reply", "1", Ending.REPLIED, "I am coming"),
        ("decline", "3", Ending.DECLINED, "I cannot"),
        ("decline", "", Ending.DECLINED, None),
        ("reply", "9", Ending.REPLIED, None),
    ],
)
def test_key_of_a_reply_ends_the_page_by_the_switch_and_has_its_words(
    page: WhisperPage, key: str, digit: str, ending: Ending, reply: str | None
) -> None:
    page.offer(REPLIES)
    assert page.observe(answered(key, digit)) == ()
    assert (page.state, page.ending, page.reply) == (State.ENDING, ending, reply)


def test_first_key_counts(page: WhisperPage) -> None:
    page.offer(REPLIES)
    page.observe(answered("reply", "1"))
    page.observe(answered("decline", "3"))
    assert (page.ending, page.reply) == (Ending.REPLIED, "I am coming")


def test_reply_is_shown_to_a_pager_whose_phone_may_show_it() -> None:
    page = WhisperPage(MARK, {}, up=True, show=True)
    page.offer(REPLIES)
    assert texts(page.observe(answered("reply", "1"))) == [
        "uuid_setvar p1 whisperpage_shown true",
        "uuid_display p1 1002 - I am coming|1002",
    ]


def test_window_without_words_shows_nothing() -> None:
    page = WhisperPage(MARK, {}, up=True, show=True)
    assert page.observe(answered("decline")) == ()
    assert page.ending is Ending.DECLINED


# -- a reverse page ----------------------------------------------------------------------------------------

REVERSED = replace(MARK, topology="reverse-8000")


@pytest.fixture
def reverse() -> WhisperPage:
    """A reverse page that is up."""
    page = WhisperPage(REVERSED, {Key.MUTE: "5", Key.END: "6", Key.OFF: "7"})
    for step in page.steps():
        if step.name == "private":
            page.observe(joined("f1", "audio"))
    return page


def test_reverse_page_is_muted_from_the_first_moment_and_nobody_lifts_the_mute(reverse: WhisperPage) -> None:
    assert WhisperPage(REVERSED).muted
    assert (reverse.up, reverse.muted, reverse.mutable) == (True, True, False)
    assert reverse.mute(Toggle.OFF) == ()
    assert reverse.muted


def test_pager_of_a_reverse_page_has_the_end_key_alone(reverse: WhisperPage) -> None:
    assert reverse.equip() == keys.bind(REVERSED, {Key.END: "6"})


def test_reverse_page_without_its_mute_ends(reverse: WhisperPage) -> None:
    orders = reverse.observe(event("MEDIA_BUG_STOP", "f1", **{"Media-Bug-Function": "audio"}))
    assert uuid_kill(MARK.relay) in orders
    assert reverse.ending is Ending.LOST

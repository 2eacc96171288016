"""The page topology as commands."""

from __future__ import annotations

from controller.switch import sequences
from controller.switch.pagelegs import PageMark, is_page_leg, is_relay, mark_of, relay_uuid, speak_uuid

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
FAR = "a3d01d72-7671-4aab-af01-f24f1e2c2720"
MARK = PageMark("page-1", "1001@pbx.test", "1002@pbx.test", PAGER, TARGET, FAR)


def calls() -> dict[str, str]:
    return {step.name: step.call.text for step in sequences.whisper(MARK)}


def test_the_relay_is_made_before_the_pager_is_bridged_to_it() -> None:
    assert list(calls()) == ["relay", "speak", "mark", "answer", "bridge"]
    assert calls()["bridge"] == f"uuid_bridge {PAGER} {MARK.relay}"


def test_both_loopbacks_stay_in_the_call() -> None:
    for name in ("relay", "speak"):
        assert "loopback_bowout=false" in calls()[name]


def test_a_loopback_is_made_only_under_the_uuid_asked_for() -> None:
    expected = {step.name: step.answer for step in sequences.whisper(MARK) if step.answer}
    assert expected == {"relay": MARK.relay, "speak": MARK.speak}


def test_loopbacks_are_made_in_the_background_and_the_rest_at_once() -> None:
    assert [step.name for step in sequences.whisper(MARK) if step.slow] == ["relay", "speak"]


def test_each_loopback_goes_into_the_dialplan_by_itself() -> None:
    for name, number in (("relay", "meet"), ("speak", "speak")):
        assert calls()[name].endswith(f" &transfer({number}-{TARGET}\\sXML\\swhisperpage@switch)")


def test_a_pager_that_leaves_its_relay_goes_where_it_hears_that_its_page_is_over() -> None:
    assert calls()["mark"].endswith(
        f";api_after_bridge_whisperpage_1=uuid_transfer {PAGER} over XML whisperpage@switch"
    )


def test_the_pagers_phone_shows_the_target() -> None:
    assert "origination_caller_id_name=Paging\\s1002,origination_caller_id_number=1002" in calls()["relay"]


def test_a_page_ends_by_its_relay() -> None:
    kill = f"uuid_kill {MARK.relay} NORMAL_CLEARING"
    assert [call.text for call in sequences.end(MARK, same_call=True)] == [kill]
    assert [call.text for call in sequences.end(MARK, same_call=False)][-1] == kill


def test_a_refusal_plays_reorder_with_its_cause() -> None:
    assert [step.call.text for step in sequences.refuse(PAGER, "USER_BUSY")] == [
        f"uuid_setvar {PAGER} whisperpage_cause USER_BUSY",
        f"uuid_transfer {PAGER} refuse XML whisperpage@switch",
    ]


def test_a_caller_hears_whether_pages_to_it_are_off_or_on() -> None:
    for off, number in ((True, "pages-off"), (False, "pages-on")):
        [step] = sequences.confirm(PAGER, off=off)
        assert step.call.text == f"uuid_transfer {PAGER} {number} XML whisperpage@switch"


def test_who_is_first_is_told_by_the_task_that_the_dialplan_has_left() -> None:
    assert sequences.first(PAGER).text == f"sched_del whisperpage-pages-{PAGER}"


def test_one_target_leg_has_one_relay_and_another_has_another() -> None:
    assert relay_uuid(TARGET) == relay_uuid(TARGET)
    assert relay_uuid(TARGET) != relay_uuid(FAR)


def test_nobody_who_knows_the_legs_of_a_page_knows_the_leg_that_eavesdrops() -> None:
    again = PageMark("page-1", "1001@pbx.test", "1002@pbx.test", PAGER, TARGET, FAR)
    assert len({MARK.speak, again.speak, speak_uuid(TARGET), MARK.relay}) == 4


def test_a_page_that_an_earlier_version_has_made_is_read_with_its_speak() -> None:
    told = {f"variable_{name}": value for name, value in MARK.variables().items()}
    del told["variable_whisperpage_speak"]
    mark = mark_of(lambda name: told.get(name, ""))
    assert mark is not None
    assert mark.speak == speak_uuid(TARGET)


def test_what_a_page_says_of_itself_is_read_back_whole() -> None:
    written = {f"variable_{name}": value for name, value in MARK.variables().items()}
    assert mark_of(lambda name: written.get(name, "")) == MARK


def test_a_page_without_a_far_party_is_whole() -> None:
    alone = PageMark("page-1", "1001@pbx.test", "1002@pbx.test", PAGER, TARGET)
    written = {f"variable_{name}": value for name, value in alone.variables().items()}
    assert mark_of(lambda name: written.get(name, "")) == alone


def test_half_a_mark_is_none() -> None:
    assert mark_of(lambda name: "x" if name == "variable_whisperpage_page" else "") is None


def test_page_legs_are_known_by_their_names() -> None:
    assert is_relay(f"loopback/relay-{TARGET}-a")
    assert not is_relay(f"loopback/relay-{TARGET}-b")
    assert not is_relay(f"loopback/voice-{TARGET}-a")
    assert is_page_leg(f"loopback/voice-{TARGET}-b")
    assert not is_page_leg("sofia/internal/1002@pbx.test")

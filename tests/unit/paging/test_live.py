"""The live pages and the events that they publish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from controller.domain.names import UserName
from controller.domain.record import Ending, PageRecord, Treatment
from controller.domain.toggle import Toggle
from controller.eventsocket.events import JsonEvent
from controller.paging.attempt import Attempt
from controller.paging.call import IntercomCall
from controller.paging.events import (
    Bus,
    PageCameUp,
    PageDoubted,
    PageEnded,
    PageFound,
    PageMuted,
    PageRearranged,
    PageVanished,
)
from controller.paging.group_page import GroupPage
from controller.paging.live import LivePages
from controller.paging.member_call import MemberCall
from controller.paging.ongoing import Ongoing
from controller.paging.page import WhisperPage
from controller.switch.pagelegs import PageMark
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch, bridge, event

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")
KINDS = (PageCameUp, PageDoubted, PageEnded, PageFound, PageMuted, PageRearranged, PageVanished)
TARGET = UserName("1002", "pbx.test")


class Room:
    """Live pages on a fake switch, and the classes of the published events."""

    def __init__(self) -> None:
        events = Bus()
        self.runner = CommandRunner(TimedSwitch(FakeSwitch()), deadline=1)
        self.live = LivePages(self.runner, events)
        self.told: list[object] = []
        for kind in KINDS:
            events.subscribe(kind, self.told.append)

    def see(self, seen: JsonEvent) -> list[str]:
        self.told.clear()
        self.live.observe(seen)
        return self.names()

    def names(self) -> list[str]:
        return [type(each).__name__ for each in self.told]


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.runner.drain(60)


def record(treatment: Treatment = Treatment.WHISPER, *, up: bool = False) -> PageRecord:
    since = datetime.now(UTC)
    answered = since if up else None
    return PageRecord("page-1", "pbx", MARK.pager, MARK.target, treatment, since, answered_at=answered)


def hangup(uuid: str) -> JsonEvent:
    return event("CHANNEL_HANGUP", uuid)


@pytest.mark.parametrize(
    ("page", "mark"), [(WhisperPage(MARK, up=True), MARK), (IntercomCall("p-1", "", ()), None)]
)
def test_a_page_that_is_already_up_is_published_as_up(
    room: Room, page: Ongoing, mark: PageMark | None
) -> None:
    room.live.follow(page, begun := record(up=True))
    assert room.told == [PageCameUp(begun, mark)]


def test_a_call_comes_up_once_as_its_target_answers(room: Room) -> None:
    room.live.follow(IntercomCall("p-1", "page-1", ()), record(Treatment.INTERCOM))
    assert room.names() == []
    assert room.see(bridge("CHANNEL_BRIDGE", "p-1", "x-1")) == ["PageCameUp"]
    assert room.see(bridge("CHANNEL_BRIDGE", "p-1", "x-2")) == []


def test_a_page_that_is_being_made_does_not_publish_its_end(room: Room) -> None:
    room.live.follow(WhisperPage(MARK), record(), being_made=True)
    assert room.see(hangup(MARK.relay)) == []
    assert room.live.all() == ()


def test_a_page_whose_end_no_event_explains_has_vanished(room: Room) -> None:
    room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    assert room.see(hangup(MARK.relay)) == ["PageVanished"]
    assert room.live.all() == ()


def test_a_page_that_has_lost_a_leg_has_vanished_for_its_call_may_have_ended_first(room: Room) -> None:
    live = room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    assert room.see(hangup(MARK.speak)) == []
    assert room.see(hangup("t-1")) == []  # too late: the first ending counts
    assert room.see(hangup(MARK.relay)) == ["PageVanished"]
    assert (live.page.ending, live.record.ending) == (Ending.LOST, None)


def test_a_page_ends_when_its_relay_is_gone_and_by_the_first_reason(room: Room) -> None:
    live = room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    assert room.see(event("CHANNEL_HOLD", "t-1")) == []
    assert room.see(hangup(MARK.relay)) == ["PageEnded"]
    assert (live.record.ending, room.told) == ("held", [PageEnded(live.record)])


def test_an_attempt_of_another_controller_ends_without_a_witness(room: Room) -> None:
    live = room.live.follow(Attempt("p-1"), record())
    room.see(hangup("p-1"))
    assert room.told == [PageEnded(live.record, witnessed=False)]


def test_a_mute_is_published_once_whoever_mutes(room: Room) -> None:
    live = room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    room.told.clear()
    room.live.mute(live, Toggle.ON)
    room.live.mute(live, Toggle.ON)
    assert room.told == [PageMuted(live.record, muted=True)]
    unmuted = event("MEDIA_BUG_STOP", "f-1", **{"Media-Bug-Function": "audio"})
    assert room.see(unmuted) == ["PageMuted"]
    assert room.see(unmuted) == []


def test_a_page_that_nobody_here_has_made_is_found_as_its_pager_is_bridged(room: Room) -> None:
    marked = {f"variable_{name}": value for name, value in MARK.variables().items()}
    room.see(bridge("CHANNEL_BRIDGE", "p-1", MARK.relay, **marked))
    assert room.told == [PageFound(MARK)]
    room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    assert room.see(bridge("CHANNEL_BRIDGE", "p-1", MARK.relay, **marked)) == []


def test_a_page_that_others_made_is_doubted_as_somebody_begins_to_listen(room: Room) -> None:
    room.live.follow(WhisperPage(MARK, up=True), record(up=True))
    assert room.see(event("MEDIA_BUG_START", "t-1", **{"Media-Bug-Function": "eavesdrop"})) == ["PageDoubted"]


def test_an_ending_that_is_known_from_elsewhere_is_published(room: Room) -> None:
    live = room.live.follow(WhisperPage(MARK), record(), being_made=True)
    room.live.over(live, Ending.PAGER_HUNG_UP)
    assert room.told == [PageEnded(live.record)]
    assert live.record.ending == "pager_hung_up"


def test_only_whisper_pages_whisper_to_their_target(room: Room) -> None:
    room.live.follow(IntercomCall("p-2", "page-2", ()), record(Treatment.INTERCOM))
    room.live.follow(Attempt("p-3"), record())
    assert room.live.whispering_to(TARGET) == ()
    live = room.live.follow(WhisperPage(MARK), record())
    assert room.live.whispering_to(TARGET) == (live,)
    assert room.live.whispering_to(UserName("1001", "pbx.test")) == ()
    assert room.live.marks() == (MARK,)


def part(page: Ongoing, number: str, whole: str | None) -> tuple[Ongoing, PageRecord]:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    treatment = Treatment.INTERCOM if whole else Treatment.GROUP
    return page, PageRecord(number, "pbx", MARK.pager, TARGET, treatment, began, part_of=whole)


def test_hang_up_of_the_pager_is_seen_by_every_part_of_its_page_to_a_group(room: Room) -> None:
    room.live.follow(*part(GroupPage("p-1", "whole"), "whole", None))
    for number in ("x-1", "x-2"):
        room.live.follow(*part(MemberCall("p-1", "whole", (number,)), number, "whole"))
    assert [live.record.page_id for live in room.live.parts("whole")] == ["x-1", "x-2"]
    assert room.see(event("CHANNEL_HANGUP", "p-1")) == ["PageEnded"] * 3
    assert not room.live.all()
    assert "p-1" not in room.live


def test_part_that_is_found_again_is_followed_once_and_another_page_takes_the_leg(room: Room) -> None:
    for _ in range(2):
        room.live.follow(*part(MemberCall("p-1", "whole", ("x-1",)), "x-1", "whole"))
    assert len(room.live.all()) == 1
    room.live.follow(*part(GroupPage("p-1", "other"), "other", None))
    assert [live.record.page_id for live in room.live.all()] == ["other", "x-1"]
    assert room.see(event("CHANNEL_HANGUP", "p-1")) == ["PageEnded"]


def test_end_of_a_whole_page_to_a_group_ends_its_parts_first(room: Room) -> None:
    whole = room.live.follow(*part(GroupPage("p-1", "whole"), "whole", None))
    one = room.live.follow(*part(MemberCall("p-1", "whole", ("x-1",)), "x-1", "whole"))
    room.live.end(whole, Ending.STOPPED)
    assert (one.page.ending, whole.page.ending) == (Ending.STOPPED, Ending.STOPPED)

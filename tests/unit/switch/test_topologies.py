"""Finding pages by the marks and names of their channels."""

from __future__ import annotations

from controller.domain.names import UserName
from controller.switch.pagelegs import PageMark, speak_uuid
from controller.switch.topologies import TOPOLOGIES, is_page_leg, is_relay, mark_of, topology_of
from controller.switch.whisper import EARLIER, WHISPER

TARGET = "59a5244a-5783-4895-8621-ed9fdc3a4d10"
PAGER = "252f1004-8da8-45e7-8062-ae3b863aef8d"
FAR = "a3d01d72-7671-4aab-af01-f24f1e2c2720"
MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET, FAR)


def told(mark: PageMark) -> dict[str, str]:
    return {f"variable_{name}": value for name, value in mark.variables().items()}


def test_a_page_that_an_earlier_version_has_made_is_read_with_its_speak() -> None:
    earlier = {name: value for name, value in told(MARK).items() if name != "variable_whisperpage_speak"}
    mark = mark_of(lambda name: earlier.get(name, ""))
    assert mark is not None
    assert mark.speak == speak_uuid(TARGET)


def test_a_mark_is_read_back_completely() -> None:
    assert mark_of(lambda name: told(MARK).get(name, "")) == MARK


def test_a_page_without_a_far_party_is_whole() -> None:
    alone = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), PAGER, TARGET)
    assert mark_of(lambda name: told(alone).get(name, "")) == alone


def test_half_a_mark_is_none() -> None:
    assert mark_of(lambda name: "x" if name == "variable_whisperpage_page" else "") is None


def test_page_legs_are_known_by_their_names() -> None:
    assert is_relay(f"loopback/relay-{TARGET}-a")
    assert not is_relay(f"loopback/relay-{TARGET}-b")
    assert not is_relay(f"loopback/voice-{TARGET}-a")
    assert is_page_leg(f"loopback/voice-{TARGET}-b")
    assert not is_page_leg("sofia/internal/1002@pbx.test")


def test_a_page_carries_the_name_of_its_topology() -> None:
    mark = mark_of(lambda name: told(MARK).get(name, ""))
    assert mark is not None
    assert topology_of(mark) is WHISPER


def test_a_page_that_an_earlier_version_has_made_is_a_whisper_page() -> None:
    earlier = {name: value for name, value in told(MARK).items() if name != "variable_whisperpage_topology"}
    mark = mark_of(lambda name: earlier.get(name, ""))
    assert mark is not None
    assert topology_of(mark) is EARLIER


def test_a_page_of_a_kind_that_is_not_known_is_left_alone() -> None:
    later = told(MARK) | {"variable_whisperpage_topology": "hologram"}
    assert mark_of(lambda name: later.get(name, "")) is None


def test_no_two_kinds_have_one_name() -> None:
    assert len({each.name for each in TOPOLOGIES}) == len(TOPOLOGIES)

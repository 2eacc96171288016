"""Who hears whom by the rules of switch_core_io.c and switch_ivr_async.c, without a switch."""

from __future__ import annotations

import pytest

from controller.simulator.media import Leg, Picture, Quality, Tap, hears

CLEAR, GARBLED = Quality.CLEAR, Quality.GARBLED
AB = ("a", "b")


def leg(name: str, *bugs: Tap, rate: int = 8000, plays: tuple[str, ...] = ()) -> Leg:
    """A leg with a party of the same name in capitals."""
    return Leg(name, rate, name.upper(), plays, bugs)


def end(name: str, *bugs: Tap, rate: int = 8000, plays: tuple[str, ...] = ()) -> Leg:
    """A leg without a party: one end of a loopback."""
    return Leg(name, rate, "", plays, bugs)


def heard(
    *legs: Leg, bridges: tuple[tuple[str, str], ...] = (AB,), **rest: object
) -> dict[str, dict[str, Quality]]:
    return hears(Picture(legs, bridges, **rest))  # type: ignore[arg-type]


def test_bridged_legs_hear_each_other_and_not_themselves() -> None:
    assert heard(leg("a"), leg("b")) == {"A": {"B": CLEAR}, "B": {"A": CLEAR}}


def test_bypassed_media_is_heard_directly_and_past_every_bug() -> None:
    mute = Tap("m", mutes_read=True)
    assert heard(leg("a", mute), leg("b"), bridges=(), direct=(AB,))["B"] == {"A": CLEAR}


def test_conference_is_heard_by_all_others() -> None:
    assert heard(leg("a"), leg("b"), leg("c"), bridges=(), rooms=(("a", "b", "c"),))["A"] == {
        "B": CLEAR,
        "C": CLEAR,
    }


def test_what_is_played_to_a_leg_is_heard_by_its_party_alone() -> None:
    matrix = heard(leg("a", plays=("tone",)), leg("b"))
    assert matrix == {"A": {"B": CLEAR, "tone": CLEAR}, "B": {"A": CLEAR}}


def test_bridge_aleg_hears_what_the_leg_says() -> None:
    spy = Tap("s", "c", hears_read=True)
    assert heard(leg("a", spy), leg("b"), leg("c"))["C"] == {"A": CLEAR}


def test_bridge_bleg_hears_what_the_leg_hears() -> None:
    spy = Tap("s", "c", hears_write=True)
    assert heard(leg("a", spy), leg("b"), leg("c"))["C"] == {"B": CLEAR}


def test_native_eavesdrop_hears_what_a_phone_says_before_every_bug() -> None:
    spy, mute = Tap("s", "c", hears_read=True, native=True), Tap("m", mutes_read=True)
    assert heard(leg("a", mute, spy), leg("b"), leg("c"))["C"] == {"A": CLEAR}


def test_native_eavesdrop_hears_what_a_phone_is_sent_behind_every_bug() -> None:
    spy, sound = Tap("s", "c", hears_write=True, native=True), Tap("d", mixes="tone")
    assert heard(leg("a", spy, sound), leg("b"), leg("c"))["C"] == {"B": CLEAR, "tone": CLEAR}


def test_whisper_aleg_speaks_to_the_far_party() -> None:
    spy = Tap("s", "c", hears_read=True, speaks_read=True)
    matrix = heard(leg("a", spy), leg("b"), leg("c"))
    assert matrix["B"] == {"A": CLEAR, "C": CLEAR}
    assert "C" not in matrix["A"]


def test_whisper_bleg_speaks_to_the_leg_itself() -> None:
    spy = Tap("s", "c", hears_write=True, speaks_write=True)
    matrix = heard(leg("a", spy), leg("b"), leg("c"))
    assert matrix["A"] == {"B": CLEAR, "C": CLEAR}
    assert "C" not in matrix["B"]


@pytest.mark.parametrize(
    "flags", [{"hears_read": True, "speaks_write": True}, {"hears_write": True, "speaks_read": True}]
)
def test_whisper_without_its_own_bridge_flag_is_heard_by_nobody(flags: dict[str, bool]) -> None:
    matrix = heard(leg("a", Tap("s", "c", **flags)), leg("b"), leg("c"))  # type: ignore[arg-type]
    assert "C" not in matrix["A"] | matrix["B"]


def test_three_way_is_heard_by_both_and_does_not_hear_itself() -> None:
    three = Tap("t", "c", True, True, True, True)
    matrix = heard(leg("a", three), leg("b"), leg("c"))
    assert matrix["A"] == {"B": CLEAR, "C": CLEAR}
    assert matrix["B"] == {"A": CLEAR, "C": CLEAR}
    assert matrix["C"] == {"A": CLEAR, "B": CLEAR}


@pytest.mark.parametrize("first", ["mute", "spy"])
def test_mute_in_the_read_chain_silences_every_tap_whenever_attached(first: str) -> None:
    bugs = [Tap("m", mutes_read=True), Tap("s", "c", hears_read=True)]
    matrix = heard(leg("a", *(bugs if first == "mute" else bugs[::-1])), leg("b"), leg("c"))
    assert matrix["C"] == {}
    assert matrix["B"] == {}


def test_mute_in_the_write_chain_spares_the_taps_before_it() -> None:
    mute, spy = Tap("m", mutes_write=True), Tap("s", "c", hears_write=True)
    assert heard(leg("a", spy, mute), leg("b"), leg("c"))["C"] == {"B": CLEAR}
    assert heard(leg("a", mute, spy), leg("b"), leg("c"))["C"] == {}
    assert heard(leg("a", spy, mute), leg("b"), leg("c"))["A"] == {}


def test_recording_from_before_a_whisper_has_no_whisperer_and_one_from_after_has() -> None:
    record = Tap("/x.wav", hears_read=True, hears_write=True)
    whisper = Tap("s", "c", hears_write=True, speaks_write=True)
    assert heard(leg("a", record, whisper), leg("b"), leg("c"))["/x.wav"] == {"A": CLEAR, "B": CLEAR}
    assert heard(leg("a", whisper, record), leg("b"), leg("c"))["/x.wav"] == {
        "A": CLEAR,
        "B": CLEAR,
        "C": CLEAR,
    }


@pytest.mark.parametrize(
    ("target", "listener", "quality"),
    [(8000, 8000, CLEAR), (48000, 8000, CLEAR), (8000, 16000, GARBLED), (16000, 48000, GARBLED)],
)
def test_eavesdrop_is_garbled_when_the_listener_is_faster(
    target: int, listener: int, quality: Quality
) -> None:
    spy = Tap("s", "c", hears_read=True)
    assert heard(leg("a", spy, rate=target), leg("b"), leg("c", rate=listener))["C"] == {"A": quality}


def test_what_was_garbled_once_stays_garbled() -> None:
    spy = Tap("s", "l", hears_read=True)
    legs = (leg("a", spy), leg("b"), end("l", rate=16000), end("m", rate=16000), leg("c"))
    assert heard(*legs, bridges=(AB, ("m", "c")), loopbacks=(("l", "m"),))["C"] == {"A": GARBLED}


def test_mute_and_unmute_of_a_page_by_the_relay_topology() -> None:
    """T target, F far party, P pager; R and r the relay, S speak, V voice."""

    def page(*far_bugs: Tap) -> dict[str, dict[str, Quality]]:
        relay = Tap("relay", "r", hears_read=True)
        speak = Tap("speak", "S", hears_write=True, speaks_write=True)
        voice = Tap("voice", "V", hears_write=True)
        legs = (
            Leg("t", 8000, "T", (), (relay, speak)),
            Leg("f", 8000, "F", (), far_bugs),
            Leg("p", 48000, "P"),
            end("R", voice),
            end("r"),
            end("S"),
            end("V"),
        )
        return heard(*legs, bridges=(("t", "f"), ("p", "R")), loopbacks=(("R", "r"), ("S", "V")))

    paged = {"T": {"F": CLEAR, "P": CLEAR}, "F": {"T": CLEAR}, "P": {"T": CLEAR}}
    assert page() == paged
    assert page(Tap("mute", mutes_write=True)) == paged | {"F": {}}

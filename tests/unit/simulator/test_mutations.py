"""The mutation check: a page that is broken on purpose has a wrong matrix, so a test on the simulator fails.

Two changes that look like mistakes have no effect on a page, on the simulator and, as measured, on FreeSWITCH
1.10.12. mod_loopback.c reads loopback_initial_codec too late for an originated loopback, which always has
8000 Hz. And a loopback with an end that eavesdrops never bows out. The faults against which these settings
protect are tested instead: a relay with the pager's rate, and a loopback between two bridges.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.simulator.channel import Codec
from controller.simulator.office import CUSTOMER, Office
from tests.unit.simulator.conftest import (
    CLEAR,
    GARBLED,
    PAGED,
    PAGER,
    TARGET,
    Page,
    change_dialplan,
    page,
    talk,
)

BRIDGED_STRAIGHT = """<extension name="straight">
<condition field="destination_number" expression="^straight-(.*)$">
<action application="bridge" data="$1"/>
</condition></extension>
<extension name="prompt">"""


@pytest.mark.parametrize("pager", ["PCMU", "G722", "OPUS"])
@pytest.mark.parametrize("target", ["PCMU", "G722", "OPUS"])
def test_whole_page_has_the_right_matrix_whatever_the_codecs(office: Office, target: str, pager: str) -> None:
    assert page(office, target_codec=target, pager_codec=pager).matrix() == PAGED


def test_swapped_pair_of_speak_speaks_to_the_far_party(office: Office, tmp_path: Path) -> None:
    change_dialplan(
        office,
        tmp_path,
        """<action application="set" data="eavesdrop_bridge_bleg=true"/>
        <action application="set" data="eavesdrop_whisper_bleg=true"/>""",
        """<action application="set" data="eavesdrop_bridge_aleg=true"/>
        <action application="set" data="eavesdrop_whisper_aleg=true"/>""",
    )
    matrix = page(office).matrix()
    assert matrix[CUSTOMER] == {TARGET: CLEAR, PAGER: CLEAR}
    assert PAGER not in matrix[TARGET]


def test_swapped_pair_of_relay_lets_the_pager_hear_the_far_party(office: Office, tmp_path: Path) -> None:
    change_dialplan(office, tmp_path, "eavesdrop_bridge_aleg=true", "eavesdrop_bridge_bleg=true")
    assert CUSTOMER in page(office).matrix()[PAGER]


def test_without_whisper_the_target_hears_nothing_of_the_pager(office: Office, tmp_path: Path) -> None:
    change_dialplan(office, tmp_path, "eavesdrop_whisper_bleg=true", "eavesdrop_whisper_bleg=false")
    assert page(office).matrix()[TARGET] == {CUSTOMER: CLEAR}


def test_whisper_into_the_far_partys_leg_is_heard_there(office: Office) -> None:
    def to_the_wrong_leg(text: str) -> str:
        legs = office.switch.channels
        target, far = (next(uuid for uuid in legs if name in legs[uuid].name) for name in ("1002@", "trunk"))
        mistaken = f"whisperpage_target_leg={target}", f"whisperpage_target_leg={far}"
        return text.replace(*mistaken) if "/voice-" in text else text

    assert page(office, to_the_wrong_leg).matrix()[CUSTOMER] == {TARGET: CLEAR, PAGER: CLEAR}


def test_mute_on_the_read_side_deafens_the_pager(office: Office) -> None:
    made = page(office)
    made.api(f"uuid_audio {made.mark.target_leg} start read mute 1")
    assert made.matrix()[PAGER] == {}


def test_mute_on_the_write_side_of_the_far_leg_silences_the_far_party_alone(office: Office) -> None:
    made = page(office)
    made.api(f"uuid_audio {made.mark.far_leg} start write mute 1")
    assert made.matrix() == PAGED | {CUSTOMER: {}}
    made.api(f"uuid_audio {made.mark.far_leg} start write mute 0")
    assert made.matrix() == PAGED


def straight(office: Office, folder: Path, dial: str, codec: str) -> Page:
    """A page whose pager is bridged by the bridge application, and not by uuid_bridge."""
    change_dialplan(office, folder, '<extension name="prompt">', BRIDGED_STRAIGHT)
    target = talk(office)
    pager = office.dial(PAGER, f"*19{TARGET}", codec)
    office.settle(lambda: pager.leg.application == "sleep", "the request")
    made = Page(office, target, pager, mark=None)  # type: ignore[arg-type]
    made.api(
        f"uuid_transfer {pager.leg.uuid} straight-{dial.format(leg=target.leg.uuid)} XML whisperpage@switch"
    )
    office.settle(lambda: pager.leg.link, "the bridge")
    return made


@pytest.mark.parametrize(("codec", "quality"), [("OPUS", GARBLED), ("G722", CLEAR), ("PCMU", CLEAR)])
def test_relay_bridged_straight_has_the_pagers_rate_and_hears_by_a_narrow_pair_if_it_has_that_of_a_page(
    office: Office, tmp_path: Path, codec: str, quality: int
) -> None:
    own = "origination_uuid=relay,whisperpage_relay=relay"
    dial = f"[{own},whisperpage_target_leg={{leg}}]loopback/relay-{{leg}}/whisperpage@switch/XML"
    made = straight(office, tmp_path, dial, codec)
    office.settle(lambda: made.pager.leg.link, "the relay")
    relay = next(leg for leg in office.switch.channels.values() if leg.name.endswith("-b"))
    made.api(f"uuid_transfer {relay.uuid} hear-{made.target.leg.uuid} XML whisperpage@switch")
    office.settle(lambda: office.hears(PAGER), "the eavesdrop")
    assert made.matrix()[PAGER] == {TARGET: quality}


@pytest.mark.parametrize("bowout", ["true", "false"])
def test_loopback_between_two_bridges_removes_itself_unless_it_may_not(
    office: Office, tmp_path: Path, bowout: str
) -> None:
    straight(office, tmp_path, f"[loopback_bowout={bowout}]loopback/1003/default/XML", "PCMU")
    office.settle(lambda: office.hears("1003"), "1003 to answer")
    office.switch.clock.sleep(4)
    left = sum(channel.name.startswith("loopback/") for channel in office.switch.channels.values())
    assert left == {"true": 0, "false": 2}[bowout]
    assert office.hears("1003") == {PAGER: CLEAR}


@pytest.mark.parametrize("told", ["", ",loopback_bowout=false,loopback_initial_codec=L16@16000h@20i"])
def test_variables_of_a_pages_loopback_make_no_difference(office: Office, told: str) -> None:
    heard: list[str] = []

    def otherwise(text: str) -> str:
        heard.append(text)
        return text.replace(",loopback_bowout=false", told)

    assert page(office, otherwise, target_codec="G722").matrix() == PAGED
    assert any(",loopback_bowout=false" in text for text in heard)


def test_eavesdrops_of_a_target_whose_codec_has_changed_are_deaf_until_they_begin_anew(
    office: Office,
) -> None:
    made = page(office)
    office.settle(lambda: len(made.target.leg.bugs) == 2, "both eavesdrops")
    made.target.recode("G722")
    assert made.matrix() == PAGED | {PAGER: {}, TARGET: {CUSTOMER: CLEAR}}
    office.switch.apps["execute_extension"](
        office.switch, office.switch.channels[made.mark.relay], "again XML whisperpage@switch"
    )
    office.settle(lambda: made.matrix() == PAGED, "both to hear again")


def test_voice_hears_no_relay_of_another_rate_for_the_switch_would_crash(office: Office) -> None:
    made = page(office)
    relay = office.switch.channels[made.mark.relay]
    voice = next(leg for leg in office.switch.channels.values() if leg.listening_to == relay.uuid)
    voice.codec = Codec("L16", 16000)
    made.api(f"uuid_transfer {voice.uuid} listen-{made.target.leg.uuid} XML whisperpage@switch")
    office.settle(lambda: voice.down, "voice to hang up")
    assert not office.switch.frozen

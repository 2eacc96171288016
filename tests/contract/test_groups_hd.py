"""G1, P13: a page to a group whose room has more than 8 kHz, at the best rate that room and member carry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.simulator.media import Quality
from controller.simulator.office import Office
from tests.contract.gathering import FEW
from tests.contract.rig import station
from tests.contract.test_groups import Yard
from tests.contract.test_groups_killed import GroupScene, kill_at_each


def widen(office: Office, codec: str, rate: str = "16000") -> None:
    """Give the office a profile for its rooms, and the member a phone that calls by a codec."""
    if rate:
        office.switch.configuration.rooms["rate"] = rate
    office.phone("1002").codec = codec


class WideYard(Yard):
    """A small group, and a room of 16 kHz."""

    def __init__(self, folder: Path, codec: str = "G722", rate: str = "16000", first: str = "9555") -> None:
        self._own = codec, rate
        super().__init__(folder, members=FEW, first=first)

    def equip(self) -> None:
        widen(self.office, *self._own)


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with closing(WideYard(tmp_path)) as made:
        yield made


@pytest.mark.parametrize(
    ("codec", "room", "rate"),
    [
        ("G722", "", 8000),
        ("PCMU", "16000", 8000),
        ("G722", "16000", 16000),
        ("OPUS", "16000", 16000),
        ("OPUS", "48000", 32000),
        ("G722", "x", 8000),
    ],
)
def test_pair_has_the_best_rate_that_room_and_member_carry(
    tmp_path: Path, codec: str, room: str, rate: int
) -> None:
    with closing(WideYard(tmp_path, codec, room)) as yard:
        yard.page()
        speak, voice = yard.legs("loopback/member-")
        assert speak.codec
        assert voice.codec
        assert speak.codec.rate == voice.codec.rate == rate
        assert not yard.legs("null/member-")
        assert yard.office.hears("1002")["1001"] is Quality.CLEAR


def test_page_in_hd_ends_with_its_pager_and_leaves_nothing(yard: Yard) -> None:
    yard.page().hang_up()
    yard.settle(yard.gone, "nothing to be left")
    assert not yard.first.leg.bugs
    assert not [name for name in yard.first.leg.variables if "whisperpage" in name]
    yard.settle(lambda: yard.results()["1002"] == ("whisper", "pager_hung_up"), "its row")


def test_page_in_hd_ends_for_all_without_any_controller(yard: Yard) -> None:
    pager = yard.page()
    yard.stop(yard.controller)
    pager.hang_up()
    yard.settle(lambda: not yard.legs(), "nothing to be left")
    assert yard.heard()["1002"] == {"customer"}


def test_member_ends_its_part_by_a_key(yard: Yard) -> None:
    yard.page()
    yard.settle(lambda: "6" in yard.first.leg.meta, "the keys")
    yard.first.press("*6")
    yard.settle(lambda: yard.heard()["1002"] == {"customer"}, "the end of its part")
    assert yard.heard()["1005"] == {"1001"}


@pytest.mark.parametrize("codecs", [("PCMU",), ("PCMU", "G722"), ("OPUS",)])
def test_member_whose_phone_changes_its_codec_hears_the_pager_again(
    yard: Yard, codecs: tuple[str, ...]
) -> None:
    yard.page()
    for each in codecs:
        yard.first.recode(each)
        yard.settle(yard.up, f"the pager to be heard again, by {each}")
        yard.clock.sleep(1)
    assert yard.up()
    assert yard.office.hears("1002")["1001"] is Quality.CLEAR


def test_recording_that_begins_during_the_page_is_without_the_pager(yard: Yard) -> None:
    yard.page()
    yard.api("uuid_record", f"{yard.first.leg.uuid} start during.wav")
    bugs = yard.first.leg.bugs
    yard.settle(lambda: yard.up() and bugs[-1].function == "eavesdrop", "the pager behind the recording")
    assert set(yard.office.hears("during.wav")) == {"1002", "customer"}


def test_controller_that_comes_back_follows_the_page(yard: Yard) -> None:
    pager = yard.page()
    yard.stop(yard.controller)
    yard.controller = yard.start()
    yard.live = station(yard.controller).live
    yard.settle(lambda: len(yard.live.all()) == 3, "the page to be followed")
    pager.hang_up()
    yard.settle(yard.gone, "nothing to be left")


class WideScene(GroupScene):
    """An office with a small page group and a room of 16 kHz."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        widen(self.office, "G722")


def test_controller_killed_at_any_command_leaves_a_group_in_hd_to_the_next_one(tmp_path: Path) -> None:
    kill_at_each(WideScene, tmp_path, "9555 G722", "after", step=4)

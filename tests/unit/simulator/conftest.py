"""An office, and a page made on it with the same steps as the controller's."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller import resources
from controller.domain.names import UserName
from controller.simulator import dialplan
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, Office, laboratory
from controller.simulator.phones import PhoneCall
from controller.switch.pagelegs import PageMark
from controller.switch.whisper import WHISPER
from tests.virtual import VirtualClock

CLEAR, GARBLED = Quality.CLEAR, Quality.GARBLED
PAGER, TARGET = "1001", "1002"
Matrix = dict[str, dict[str, Quality]]
#: P1: who hears whom while a page is up.
PAGED: Matrix = {
    PAGER: {TARGET: CLEAR},
    TARGET: {CUSTOMER: CLEAR, PAGER: CLEAR},
    CUSTOMER: {TARGET: CLEAR},
}


@pytest.fixture
def office() -> Iterator[Office]:
    clock = VirtualClock()
    with Office(clock=clock) as running:
        yield running
        assert running.switch.unknown == []
    clock.close()


@dataclass
class Page:
    office: Office
    target: PhoneCall
    pager: PhoneCall
    mark: PageMark

    def matrix(self) -> Matrix:
        """Who hears whom, once the tone is over."""
        channels = self.office.switch.channels
        self.office.settle(lambda: not any(each.playing for each in channels.values()), "the tone to end")
        return {who: self.office.hears(who) for who in (PAGER, TARGET, CUSTOMER)}

    def api(self, text: str) -> str:
        name, _, argument = text.partition(" ")
        answer = self.office.switch.call(name, argument)
        self.office.clock.sleep(0.01)
        return answer


def talk(office: Office, codec: str = "PCMU") -> PhoneCall:
    """Make the target call the customer."""
    call = office.dial(TARGET, "9555", codec)
    office.settle(lambda: office.hears(CUSTOMER), "the call")
    return call


def page(
    office: Office,
    change: Callable[[str], str] = lambda text: text,
    target_codec: str = "PCMU",
    pager_codec: str = "PCMU",
) -> Page:
    """Make a page; `change` changes each call to the switch."""
    target = talk(office, target_codec)
    pager = office.dial(PAGER, f"*19{TARGET}", pager_codec)
    office.settle(lambda: pager.leg.application == "sleep", "the request")
    assert target.leg.link
    assert target.leg.codec
    far = target.leg.link.other(target.leg)
    mark = PageMark(
        "page",
        UserName("1001", "pbx.test"),
        UserName("1002", "pbx.test"),
        pager.leg.uuid,
        target.leg.uuid,
        far.uuid,
    )
    made = Page(office, target, pager, mark)
    for step in WHISPER.steps(mark):
        answer = made.api(change(step.call.text))
        assert answer.startswith("+OK"), f"{step.name}: {answer}"
    office.settle(lambda: listening(office) == 3, "the page's three eavesdrops")
    return made


def listening(office: Office) -> int:
    """The number of legs that eavesdrop."""
    return sum(bool(leg.listening_to) for leg in office.switch.channels.values())


def change_dialplan(office: Office, folder: Path, old: str, new: str) -> None:
    """Give the office the project's dialplan with a mistake in it."""
    shutil.copytree(resources.dialplan(), folder / "dialplan")
    path = folder / "dialplan" / "whisperpage.xml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    office.switch.configuration.dialplan = dialplan.load(folder / "dialplan", laboratory())

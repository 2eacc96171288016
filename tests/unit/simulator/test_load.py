"""200 calls and 50 pages at once with the real controller: no error, nothing left over, within a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from controller.simulator.configuration import User
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, DOMAIN, desk
from controller.simulator.phones import PhoneCall
from tests.contract.rig import Rig
from tests.databases import open_to_all

CALLS, PAGES = 200, 50
TARGETS = range(2000, 2000 + CALLS)
PAGERS = range(3000, 3000 + PAGES)
AGENT = "Yealink SIP-T46S 66.85.0.5"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A controller, and an office with a phone for each target and each pager."""
    with closing(Rig(open_to_all(tmp_path / "load.db"))) as rig:
        office = rig.office
        for port, extension in enumerate((*TARGETS, *PAGERS), start=10_000):
            office.switch.configuration.users[f"{extension}@{DOMAIN}"] = User(str(extension), DOMAIN)
            office.add_phone(desk(office.switch, extension, AGENT, port))
        rig.start()
        yield rig


def test_two_hundred_calls_and_fifty_pages_at_once(rig: Rig) -> None:
    office, began = rig.office, rig.clock.monotonic()
    calls = [office.dial(target, "9555") for target in TARGETS]
    office.settle(lambda: all(call.up and call.leg.link for call in calls), "the calls", 30)
    pagers: list[PhoneCall] = []
    for pager, target in zip(PAGERS, TARGETS, strict=False):
        pagers.append(office.dial(pager, f"*19{target}"))
        gevent.sleep(0)
    office.settle(lambda: all(call.leg.link for call in pagers), "the pages", 40)
    assert [call.cause for call in pagers] == [""] * PAGES
    legs = office.switch.channels
    office.settle(lambda: len(legs) == 2 * CALLS + 5 * PAGES, "every leg of the pages", 20)
    office.settle(lambda: sum(bool(leg.listening_to) for leg in legs.values()) == 3 * PAGES, "all sound", 20)
    matrix = office.matrix()
    for pager, target in zip(map(str, PAGERS), map(str, TARGETS), strict=False):
        assert matrix[pager] == {target: Quality.CLEAR}
        assert matrix[target] == {CUSTOMER: Quality.CLEAR, pager: Quality.CLEAR}
    assert not set(matrix[CUSTOMER]) & set(map(str, PAGERS))
    for call in (*pagers, *calls):
        call.hang_up()
    office.settle(lambda: not office.switch.channels, "every leg to be gone", 30)
    assert rig.clock.monotonic() - began < 60

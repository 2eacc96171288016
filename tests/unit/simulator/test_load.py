"""200 calls and 50 pages at once, with the real controller: no error, nothing left, well within a minute."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from controller.app import Controller
from controller.config import Settings
from controller.simulator.configuration import User
from controller.simulator.media import Quality
from controller.simulator.office import CUSTOMER, DOMAIN, Office, desk
from controller.simulator.phones import PhoneCall
from controller.store.everybody import open_to_all

CALLS, PAGES = 200, 50
TARGETS = range(2000, 2000 + CALLS)
PAGERS = range(3000, 3000 + PAGES)
AGENT = "Yealink SIP-T46S 66.85.0.5"


@pytest.fixture
def busy_office() -> Iterator[Office]:
    """An office with a phone for each target and each pager, each target on a call."""
    with Office() as office:
        for port, extension in enumerate((*TARGETS, *PAGERS), start=10_000):
            office.switch.configuration.users[f"{extension}@{DOMAIN}"] = User(str(extension), DOMAIN)
            office.add_phone(desk(office.switch, extension, AGENT, port))
        yield office
        assert office.switch.unknown == []


@pytest.fixture
def controller(busy_office: Office, tmp_path: Path) -> Iterator[Controller]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/load.db", switch_url=busy_office.url)
    controller = Controller(settings)
    open_to_all(controller.store)
    controller.start()
    busy_office.settle(lambda: controller.stations[0].link.state == "up", "the controller")
    yield controller
    controller.stop()


def test_two_hundred_calls_and_fifty_pages_at_once(busy_office: Office, controller: Controller) -> None:
    office, began = busy_office, time.monotonic()
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
    office.settle(lambda: not any(leg.playing for leg in legs.values()), "the tones to end", 20)
    matrix = office.matrix()
    for pager, target in zip(map(str, PAGERS), map(str, TARGETS), strict=False):
        assert matrix[pager] == {target: Quality.CLEAR}
        assert matrix[target] == {CUSTOMER: Quality.CLEAR, pager: Quality.CLEAR}
    assert not set(matrix[CUSTOMER]) & set(map(str, PAGERS))
    for call in (*pagers, *calls):
        call.hang_up()
    office.settle(lambda: not office.switch.channels, "every leg to be gone", 30)
    assert time.monotonic() - began < 60

"""A page across switches is shown once, as it is: in the stream, the console, the API and the summary.

The pager's switch follows the pager's leg, by the id of the page, and knows neither that it is up nor muted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.domain.console import Role
from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.simulator.office import DOMAIN
from controller.simulator.phones import PhoneCall
from controller.store import console
from controller.web.app import build
from controller.web.feed import Feed, PageChanged
from controller.web.vitals import Vitals
from tests.contract.rig import is_up
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all
from tests.unit.web.console.conftest import Browser

PAGER, TARGET = UserName("1001", DOMAIN), UserName("1002", DOMAIN)
TOKEN = {"Authorization": "Bearer 0123456789abcdef-token"}


class Seen:
    """Two switches and a controller of both, as a browser and a program see them."""

    def __init__(self, two: TwoSwitches) -> None:
        self.two = two
        self.controller = controller = two.make()
        self.vitals = Vitals(controller)
        two.ends.callback(self.vitals.stop)
        feed = Feed(controller)
        self.stream = feed.subscribe()
        self.app = build(controller, self.vitals, feed)
        controller.start()
        two.settle(lambda: is_up(controller), "the controller to be up")

    def restart(self) -> Seen:
        """The same with a controller that was started anew."""
        self.two.stop(self.controller)
        return Seen(self.two)

    def colleagues(self, user: UserName) -> Any:
        with self.controller.store.unit() as unit:
            _, secret = console.invite(unit, user, Role.USER)
            unit.commit()
        return Browser(self.app, secret).get("/console/colleagues")

    def listed(self) -> list[str]:
        """The state of each page that a program is told of."""
        answer = self.app.test_client().get("/api/v1/pages", headers=TOKEN)
        return [each["state"] for each in answer.json["pages"]]

    def told(self) -> list[str]:
        """The states of pages that were streamed since the last use of this method, with that of mute."""
        changes = [message.change for message in self.stream.wait(0) or ()]
        return [
            f"{each.record.state}{' muted' if each.muted else ''}"
            for each in changes
            if isinstance(each, PageChanged)
        ]

    def page(self) -> PhoneCall:
        self.two.target_calls()
        pager = self.two.page()
        self.two.settle(lambda: self.listed() == ["up"], "the controller to know that it is up")
        return pager

    def mute(self) -> None:
        at(self.controller, "beta").control.mute(TARGET, Toggle.ON)

    def follows_both_legs(self) -> bool:
        return all(station.live.all() for station in self.controller.stations)


@pytest.fixture(params=["alpha", "beta"])
def seen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Seen]:
    """With either of the switches before the other one in the settings."""
    token = TOKEN["Authorization"].removeprefix("Bearer ")
    url = open_to_all(tmp_path / "seen.db")
    with closing(TwoSwitches(url, first=request.param, api_token=token)) as two:
        yield Seen(two)


def test_the_stream_tells_that_a_page_is_up_and_then_that_it_has_ended(seen: Seen) -> None:
    pager = seen.page()
    seen.two.settle(lambda: any(at(seen.controller, "beta").metrics.attempts.values()), "the request's end")
    pager.hang_up()
    seen.two.settle(lambda: not seen.listed(), "the end")
    assert seen.told() == ["up", "ended"]


def test_the_stream_tells_that_an_intercom_rings_and_is_up_and_has_ended(seen: Seen) -> None:
    pager = seen.two.alpha.dial("1001", "*191005")
    seen.two.settle(lambda: seen.listed() == ["up"], "the call to be up")
    pager.hang_up()
    seen.two.settle(lambda: not seen.listed(), "the end")
    assert seen.told() == ["calling", "up", "ended"]


def test_the_roll_shows_a_muted_target_as_paged_and_muted(seen: Seen) -> None:
    seen.page()
    seen.mute()
    assert seen.colleagues(UserName("1003", DOMAIN))["states"]["1002"]["paged"] == "muted"


def test_pager_and_target_see_the_page_once_among_their_own(seen: Seen) -> None:
    seen.page()
    seen.mute()
    for user in (PAGER, TARGET):
        own = seen.colleagues(user)["mine"]
        assert [(each["state"], each["muted"], each["pages"]) for each in own] == [
            ("up", True, user == PAGER)
        ]


def test_the_summary_and_a_program_count_the_page_once(seen: Seen) -> None:
    seen.page()
    assert seen.follows_both_legs()
    assert "1 pages and calls, 2 switches" in seen.vitals.summary()
    assert seen.listed() == ["up"]


def test_a_controller_that_takes_over_shows_and_tells_the_page_once(seen: Seen) -> None:
    seen.page()
    seen.mute()
    again = seen.restart()
    seen.two.settle(again.follows_both_legs, "both legs to be followed")
    own = again.colleagues(PAGER)["mine"]
    assert [(each["state"], each["muted"]) for each in own] == [("up", True)]
    assert again.told() == ["up"]

"""The console's stream of events: what a receptionist is told, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import gevent
import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.toggle import Toggle
from controller.paging.events import SwitchChanged
from controller.simulator.office import Office
from controller.store import console
from controller.web import feed as feeding
from controller.web.console import roll, stream
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work, talk, user, whispering

Browse = Callable[..., Browser]
Wait = Callable[[Callable[[], object]], None]


class Stream:
    """An open console's stream."""

    def __init__(self, browser: Browser, after: str = "") -> None:
        headers = {"Last-Event-ID": after} if after else {}
        self.answer = browser.client.get("/console/events", headers=headers)
        self._pieces = iter(self.answer.response)
        self._waiting: list[tuple[str, Any]] = []
        self.last_id = after
        self.raw = ""

    def next(self, name: str) -> Any:
        """The data of the next event with this name; others before it are passed over."""
        with gevent.Timeout(30, AssertionError(f"no {name} came")):
            while True:
                while self._waiting:
                    found, data = self._waiting.pop(0)
                    if found == name:
                        return data
                self._read(next(self._pieces))

    def until(self, extension: str, **wanted: object) -> None:
        """Wait until a colleague has this state."""
        while True:
            changes = self.next("state").get(extension, {})
            if wanted.items() <= changes.items():
                return

    def over(self) -> None:
        with gevent.Timeout(30, AssertionError("it goes on")):
            for piece in self._pieces:
                self._read(piece)

    def _read(self, piece: bytes | str) -> None:
        text = piece.decode() if isinstance(piece, bytes) else piece
        self.raw += text
        for block in text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            self.last_id = lines.get("id", self.last_id)
            if "event" in lines:
                self._waiting.append((lines["event"], json.loads(lines["data"])))


@pytest.fixture
def listen(controller: Controller, office: Office, browse: Browse) -> Iterator[Callable[..., Stream]]:
    at_work(controller, office)
    made: list[Stream] = []

    def listen(of: UserName | None = None, browser: Browser | None = None, after: str = "") -> Stream:
        made.append(Stream(browser or browse(user=of or user(1001)), after))
        return made[-1]

    yield listen
    for each in made:
        each.answer.close()


def test_a_stream_begins_with_a_start(listen: Callable[..., Stream]) -> None:
    opened = listen()
    assert opened.answer.content_type == "text/event-stream; charset=utf-8"
    assert opened.next("start") == {}


def test_a_call_of_a_colleague_is_told_without_the_client(
    listen: Callable[..., Stream], office: Office, controller: Controller
) -> None:
    opened = listen()
    talk(office, controller)
    opened.until("1002", state="on_call")
    assert "9555" not in opened.raw
    assert "customer" not in opened.raw


def test_a_page_is_told_to_both_and_to_a_third_one_as_a_state(
    listen: Callable[..., Stream], office: Office, controller: Controller, browse: Browse, eventually: Wait
) -> None:
    talk(office, controller)
    browser = browse()
    pager, target, third = listen(browser=browser), listen(user(1002)), listen(user(1003))
    browser.post("/console/page", 202, ext="1002")
    while (page := pager.next("mine"))["state"] != "up":
        assert page["state"] in ("ringing", "answered", "calling")
    assert (page["other"], page["treatment"]) == ("1002", "whisper")
    assert target.next("mine")["other"] == "1001"
    third.until("1002", paged="yes")
    eventually(lambda: whispering(controller))
    controller.stations[0].control.mute(user(1002), Toggle.ON)
    third.until("1002", paged="muted")
    browser.post("/console/end")
    third.until("1002", paged="")
    while (page := pager.next("mine"))["state"] != "ended":
        assert page["state"] == "up"
    assert "mine" not in third.raw


def test_another_domain_is_told_nothing(
    listen: Callable[..., Stream], office: Office, controller: Controller
) -> None:
    stranger = listen(UserName("1001", "two.test"))
    assert stranger.next("start") == {}
    talk(office, controller)
    controller.blocked.block(user(1002), Toggle.ON)
    controller.events.publish(SwitchChanged("pbx", False, datetime.now(UTC)))
    assert stranger.next("switch") == {"up": False}
    assert "state" not in stranger.raw
    assert "pbx" not in stranger.raw


def test_pages_off_are_told(listen: Callable[..., Stream], controller: Controller) -> None:
    opened = listen()
    opened.next("start")
    controller.blocked.block(user(1002), Toggle.ON)
    opened.until("1002", off=True)


def test_a_stream_that_was_cut_goes_on_where_it_was(
    listen: Callable[..., Stream], controller: Controller, browse: Browse
) -> None:
    browser = browse()
    first = listen(browser=browser)
    first.next("start")
    controller.blocked.block(user(1002), Toggle.ON)
    first.until("1002", off=True)
    first.answer.close()
    controller.blocked.block(user(1002), Toggle.OFF)
    second = listen(browser=browser, after=first.last_id)
    second.until("1002", off=False)
    assert "event: start" not in second.raw


def test_a_stream_whose_place_is_forgotten_begins_again(listen: Callable[..., Stream]) -> None:
    assert listen(after="0123456789abcdef").next("start") == {}


def test_the_edition_of_the_roll_is_told(
    listen: Callable[..., Stream], browse: Browse, eventually: Wait
) -> None:
    browser = browse()

    def edition() -> object:
        return browser.get("/console/colleagues")["edition"]  # type: ignore[index]

    eventually(lambda: "Ext 1006" in str(browser.get("/console/roll")))
    assert listen(browser=browser).next("roll") == {"edition": edition()}


def test_a_stream_ends_with_its_session(
    listen: Callable[..., Stream], controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    monkeypatch.setattr(stream, "LOOK", 0.02)
    opened = listen()
    opened.next("start")
    with controller.store.unit() as unit:
        for each in console.listing(unit):
            console.revoke(unit, each.id)
        unit.commit()
    opened.over()


def test_a_user_has_only_so_many_streams(listen: Callable[..., Stream], browse: Browse) -> None:
    browser = browse()
    for _ in range(feeding.PER_USER):
        listen(browser=browser)
    answer = browser.client.get("/console/events")
    assert answer.status_code == 429


def test_the_roll_is_looked_at_while_nothing_else_happens(
    listen: Callable[..., Stream], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK", 0.02)
    monkeypatch.setattr(roll, "FRESH", 0.02)
    opened = listen()
    before = opened.next("roll")["edition"]
    office.phone(1006).vanish()
    news = opened.next("roll")
    assert (news["before"], news["gone"], news["changed"]) == (before, ["1006"], [])

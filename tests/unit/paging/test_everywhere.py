"""The pages of all switches: one across switches is there once, and the web reads no other list of pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from controller import web
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.eventsocket.identity import SwitchIdentity
from controller.paging.crossing import Sent
from controller.paging.events import Bus, PageCameUp, SwitchChanged
from controller.paging.everywhere import LiveEverywhere
from controller.paging.live import LivePages
from controller.paging.page import WhisperPage
from controller.switch.identity import SwitchName
from controller.switch.pagelegs import PageMark
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from tests.unit.paging.fakes import FakeSwitch

MARK = PageMark("page-1", UserName("1001", "pbx.test"), UserName("1002", "pbx.test"), "p-1", "t-1", "f-1")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
RECORD = PageRecord("page-1", "beta", MARK.pager, MARK.target, Treatment.WHISPER, NOW, answered_at=NOW)


def live_pages(events: Bus) -> LivePages:
    return LivePages(CommandRunner(TimedSwitch(FakeSwitch()), deadline=1), events)


def test_page_is_there_once_whichever_switch_is_listed_first() -> None:
    alpha, beta = live_pages(Bus()), live_pages(Bus())
    alpha.follow(Sent("p-1"), replace(RECORD, answered_at=None))
    page = beta.follow(WhisperPage(MARK, up=True), RECORD)
    for places in ((alpha, beta), (beta, alpha)):
        everywhere = LiveEverywhere(Bus())
        for place in places:
            everywhere.add(SwitchName("127.0.0.1"), place)
        assert everywhere.all() == (page,)
        assert everywhere.find("page-1") is page
        assert everywhere.find("page-2") is None
        assert everywhere.follow("page-1")
        assert not everywhere.follow("page-2")


def test_leg_of_a_pager_whose_page_is_elsewhere_does_not_tell_that_it_is_up() -> None:
    events, up = Bus(), list[PageCameUp]()
    events.subscribe(PageCameUp, up.append)
    live = live_pages(events)
    live.follow(Sent("p-1"), RECORD)
    assert up == []
    assert len(live.all()) == 1
    assert live.here() == ()
    everywhere = LiveEverywhere(events)
    everywhere.add(SwitchName("127.0.0.1"), live)
    assert everywhere.follow(RECORD.page_id)
    assert not everywhere.find(RECORD.page_id)


def test_no_reader_of_the_web_sees_the_legs_of_pagers_whose_pages_are_elsewhere() -> None:
    modules = tuple(Path(*web.__path__).rglob("*.py"))
    assert len(modules) > 20
    for module in modules:
        assert not re.search(r"station\w*\.live\.(all|find)\b", module.read_text()), module


def test_switch_is_away_until_it_is_up_and_after_it_was_lost_and_one_of_no_settings_never_is() -> None:
    events, name = Bus(), SwitchName("127.0.0.1:8021")
    everywhere = LiveEverywhere(events)
    everywhere.add(name, live_pages(events))
    assert everywhere.away("127.0.0.1:8021")
    name.learn(SwitchIdentity("beta", "core-1"))
    events.publish(SwitchChanged("beta", True, NOW))
    assert not everywhere.away("beta")
    events.publish(SwitchChanged("beta", False, NOW))
    assert everywhere.away("beta")
    assert not everywhere.away("127.0.0.1:8021")

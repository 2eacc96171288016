"""Click to page where two switches share one database of registrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.paging.choosing import home
from controller.visit import visiting
from tests.contract.two import TwoSwitches
from tests.databases import open_to_all


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        two.share()
        yield two


def test_pager_is_rung_at_the_switch_of_its_phone(two: TwoSwitches) -> None:
    controller = two.start()
    two.alpha.dial("1001", "9555")
    pager, target = UserName("1002", "pbx.test"), UserName("1001", "pbx.test")
    click = home(controller.stations, pager).clicks.page(Feature.WHISPER, pager, target)
    two.settle(lambda: two.attempts() and two.attempts()[0].answered_at, "the page")
    [record] = two.attempts()
    assert (click.switch, record.switch) == ("beta", "alpha")


def test_command_visits_the_switch_of_the_pagers_phone(two: TwoSwitches) -> None:
    for user, switch in (("1001", "alpha"), ("1002", "beta")):
        with visiting(two.settings, user) as (visit, _):
            assert str(visit.name) == switch

"""Reverse page with controllers that die, with two of them, and across switches: above all, no mute stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.record import Treatment
from controller.simulator.phones import PhoneCall
from controller.station import Station
from tests.contract.killable import Mortal, mortal
from tests.contract.killing import Scenes, at_each_command, scenes_in, tell_beside, tell_until_killed
from tests.contract.scene import PATIENCE, TARGET, Scene
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

#: The pager of a reverse page is the target of the other stories: it is on a call. This is its target.
COLLEAGUE = UserName("1001", "pbx.test")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


def ask(station: Station) -> None:
    """Ask a controller for the reverse page, without waiting: it may be killed meanwhile."""
    gevent.spawn(station.clicks.reverse, TARGET, COLLEAGUE)


def rung(scene: Scene) -> PhoneCall | None:
    """The call that the colleague's phone has got, if there is one."""
    return next((call for call in scene.office.phone("1001").calls if not call.over), None)


def private(scene: Scene) -> bool:
    """Whether the page is up: complete, and the far party hears nothing."""
    scene.pager = rung(scene)
    return bool(scene.pager) and scene.paged and scene.muted


# -- a controller dies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after"])
def test_controller_killed_at_any_command_leaves_no_mute(scenes: Scenes, moment: str) -> None:
    at_each_command(lambda number: play(scenes(), number, moment), step=4)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_one_of_two_killed_at_any_command_leaves_no_mute(scenes: Scenes, moment: str) -> None:
    at_each_command(lambda number: play(scenes(), number, moment, beside=True), step=16)


def tell(scene: Scene, first: Mortal) -> None:
    assert scene.target
    target = scene.target.leg
    ask(first.controller.stations[0])
    scene.until(lambda: private(scene) and "6" in target.meta, "the page")
    scene.target.press("*6")
    scene.until(lambda: not scene.page_legs and not target.meta, "the end")


def play(scene: Scene, number: int, moment: str, *, beside: bool = False) -> bool:
    """Play a reverse page in which the controller is killed at a command; False if it sends fewer."""
    with closing(scene):
        scene.target_calls()
        assert scene.target
        scene.kill_at(number, moment)
        second = None
        if beside:
            second = tell_beside(scene, lambda first: tell(scene, first))
        else:
            tell_until_killed(scene, mortal(scene), lambda first: tell(scene, first))
        note = f"killed {moment} {number}: {scene.killed}"
        scene.office.socket.faults.heal()
        verify(scene, second or scene.start(), note)
    return bool(scene.killed)


def verify(scene: Scene, controller: Controller, note: str) -> None:
    """Assert that a page which is up goes on, muted; and that nothing stays of it, or of one that is not."""
    (station,) = controller.stations
    assert scene.target
    target = scene.target.leg
    scene.settle(lambda: station.link.state == "up", f"the new controller; {note}")
    scene.clock.sleep(0.5)  # until the phone that rings is answered
    scene.settle(lambda: private(scene) or not rung(scene), f"a page or a refusal; {note}")
    if private(scene):
        scene.settle(lambda: [each.page.muted for each in station.live.all()] == [True], note)
        [live] = station.live.all()
        assert (live.record.treatment, live.record.pager) == (Treatment.REVERSE, TARGET), note
        scene.settle(lambda: set(target.meta) == {"6"}, f"the end key; {note}")
        assert scene.pager
        scene.pager.hang_up()
    scene.settle(lambda: not rung(scene), f"the colleague's call to be over; {note}")
    scene.settle(lambda: not scene.page_legs, f"nothing of the page to be left; {note}")
    scene.settle(lambda: not scene.muted, f"the far party to hear again; {note}")
    assert target.link, note
    far = target.link.other(target)
    scene.settle(lambda: not target.bugs and not far.bugs, f"nobody to listen any more; {note}")
    assert not [name for name in target.variables if "whisperpage" in name], note
    scene.settle(lambda: not station.live.all(), f"nothing to be followed; {note}")
    controller.history.drain(PATIENCE)
    records = scene.attempts()
    assert len(records) <= 1, note
    assert all(each.ended_at and each.pager == TARGET for each in records), note
    for key in tuple(target.meta):
        scene.target.press(f"*{key}")  # a key without a page unbinds itself
    scene.settle(lambda: not target.meta, f"no keys to be left; {note}")


# -- two controllers ---------------------------------------------------------------------------------------


def test_two_controllers_follow_one_reverse_page_and_know_its_end(scenes: Scenes) -> None:
    with closing(scenes()) as scene:
        scene.target_calls()
        controllers = [scene.start(), scene.start()]
        stations = [each.stations[0] for each in controllers]
        ask(stations[0])
        scene.settle(lambda: private(scene), "the page")

        def followed() -> bool:
            found = [[each.record for each in station.live.all()] for station in stations]
            return [[each.treatment for each in records] for records in found] == [[Treatment.REVERSE]] * 2

        scene.settle(followed, "both to follow")
        assert scene.pager
        scene.pager.hang_up()
        scene.settle(lambda: not any(station.live.all() for station in stations), "the end")
        scene.settle(lambda: not scene.muted, "the far party to hear again")
        for controller in controllers:
            controller.history.drain(PATIENCE)
        [record] = scene.attempts()
        assert (record.treatment, record.ending) == (Treatment.REVERSE, "target_hung_up")
        assert (record.pager, record.target) == (TARGET, COLLEAGUE)


# -- two switches ------------------------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


def test_colleague_at_another_switch_is_rung_there_and_brought_to_the_pagers_call(two: TwoSwitches) -> None:
    controller = two.start()
    call = two.target_calls()
    two.settle(lambda: at(controller, "beta").legs.of(TARGET), "the controller to know of the call")
    ask(at(controller, "alpha"))
    two.settle(lambda: two.paged and two.keyed, "the page")
    assert {who: two.hears(who) for who in ("1001", "1002", "customer")} == {
        "1001": {"1002"},
        "1002": {"1001", "customer"},
        "customer": set(),
    }
    colleague = two.alpha.phone("1001").call
    assert set(colleague.leg.displayed) == {("Private to you 1002", "1002")}
    colleague.hang_up()
    two.settle(lambda: not two.page_legs() and two.hears("customer") == {"1002"}, "the end, unmuted")
    two.settle(lambda: two.attempts()[0].ended_at, "the history")
    [record] = two.attempts()
    assert (record.treatment, record.switch, record.ending) == (Treatment.REVERSE, "beta", "target_hung_up")
    assert not call.leg.bugs

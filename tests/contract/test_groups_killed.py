"""P11, G1: a controller is killed at every other command of a page to a group, and the next one agrees."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from controller.domain.record import PageRecord
from controller.simulator.phones import PhoneCall
from tests.contract.gathering import GROUP, make_group, voices
from tests.contract.killable import mortal
from tests.contract.killing import UNSEEN, at_each_command, tell_until_killed
from tests.contract.scene import Scene, differences
from tests.databases import open_to_all

#: The pager, a member on a call, and an idle one.
MEMBERS = ("1001", "1002", "1005")
HEARD = {"1001": set[str](), "1002": {"1001", "customer"}, "1005": {"1001"}, "customer": {"1002"}}


class GroupScene(Scene):
    """An office with a small page group."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        make_group(self.store, MEMBERS)

    @property
    def up(self) -> bool:
        """Whether the pager is in its room."""
        return bool(self.pager and self.pager.leg.conference)

    @property
    def called(self) -> PhoneCall | None:
        calls = self.office.phone(1005).calls
        return calls[-1] if calls else None

    def heard(self) -> dict[str, set[str]]:
        return voices(self.office.matrix())


def play(scene: GroupScene) -> None:
    """Play a page of which one member ends its part by its key, another one by hanging up."""
    assert scene.target
    scene.dial(GROUP)
    scene.until(lambda: scene.heard() == HEARD and scene.target and "6" in scene.target.leg.meta, "the page")
    scene.target.press("*6")
    scene.until(lambda: scene.heard()["1002"] == {"customer"}, "the end of a part")
    assert scene.called
    scene.called.hang_up()
    scene.until(lambda: scene.pager and scene.pager.over, "the end")


def verify(scene: GroupScene, note: str) -> None:
    """Assert that a new controller agrees with the switch, now and after the pager has hung up."""
    controller = scene.start()
    (station,) = controller.stations
    if not scene.pager:
        scene.dial(GROUP)
    pager, target = scene.pager, scene.target
    assert pager
    assert target
    scene.settle(lambda: scene.up or pager.over, f"a page or its end; {note}")
    scene.settle(lambda: not differences(scene, controller) or pager.over, f"to be followed; {note}")
    if not pager.over:
        assert not differences(scene, controller), note
        pager.hang_up()
    scene.settle(lambda: not scene.page_legs and not station.live.all(), f"nothing to be left; {note}")
    scene.settle(lambda: not (scene.called and scene.called.up), f"no phone to be called any more; {note}")
    assert target.leg.link, f"the call is over; {note}"
    assert not target.leg.bugs, note
    assert not [name for name in target.leg.variables if "whisperpage" in name], note

    def kept() -> list[PageRecord]:
        controller.history.drain(30)
        return scene.attempts()

    scene.settle(lambda: all(record.ended_at for record in kept()), f"the history, {kept()}; {note}", UNSEEN)
    records = kept()
    assert len({record.page_id for record in records}) == len(records) <= 3, note


def kill_at_each(
    make: Callable[[str], GroupScene], folder: Path, called: str, moment: str, step: int
) -> None:
    """Play a page in new scenes, with a kill at one command after the other; `called` is what 1002 dials."""
    numbers = count()

    def one(number: int) -> bool:
        scene = make(open_to_all(folder / f"{next(numbers)}.db"))
        scene.target_calls(called)
        scene.kill_at(number, moment)
        with closing(scene):
            tell_until_killed(scene, mortal(scene), lambda first: play(scene))
            scene.office.socket.faults.heal()
            verify(scene, f"killed {moment} {number}: {scene.killed}")
        return bool(scene.killed)

    at_each_command(one, step=step)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_controller_killed_at_any_command_leaves_a_group_to_the_next_one(tmp_path: Path, moment: str) -> None:
    kill_at_each(GroupScene, tmp_path, "9555", moment, step=2)

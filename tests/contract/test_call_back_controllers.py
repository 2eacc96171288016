"""Call back with controllers that die, and with two of them: each pager is rung, and rung once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from controller.app import Controller
from controller.domain.call_back import TAKEN
from controller.domain.record import Treatment
from controller.simulator.events import SwitchEvent
from controller.simulator.phones import PhoneCall
from controller.store import call_backs
from controller.store.models import CallBackRow
from tests.contract.killable import Mortal, mortal
from tests.contract.killing import Scenes, at_each_command, scenes_in, tell_beside, tell_until_killed
from tests.contract.scene import PATIENCE, Scene

#: A part of the tone which confirms that the pager will be called back.
NOTED = "%(120,40,600);%(120,40,900)"


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


def conference(scene: Scene, who: str = "1002") -> PhoneCall:
    """Put a user into a conference."""
    call = scene.office.dial(who, f"30{who[2:]}")
    scene.settle(lambda: call.leg.conference, "the conference")
    return call


def waiting(scene: Scene) -> int:
    """The number of call backs in SQL."""
    with scene.store.reading() as reading:
        return len(call_backs.listing(reading))


def refused(scene: Scene, number: str = "*191002") -> None:
    """Make 1001 dial, and press the key as it hears the refusal."""
    scene.dial(number)
    scene.until(
        lambda: scene.pager and scene.pager.leg.application == "play_and_get_digits",
        "the offer of a call back",
    )
    assert scene.pager
    scene.pager.press("5")
    scene.until(lambda: scene.pager and scene.pager.over, "the end of the pager's call")


def reached(scene: Scene, controllers: list[Controller]) -> list[str]:
    """The targets that 1001 has reached."""
    for controller in controllers:
        controller.history.drain(PATIENCE)
    return [
        each.called for each in scene.attempts() if each.treatment is Treatment.INTERCOM and each.answered_at
    ]


def legs_to_pager(scene: Scene) -> list[str]:
    """The legs, now and later, by which the pager's phone is rung."""
    found: list[str] = []

    def seen(event: SwitchEvent) -> None:
        if event.name == "CHANNEL_CREATE":
            legs = scene.office.switch.channels.values()
            ours = [leg.uuid for leg in legs if leg.direction == "outbound" and "1001@" in leg.presence_id]
            found.extend(uuid for uuid in ours if uuid not in found)

    scene.office.switch.listen(seen)
    return found


def hang_up_all(scene: Scene) -> None:
    scene.office.switch.call("hupall", "")
    scene.settle(lambda: not scene.office.switch.channels, "every leg to be gone")


# -- a controller dies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after"])
def test_controller_killed_at_any_command_leaves_the_call_back_to_the_next_one(
    scenes: Scenes, moment: str
) -> None:
    at_each_command(lambda number: play(scenes(), number, moment), step=8)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_one_of_two_killed_at_any_command_leaves_the_call_back_to_the_other(
    scenes: Scenes, moment: str
) -> None:
    at_each_command(lambda number: play(scenes(), number, moment, beside=True), step=16)


def play(scene: Scene, number: int, moment: str, *, beside: bool = False) -> bool:
    """Play a call back in which the controller is killed at a command; False if it sends fewer."""
    with closing(scene):
        rung = legs_to_pager(scene)
        meeting = conference(scene)
        scene.kill_at(number, moment)

        def tell(first: Mortal) -> None:
            refused(scene)
            meeting.hang_up()
            scene.until(lambda: not waiting(scene), "the call back to be done")

        second = None
        if beside:
            second = tell_beside(scene, tell)
            scene.settle(lambda: not scene.pager or scene.pager.over, "the second to take a key or none")
        else:
            tell_until_killed(scene, mortal(scene), tell)
        note = f"killed {moment} {number}: {scene.killed}"
        waits = waiting(scene)
        promised = waits or NOTED in " ".join(scene.office.switch.sounds.get("1001", ()))
        scene.office.socket.faults.heal()
        second = second or scene.start()
        meeting.hang_up()
        pager = scene.pager
        scene.settle(lambda: pager is None or pager.over, f"the pager's own call to be over; {note}")
        seldom(scene, lambda: not waiting(scene) or second.stations[0].live.all(), note)
        scene.clock.sleep(2)
        found = reached(scene, [second])
        # a controller may die as it makes the page of a pager that was rung: then the call back is done
        assert len(found) == 1 if waits else len(found) <= bool(promised), note
        assert bool(rung) is bool(promised), note
        hang_up_all(scene)
        seldom(scene, lambda: not waiting(scene), f"nothing to be left; {note}")
        scene.clock.sleep(TAKEN.total_seconds() + 15)
        assert not scene.office.switch.channels, note
        assert reached(scene, [second]) == found, note
    return bool(scene.killed)


def seldom(scene: Scene, until: Callable[[], object], what: str, seconds: int = 150) -> None:
    """Wait like `settle`, but ask once a second: a question to SQL costs more than all that is waited for."""
    for _ in range(seconds):
        if until():
            return
        scene.clock.sleep(1)
    raise AssertionError(f"waited {seconds} s for {what}")


# -- the last moment ---------------------------------------------------------------------------------------


def test_pager_that_dials_as_it_is_about_to_be_rung_is_rung_after_its_call(scenes: Scenes) -> None:
    with closing(scenes()) as scene:
        controller, rung, calls = scene.start(), legs_to_pager(scene), list[PhoneCall]()
        meeting = conference(scene)
        refused(scene)

        def asked(command: str, client: int) -> None:
            """The pager dials as the last questions before the ring begin."""
            if not calls and taken(scene):
                calls.append(scene.office.dial("1001", "9555"))

        scene.office.socket.faults.before = asked
        scene.office.socket.faults.delay = 0.05  # longer than until the controller hears of the call
        meeting.hang_up()
        scene.settle(lambda: calls, "the last questions")
        scene.clock.sleep(30)
        assert rung == []
        assert scene.attempts()[0].reason == "pager_on_call"
        assert calls[0].up
        assert waiting(scene) == 1
        calls[0].hang_up()
        scene.settle(lambda: reached(scene, [controller]), "the page after the call")
        assert len(rung) == 1


def taken(scene: Scene) -> bool:
    """Whether a controller has taken the call back, to ring its pager."""
    with scene.store.reading() as reading:
        return bool(reading.session.scalars(select(CallBackRow.taken_at)).first())


# -- two controllers ---------------------------------------------------------------------------------------


class Pair:
    """A scene with two controllers, both up."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.controllers = [scene.start() for _ in range(2)]
        self.rung = legs_to_pager(scene)

    def sum(self, count: Callable[[Controller], int]) -> int:
        return sum(map(count, self.controllers))


@pytest.fixture
def pair(scenes: Scenes) -> Iterator[Pair]:
    with closing(scenes()) as scene:
        yield Pair(scene)


def test_one_of_two_controllers_keeps_the_call_back_and_one_rings(pair: Pair) -> None:
    scene = pair.scene
    meeting = conference(scene)
    refused(scene)
    assert pair.sum(lambda each: each.call_backs.counts.asked) == 1
    meeting.hang_up()
    scene.settle(lambda: not waiting(scene), "the call back to be done")
    scene.settle(lambda: reached(scene, pair.controllers) == ["1002@pbx.test"], "the page")
    assert pair.sum(lambda each: each.call_backs.counts.rung) == 1
    assert len(pair.rung) == 1
    hang_up_all(scene)
    scene.clock.sleep(TAKEN.total_seconds() + 15)
    assert len(pair.rung) == 1


def test_pager_that_waits_for_two_targets_is_rung_for_one_at_a_time(pair: Pair) -> None:
    scene = pair.scene
    meetings = [conference(scene, who) for who in ("1002", "1003")]
    for number in ("*191002", "*191003"):
        refused(scene, number)
    for meeting in meetings:
        meeting.hang_up()
    scene.settle(lambda: len(reached(scene, pair.controllers)) == 1, "the first page")
    scene.clock.sleep(2)
    assert len(pair.rung) == 1
    hang_up_all(scene)
    scene.settle(lambda: len(reached(scene, pair.controllers)) == 2, "the second page", 90)
    assert sorted(reached(scene, pair.controllers)) == ["1002@pbx.test", "1003@pbx.test"]
    assert len(pair.rung) == 2


def test_expired_call_back_is_counted_once(pair: Pair) -> None:
    scene = pair.scene
    conference(scene)
    refused(scene)
    with scene.store.unit() as unit:
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        unit.session.execute(update(CallBackRow).values(asked_at=long_ago, expires_at=long_ago + TAKEN))
        unit.commit()
    scene.settle(lambda: not waiting(scene), "the row to be deleted")
    scene.clock.sleep(20)
    assert pair.sum(lambda each: each.call_backs.counts.expired) == 1
    assert pair.rung == []

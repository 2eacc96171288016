"""Faults between a controller and its switch: after each of them the controller agrees with the switch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import gevent
import pytest
import sqlalchemy as sa

from controller import app
from controller.app import Controller
from controller.simulator.events import SwitchEvent
from controller.simulator.office import Office
from controller.simulator.switch import Switch
from tests.contract.killable import Process, process
from tests.contract.killing import Scenes, scenes_in
from tests.contract.rig import is_up
from tests.contract.scene import STORIES, Killed, Scene, agrees, quiet, verify
from tests.contract.wire import Wire

SEED = 20_260
#: Seconds within which the database must answer here.
STORE_DEADLINE = 1.0


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def scene(scenes: Scenes) -> Iterator[Scene]:
    with closing(scenes()) as made:
        yield made


def start(scene: Scene, probe_every: float = 0.2, timeout: float = 0.5) -> Controller:
    """Start a controller of this scene that notices faults soon."""
    scene.second = controller = scene.make()
    link = controller.stations[0].link
    link._probe_every, link._timeout = probe_every, timeout
    controller.start()
    scene.settle(lambda: is_up(controller), "the controller to be up")
    return controller


# -- a fault at some moment of a story ---------------------------------------------------------------------


def cut(office: Office, chance: random.Random) -> None:
    """Cut the connection, mostly in the middle of a frame."""
    office.socket.faults.cut_after = office.socket.sent + chance.randrange(1, 60_000)
    office.clock.sleep(0.3)


def stall(office: Office, chance: random.Random) -> None:
    """Stop the switch's answers and events for longer than a link waits."""
    office.socket.faults.stalled = True
    office.clock.sleep(1.2)


def hiccup(office: Office, chance: random.Random) -> None:
    """Stop the switch's answers and events for a shorter time than a link waits."""
    office.socket.faults.stalled = True
    office.clock.sleep(0.3)


def dawdle(office: Office, chance: random.Random) -> None:
    """Delay every answer."""
    office.socket.faults.delay = chance.uniform(0.01, 0.1)
    office.clock.sleep(1.0)


def restart(office: Office, chance: random.Random) -> None:
    """Restart the event socket, while calls go on."""
    office.restart(keep_calls=True)


def forget(office: Office, chance: random.Random) -> None:
    """Lose events, and then the connection."""
    office.socket.faults.drops = lambda event: event.name.startswith("CHANNEL_")
    office.clock.sleep(0.3)
    office.socket.cut()


FAULTS: tuple[Callable[[Office, random.Random], None], ...] = (cut, stall, hiccup, dawdle, restart, forget)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("story", ["page", "intercom"])
def test_after_any_fault_the_controller_agrees_with_the_switch(
    scenes: Scenes, story: str, fault: Callable[[Office, random.Random], None]
) -> None:
    chance = random.Random(f"{SEED} {story} {fault.__name__}")
    for moment in [chance.uniform(0.0, 0.5) for _ in range(5)]:
        with closing(scenes()) as scene:
            play(scene, story, fault, moment, chance)


def play(
    scene: Scene,
    story: str,
    fault: Callable[[Office, random.Random], None],
    moment: float,
    chance: random.Random,
) -> None:
    """Play a story with a fault at a moment, in seconds."""
    called, tell = STORIES[story]
    note = f"{story}, {fault.__name__} after {moment:.3f} s"
    scene.target_calls(called)
    controller = start(scene)
    scene.killed = fault.__name__  # a refused page ends the story

    def befall() -> None:
        scene.clock.sleep(moment)
        fault(scene.office, chance)
        scene.office.socket.faults.heal()

    befalling = gevent.spawn(befall)
    with suppress(Killed):
        tell(scene)
    befalling.get()
    quiet(scene)
    verify(scene, controller, note)


# -- faults of their own -----------------------------------------------------------------------------------


def test_pages_of_a_restarted_switch_are_lost_in_the_controller_too(scene: Scene) -> None:
    controller = start(scene)
    scene.target_calls()
    scene.dial("*191002")
    scene.settle(lambda: scene.paged and agrees(scene, controller), "the page")
    scene.office.restart()
    scene.settle(lambda: controller.stations[0].link.times_up == 2, "the controller to be back")
    scene.settle(lambda: agrees(scene, controller), "nothing to be left")
    assert [record.ending for record in scene.attempts()] == ["lost"]
    scene.target_calls()
    scene.dial("*191002")
    scene.settle(lambda: scene.paged and agrees(scene, controller), "a page on the new switch")


@pytest.mark.parametrize("pages", [0, 1])
def test_database_that_hangs_leaves_link_and_pages_as_they_are(
    scene: Scene, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STORE_DEADLINE", STORE_DEADLINE)
    controller = start(scene, probe_every=0.1)
    (station,) = controller.stations
    scene.target_calls()
    if pages:
        scene.dial("*191002")
        scene.settle(lambda: scene.paged and agrees(scene, controller), "the page")
    engine = sa.create_engine(scene.settings.database_url)
    # SQLite uses real time
    with engine.connect() as lock, closing(scene.connect()) as other, scene.clock.as_the_real_one():
        lock.exec_driver_sql("BEGIN EXCLUSIVE")
        if pages and scene.pager:
            scene.pager.hang_up()
            scene.settle(lambda: not scene.page_legs, "the end of the page")
        call = scene.office.dial("1003", "*191001")
        late = scene.clock.monotonic() + 2 * STORE_DEADLINE + 0.5
        answers = answered(other, lambda: call.over and scene.clock.monotonic() > late)
        assert call.cause == "NORMAL_TEMPORARY_FAILURE"
        assert "480,620" in " ".join(scene.office.switch.sounds["1003"])
        assert answers > 10
        assert (station.link.state, station.link.times_up) == ("up", 1)
        assert station.live.all() == ()
        lock.rollback()
    engine.dispose()
    scene.settle(lambda: agrees(scene, controller), "the history")
    wanted = [("refused", "store_trouble"), ("whisper", "pager_hung_up")][: pages + 1]

    def known() -> list[tuple[str, str | None]]:
        return [(record.treatment, record.reason or record.ending) for record in scene.attempts()]

    scene.settle(lambda: known() == wanted, f"{wanted}")


def answered(wire: Wire, until: Callable[[], object]) -> int:
    """The number of quick calls of another client that are answered, one after the other, `until` then."""
    answers = 0
    while not until():
        wire.api("status")
        answers += 1
        assert answers < 10_000, "the events are not read"
        gevent.sleep(0.01)
    return answers


#: The number of events, those that are sent at a time, and the answers that another client gets meanwhile.
STORM, BATCH, SERVED = 20_000, 2_000, 5


def test_controller_survives_a_storm_of_events(scene: Scene) -> None:
    """During twenty thousand events the page is followed, other clients are served, and memory is bounded."""
    scene.target_calls()
    with process(scene) as running, closing(scene.connect()) as other:
        scene.settle(lambda: running.up, "the controller")
        scene.dial("*191002")
        scene.settle(lambda: scene.paged, "the page")
        before = memory(running)
        switch = scene.office.switch
        assert scene.target
        [event] = heard(switch, lambda: switch.tell("CHANNEL_ANSWER", scene.target.leg))
        answers = 0
        for _ in range(STORM // BATCH):
            # the answer to the link's own question waits behind the events, and has some seconds only
            due = scene.office.socket.sent + BATCH * len(event.json())
            for _ in range(BATCH):
                switch.fire(event)
            answers += answered(other, lambda: scene.office.socket.sent > due)  # noqa: B023
        assert memory(running) - before < 64_000_000
        assert answers >= SERVED
        assert scene.target
        scene.target.hold()  # only the controller ends a page for a hold
        scene.settle(lambda: [each.ending for each in scene.attempts()] == ["held"], "the end")


def heard(switch: Switch, doing: Callable[[], object]) -> list[SwitchEvent]:
    """The events that an action causes."""
    events: list[SwitchEvent] = []
    switch.listen(events.append)
    doing()
    switch.leave(events.append)
    return events


def memory(running: Process) -> int:
    """The memory of a process in bytes."""
    status = Path(f"/proc/{running.pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])

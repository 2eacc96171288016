"""What can go wrong between a controller and its switch: afterwards it is in the switch's state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import gevent
import pytest
import sqlalchemy as sa

from controller.app import Controller
from controller.simulator.events import SwitchEvent
from controller.simulator.office import Office
from controller.simulator.switch import Switch
from controller.station import STORE_DEADLINE
from tests.contract.killable import Process, process
from tests.contract.killing import Scenes, scenes_in
from tests.contract.rig import is_up
from tests.contract.scene import STORIES, Killed, Scene, agrees, quiet, verify
from tests.contract.wire import Wire

SEED = 20_260


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def scene(scenes: Scenes) -> Iterator[Scene]:
    with closing(scenes()) as made:
        yield made


def start(scene: Scene, probe_every: float = 0.2, timeout: float = 0.5) -> Controller:
    """A controller of this scene that notices soon what is wrong."""
    scene.second = controller = scene.make()
    link = controller.stations[0].link
    link._probe_every, link._timeout = probe_every, timeout
    controller.start()
    scene.settle(lambda: is_up(controller), "the controller to be up")
    return controller


# -- a fault at some moment of a story ---------------------------------------------------------------------


def cut(office: Office, chance: random.Random) -> None:
    """The connection is cut, mostly in the midst of a frame."""
    office.socket.faults.cut_after = office.socket.sent + chance.randrange(1, 60_000)
    office.clock.sleep(0.3)


def stall(office: Office, chance: random.Random) -> None:
    """The switch neither answers nor tells anything for longer than a link waits."""
    office.socket.faults.stalled = True
    office.clock.sleep(1.2)


def hiccup(office: Office, chance: random.Random) -> None:
    """It does so for a shorter time."""
    office.socket.faults.stalled = True
    office.clock.sleep(0.3)


def dawdle(office: Office, chance: random.Random) -> None:
    """Every answer is late."""
    office.socket.faults.delay = chance.uniform(0.01, 0.1)
    office.clock.sleep(1.0)


def restart(office: Office, chance: random.Random) -> None:
    """The event socket is restarted; calls go on."""
    office.restart(keep_calls=True)


def forget(office: Office, chance: random.Random) -> None:
    """Events are lost, and then the connection."""
    office.socket.faults.drops = lambda event: event.name.startswith("CHANNEL_")
    office.clock.sleep(0.3)
    office.socket.cut()


FAULTS: tuple[Callable[[Office, random.Random], None], ...] = (cut, stall, hiccup, dawdle, restart, forget)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("story", ["page", "intercom"])
def test_whatever_goes_wrong_on_the_way_the_controller_comes_to_know_what_is_so(
    scenes: Scenes, story: str, fault: Callable[[Office, random.Random], None]
) -> None:
    chance = random.Random(f"{SEED} {story} {fault.__name__}")
    for moment in [chance.uniform(0.0, 0.5) for _ in range(8)]:
        with closing(scenes()) as scene:
            play(scene, story, fault, moment, chance)


def play(
    scene: Scene,
    story: str,
    fault: Callable[[Office, random.Random], None],
    moment: float,
    chance: random.Random,
) -> None:
    """Play a story in which something goes wrong at a moment, in seconds."""
    called, tell = STORIES[story]
    note = f"{story}, {fault.__name__} after {moment:.3f} s"
    scene.target_calls(called)
    controller = start(scene)
    scene.killed = fault.__name__  # a page that is refused is refused

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


def test_switch_that_was_restarted_has_lost_its_pages_and_so_have_we(scene: Scene) -> None:
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
def test_database_that_hangs_leaves_link_and_pages_as_they_are(scene: Scene, pages: int) -> None:
    controller = start(scene, probe_every=0.1)
    (station,) = controller.stations
    scene.target_calls()
    if pages:
        scene.dial("*191002")
        scene.settle(lambda: scene.paged and agrees(scene, controller), "the page")
    engine = sa.create_engine(scene.settings.database_url)
    # SQLite waits by the machine's time
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
        assert answers > 20
        assert (station.link.state, station.link.times_up) == ("up", 1)
        assert station.live.all() == ()
        lock.rollback()
    engine.dispose()
    scene.settle(lambda: agrees(scene, controller), "the history")
    known = [(record.treatment, record.reason or record.ending) for record in scene.attempts()]
    assert known == [("refused", "store_trouble"), ("whisper", "pager_hung_up")][: pages + 1]


def answered(wire: Wire, until: Callable[[], object]) -> int:
    """How many quick calls of another client are answered, one after the other, `until` something is so."""
    answers = 0
    while not until():
        wire.api("status")
        answers += 1
        gevent.sleep(0.01)
    return answers


#: Events, and answers that another client gets meanwhile.
STORM, SERVED = 50_000, 5


def test_storm_of_events_is_weathered(scene: Scene) -> None:
    """Fifty thousand events at once: the page stays followed, other clients are served, memory is bounded."""
    scene.target_calls()
    with process(scene) as running, closing(scene.connect()) as other:
        scene.settle(lambda: running.up, "the controller")
        scene.dial("*191002")
        scene.settle(lambda: scene.paged, "the page")
        before = memory(running)
        switch = scene.office.switch
        assert scene.target
        [event] = heard(switch, lambda: switch.tell("CHANNEL_ANSWER", scene.target.leg))
        sent = scene.office.socket.sent
        for _ in range(STORM):
            switch.fire(event)
        answers = answered(other, lambda: scene.office.socket.sent > sent + STORM * len(event.json()))
        assert memory(running) - before < 64_000_000
        assert answers >= SERVED
        assert scene.target
        scene.target.hold()  # the page's end is for the controller to ask for
        scene.settle(lambda: [each.ending for each in scene.attempts()] == ["held"], "the end")


def heard(switch: Switch, doing: Callable[[], object]) -> list[SwitchEvent]:
    """The events of what is done."""
    events: list[SwitchEvent] = []
    switch.listen(events.append)
    doing()
    switch.leave(events.append)
    return events


def memory(running: Process) -> int:
    """Bytes that a process has in memory."""
    status = Path(f"/proc/{running.pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])

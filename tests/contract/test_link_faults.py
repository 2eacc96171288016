"""What can go wrong between a controller and its switch: afterwards it is in the switch's state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

import gevent
import pytest
import sqlalchemy as sa
from gevent.pool import Pool

from controller.app import STORE_DEADLINE, Controller
from controller.simulator.events import SwitchEvent
from controller.simulator.office import Office
from controller.simulator.switch import Switch
from tests.contract.killable import Process, process
from tests.contract.killing import AT_ONCE, Scenes, scenes_in
from tests.contract.scene import STORIES, Killed, Scene, agrees, quiet, verify
from tests.contract.wire import Wire

SEED = 20_260


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def scene(scenes: Scenes) -> Iterator[Scene]:
    made = scenes()
    yield made
    made.office.socket.faults.heal()
    if made.second:
        made.second.stop()
    made.close()


def start(scene: Scene, probe_every: float = 0.2, timeout: float = 0.5) -> Controller:
    """A controller of this scene that notices soon what is wrong."""
    scene.second = controller = Controller(scene.settings)
    link = controller.stations[0].link
    link._probe_every, link._timeout = probe_every, timeout
    controller.start()
    scene.office.settle(lambda: link.state == "up", "the controller to be up")
    return controller


# -- a fault at some moment of a story ---------------------------------------------------------------------


def cut(office: Office, chance: random.Random) -> None:
    """The connection is cut, mostly in the midst of a frame."""
    office.socket.faults.cut_after = office.socket.sent + chance.randrange(1, 60_000)
    gevent.sleep(0.3)


def stall(office: Office, chance: random.Random) -> None:
    """The switch neither answers nor tells anything for longer than a link waits."""
    office.socket.faults.stalled = True
    gevent.sleep(1.2)


def hiccup(office: Office, chance: random.Random) -> None:
    """It does so for a shorter time."""
    office.socket.faults.stalled = True
    gevent.sleep(0.3)


def dawdle(office: Office, chance: random.Random) -> None:
    """Every answer is late."""
    office.socket.faults.delay = chance.uniform(0.01, 0.1)
    gevent.sleep(1.0)


def restart(office: Office, chance: random.Random) -> None:
    """The event socket is restarted; calls go on."""
    office.restart(keep_calls=True)


def forget(office: Office, chance: random.Random) -> None:
    """Events are lost, and then the connection."""
    office.socket.faults.drops = lambda event: event.name.startswith("CHANNEL_")
    gevent.sleep(0.3)
    office.socket.cut()


FAULTS: tuple[Callable[[Office, random.Random], None], ...] = (cut, stall, hiccup, dawdle, restart, forget)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("story", ["page", "intercom"])
def test_whatever_goes_wrong_on_the_way_the_controller_comes_to_know_what_is_so(
    scenes: Scenes, story: str, fault: Callable[[Office, random.Random], None]
) -> None:
    chance = random.Random(f"{SEED} {story} {fault.__name__}")
    moments = [chance.uniform(0.0, 0.5) for _ in range(8)]
    Pool(AT_ONCE).map(lambda moment: play(scenes(), story, fault, moment, chance), moments)


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
        gevent.sleep(moment)
        fault(scene.office, chance)
        scene.office.socket.faults.heal()

    befalling = gevent.spawn(befall)
    with suppress(Killed):
        tell(scene)
    befalling.get()
    quiet(scene)
    verify(scene, controller, note)
    controller.stop()
    scene.close()


# -- faults of their own -----------------------------------------------------------------------------------


def test_switch_that_was_restarted_has_lost_its_pages_and_so_have_we(scene: Scene) -> None:
    controller = start(scene)
    scene.target_calls()
    scene.dial("*191002")
    scene.office.settle(lambda: scene.paged and agrees(scene, controller), "the page")
    scene.office.restart()
    scene.office.settle(lambda: controller.stations[0].link.times_up == 2, "the controller to be back")
    scene.office.settle(lambda: agrees(scene, controller), "nothing to be left")
    assert [record.ending for record in scene.attempts()] == ["lost"]
    scene.target_calls()
    scene.dial("*191002")
    scene.office.settle(lambda: scene.paged and agrees(scene, controller), "a page on the new switch")


@pytest.mark.parametrize("pages", [0, 1])
def test_database_that_hangs_leaves_link_and_pages_as_they_are(scene: Scene, pages: int) -> None:
    controller = start(scene, probe_every=0.1)
    (station,) = controller.stations
    scene.target_calls()
    if pages:
        scene.dial("*191002")
        scene.office.settle(lambda: scene.paged and agrees(scene, controller), "the page")
    other = Wire(scene.office.socket.port)
    with sa.create_engine(scene.settings.database_url).connect() as lock:
        lock.exec_driver_sql("BEGIN EXCLUSIVE")
        if pages and scene.pager:
            scene.pager.hang_up()
            scene.office.settle(lambda: not scene.page_legs, "the end of the page")
        call = scene.office.dial("1003", "*191001")
        late = monotonic() + 2 * STORE_DEADLINE + 0.5
        slowest = latency(other, lambda: call.over and monotonic() > late)
        assert call.cause == "NORMAL_TEMPORARY_FAILURE"
        assert "480,620" in " ".join(scene.office.switch.sounds["1003"])
        assert slowest < 0.25
        assert (station.link.state, station.link.times_up) == ("up", 1)
        assert station.live.all() == ()
        lock.rollback()
    lock.engine.dispose()
    other.close()
    controller.history.drain(5)
    assert agrees(scene, controller)
    known = [(record.treatment, record.reason or record.ending) for record in scene.attempts()]
    assert known == [("refused", "store_trouble"), ("whisper", "pager_hung_up")][: pages + 1]


def latency(wire: Wire, until: Callable[[], object]) -> float:
    """The longest that a quick call of another client has taken, in seconds, one after the other `until`."""
    slowest = 0.0
    with gevent.Timeout(20, AssertionError("it took too long")):
        while not until():
            began = monotonic()
            wire.api("status")
            slowest = max(slowest, monotonic() - began)
            gevent.sleep(0.01)
    return slowest


#: Events, and seconds in which another client is answered meanwhile, on a busy machine, too.
STORM, SERVED = 50_000, 3.0


def test_storm_of_events_is_weathered(scene: Scene) -> None:
    """Fifty thousand events at once: the page stays followed, other clients are served, memory is bounded."""
    scene.target_calls()
    with closing(Wire(scene.office.socket.port)) as other, process(scene.settings) as running:
        scene.office.settle(lambda: running.up, "the controller")
        scene.dial("*191002")
        scene.office.settle(lambda: scene.paged, "the page")
        before = memory(running)
        switch = scene.office.switch
        assert scene.target
        [event] = heard(switch, lambda: switch.tell("CHANNEL_ANSWER", scene.target.leg))
        sent = scene.office.socket.sent
        for _ in range(STORM):
            switch.fire(event)
        slowest = latency(other, lambda: scene.office.socket.sent > sent + STORM * len(event.json()))
        assert memory(running) - before < 64_000_000
        assert slowest < SERVED
        assert scene.target
        scene.target.hold()  # the page's end is for the controller to ask for
        scene.office.settle(lambda: [each.ending for each in scene.attempts()] == ["held"], "the end")


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

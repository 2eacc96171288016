"""Two controllers on one switch and one database: each request is handled once, and either may die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain

import pytest
import sqlalchemy as sa

from controller.domain.record import Treatment
from controller.domain.toggle import Toggle
from controller.errors import SwitchUnreachable
from controller.paging.ongoing import Ongoing
from controller.simulator.events import SwitchEvent
from controller.station import Station
from tests.contract.killable import mortal
from tests.contract.killing import Scenes, at_each_command, scenes_in, slower
from tests.contract.rig import is_up, permit_all
from tests.contract.scene import PATIENCE, STORIES, TARGET, Killed, Scene, quiet, verify
from tests.store.servers import NotInstalled, postgresql, short_folder

#: The stories, and the ending of each in the history.
_ENDS = {
    "page": "held",
    "page in HD": "held",
    "reply": "replied",
    "intercom": "target_hung_up",
    "refusal": "refused",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """A function that makes scenes, each with its own database, or with one whose history is empty."""
    if request.param == "sqlite":
        yield scenes_in(tmp_path_factory.mktemp("databases"))
        return
    with short_folder() as folder:
        try:
            with postgresql(folder, "fsync=off") as server:
                _, url = server.database()
                permit_all(url)
                engine = sa.create_engine(url)
                yield lambda: emptied(engine, url)
                engine.dispose()
        except NotInstalled as error:
            pytest.skip(str(error))


def emptied(engine: sa.Engine, url: str) -> Scene:
    """Make a scene on this database, whose history is empty."""
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE pages"))
    return Scene(url)


# -- either dies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", _ENDS)
def test_one_of_two_killed_at_any_command_leaves_everything_to_the_other(
    databases: Scenes, story: str, moment: str, request: pytest.FixtureRequest
) -> None:
    # a play takes several times as long with a server
    step = 8 if "sqlite" in request.node.name else 20
    at_each_command(lambda number: play(databases(), story, number, moment), step)


def play(scene: Scene, story: str, number: int, moment: str) -> bool:
    """Play a story in which one of two controllers is killed at a command; False if it sends fewer."""
    called, tell = STORIES[story]
    scene.target_calls(called)
    scene.kill_at(number, moment)
    note = f"{story}, killed {moment} {number}"
    with closing(scene):
        second = scene.second = slower(scene)
        with mortal(scene) as first:
            scene.first = first
            scene.until(lambda: scene.killed or first.up, f"the first controller; {note}")
            second.start()
            scene.until(lambda: is_up(second), f"the second controller; {note}")
            try:
                tell(scene)
                whole = True
            except Killed:
                whole = False
            quiet(scene)
            scene.office.socket.faults.heal()
        # the second controller has everything that the first has not written yet
        note = f"{note}: {scene.killed}"
        verify(scene, second, note)
        if whole:
            [record] = scene.attempts()
            assert record.ending == _ENDS[story], note
    return bool(scene.killed)


# -- both live ---------------------------------------------------------------------------------------------


class Pair:
    """A scene with two controllers, both up."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.controllers = [scene.start() for _ in range(2)]

    @property
    def stations(self) -> list[Station]:
        return [controller.stations[0] for controller in self.controllers]

    @property
    def pages(self) -> list[Ongoing]:
        """The whisper pages that are up, as each of the two follows them."""
        followed = chain.from_iterable(station.live.all() for station in self.stations)
        return [live.page for live in followed if live.record.answered_at and live.page.mark]

    def settle(self, until: Callable[[], object], what: str) -> None:
        self.scene.settle(until, what)

    def page(self) -> None:
        """Make 1001 page 1002, and wait until both controllers follow the page."""
        self.scene.target_calls()
        self.scene.dial("*191002")
        self.settle(lambda: self.scene.paged and len(self.pages) == 2, "the page on both boards")
        self.settle(lambda: self.scene.target and self.scene.target.leg.meta, "the target's keys")

    def ended(self, ending: str, treatment: Treatment = Treatment.WHISPER) -> None:
        """Wait until the only attempt has this ending, and neither controller follows it any more."""
        self.settle(lambda: not any(station.live.all() for station in self.stations), "the end")
        for controller in self.controllers:
            controller.history.drain(PATIENCE)
        [record] = self.scene.attempts()
        assert (record.treatment, record.ending) == (treatment, ending)
        assert record.answered_at


@pytest.fixture
def pair(databases: Scenes) -> Iterator[Pair]:
    with closing(databases()) as scene:
        yield Pair(scene)


def test_each_press_takes_effect_once_and_both_know_it(pair: Pair) -> None:
    pair.page()
    assert pair.scene.target
    for press in range(1, 7):
        pair.scene.target.press("*5")
        muted = press % 2 == 1
        pair.settle(lambda: [page.muted for page in pair.pages] == [muted] * 2, "the press")  # noqa: B023
        assert pair.scene.muted is muted
    assert pair.scene.mutes == 3


def test_presses_faster_than_any_controller_take_effect_in_order(pair: Pair) -> None:
    pair.page()
    assert pair.scene.target
    pair.scene.target.press("*5*5*5*5*5")
    pair.settle(lambda: pair.scene.mutes == 3, "the last press")
    pair.settle(lambda: [page.muted for page in pair.pages] == [True, True], "both to know")
    assert pair.scene.muted
    pair.scene.target.press("*6")
    pair.settle(lambda: not pair.scene.page_legs and not pair.scene.muted, "the end, unmuted")
    pair.ended("stopped")


@pytest.mark.parametrize("which", [0, 1])
def test_either_mutes_and_ends_a_page_by_name_whoever_made_it(pair: Pair, which: int) -> None:
    pair.page()
    control = pair.stations[which].control
    assert control.mute(TARGET, Toggle.FLIP)
    pair.settle(lambda: [page.muted for page in pair.pages] == [True, True], "both to know")
    assert control.stop(TARGET)
    pair.settle(lambda: not pair.scene.page_legs and not pair.scene.muted, "the end, unmuted")
    pair.ended("stopped")


@pytest.mark.parametrize("who", ["pager", "target"])
def test_page_is_one_attempt_whose_end_both_have_seen(pair: Pair, who: str) -> None:
    pair.page()
    call = pair.scene.pager if who == "pager" else pair.scene.target
    assert call
    call.hang_up()
    pair.ended(f"{who}_hung_up")


def test_one_of_the_two_gives_the_keys_back(pair: Pair) -> None:
    given: list[str] = []

    def seen(event: SwitchEvent) -> None:
        if event.name == "CHANNEL_EXECUTE" and event.get("Application-Data").startswith("keys-"):
            given.append(event.get("Unique-ID"))

    pair.scene.office.switch.listen(seen)
    pair.page()
    assert pair.scene.pager
    pair.scene.pager.hang_up()
    pair.ended("pager_hung_up")
    assert pair.scene.target
    target = pair.scene.target.leg
    pair.settle(lambda: not target.meta, "the keys")
    pair.scene.clock.sleep(1)
    assert given == [target.uuid]


def test_both_end_a_page_for_a_reason_that_only_controllers_see(pair: Pair) -> None:
    pair.page()
    assert pair.scene.target
    pair.scene.target.hold()
    pair.ended("held")


def test_recording_of_the_target_disturbs_neither(pair: Pair) -> None:
    pair.page()
    pair.scene.record_target()
    assert pair.scene.paged
    assert pair.scene.pager
    pair.scene.pager.hang_up()
    pair.ended("pager_hung_up")


def test_somebody_who_joins_is_seen_by_both(pair: Pair) -> None:
    pair.page()
    assert pair.scene.target
    pair.scene.office.dial("1003", f"spy-{pair.scene.target.leg.uuid}")
    pair.ended("joined")


def test_intercom_call_is_one_attempt_for_both(pair: Pair) -> None:
    pair.scene.dial("*151003")
    pair.settle(lambda: pair.scene.talks, "the call")
    pair.settle(lambda: all(station.live.all() for station in pair.stations), "both to follow")
    assert pair.scene.pager
    pair.scene.pager.hang_up()
    pair.ended("pager_hung_up", Treatment.INTERCOM)


@pytest.mark.parametrize("which", [0, 1])
def test_controller_that_was_disconnected_finds_the_present_state_of_the_page(pair: Pair, which: int) -> None:
    pair.page()
    link = pair.stations[which].link
    assert link._standing
    link._standing.close(SwitchUnreachable("cut"))
    assert pair.scene.target
    pair.scene.target.press("*5")
    pair.settle(lambda: link.times_up == 2, "the link to be back")
    pair.settle(lambda: [page.muted for page in pair.pages] == [True, True], "both to know")
    assert pair.scene.mutes == 1
    assert pair.scene.pager
    pair.scene.pager.hang_up()
    pair.ended("pager_hung_up")


def test_each_of_many_requests_at_once_is_taken_by_one_controller(pair: Pair) -> None:
    calls = [pair.scene.office.dial(who, "*151001") for who in ("1002", "1003", "1005") for _ in range(8)]
    pair.settle(lambda: all(call.up or call.over for call in calls), "an answer to each")
    pair.scene.office.switch.call("hupall", "")
    pair.settle(lambda: not any(station.live.all() for station in pair.stations), "the end")
    for controller in pair.controllers:
        controller.history.drain(PATIENCE)
    records = pair.scene.attempts()
    assert len(records) == len(calls)
    assert {record.ending for record in records} <= {
        "pager_hung_up",
        "target_hung_up",
        "unanswered",
        "refused",
    }

"""P11, S3: a controller is killed at every command that it sends, and the next one finds everything as it is.

The kill is a SIGKILL to a process. It comes as the switch gets the command, which it then does not run, or
when it has run the command and not yet answered.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import pytest
from gevent.pool import Pool

from controller.app import Controller
from tests.contract.killable import process
from tests.contract.scene import STORIES, Killed, Scene, permit_all, quiet, verify

#: Scenes that are played at a time: most of one is waiting.
AT_ONCE = 4


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which everybody may page everybody."""
    path = tmp_path_factory.mktemp("database") / "open.db"
    permit_all(f"sqlite:///{path}")
    return path


@pytest.fixture
def scenes(database: Path, tmp_path: Path) -> Callable[[], Scene]:
    """Makes scenes, each with a database of its own."""
    numbers = count()

    def make() -> Scene:
        own = tmp_path / f"{next(numbers)}.db"
        shutil.copy(database, own)
        return Scene(f"sqlite:///{own}")

    return make


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_controller_killed_at_any_command_leaves_everything_to_the_next_one(
    scenes: Callable[[], Scene], story: str, moment: str
) -> None:
    at_once, numbers = Pool(AT_ONCE), count()
    while all(at_once.map(lambda number: play(scenes(), story, number, moment), islice(numbers, AT_ONCE))):
        pass
    assert next(numbers) > AT_ONCE


def play(scene: Scene, story: str, number: int, moment: str) -> bool:
    """Play a story in which the controller is killed at a command; False if it sends fewer."""
    called, tell = STORIES[story]
    scene.target_calls(called)
    scene.kill_at(number, moment)
    with process(scene.settings) as first:
        scene.first = first
        try:
            scene.until(lambda: first.up, "the controller to be up")
            tell(scene)
            quiet(scene)
        except Killed:
            pass
    scene.office.socket.faults.heal()
    note = f"{story}, killed {moment} {number}: {scene.killed}"
    second = Controller(scene.settings)
    second.start()
    try:
        verify(scene, second, note)
    finally:
        second.stop()
        scene.close()
    return bool(scene.killed)

"""P11, S3: a controller is killed at every command that it sends, and the next one agrees with the switch.

The kill is a SIGKILL to a process. It comes when the switch gets the command, which it then does not run, or
after the switch has run the command and before its answer.
"""

from __future__ import annotations

import pytest

from controller.app import Controller
from tests.contract.killable import process
from tests.contract.killing import Scenes, at_each_command, scenes_in
from tests.contract.scene import STORIES, Killed, Scene, quiet, verify


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_controller_killed_at_any_command_leaves_everything_to_the_next_one(
    scenes: Scenes, story: str, moment: str
) -> None:
    at_each_command(lambda number: play(scenes(), story, number, moment))


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

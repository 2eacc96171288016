"""P11, S3: a controller is killed at every command that it sends, and the next one agrees with the switch.

The kill comes when the switch gets the command, which it then does not run, or after the switch has run the
command and before its answer. One story uses a SIGKILL to a process; the others end all work of a controller
in this process (`Mortal`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing

import pytest

from tests.contract.killable import Killable, mortal, process
from tests.contract.killing import Scenes, at_each_command, scenes_in, tell_until_killed
from tests.contract.scene import STORIES, Scene, verify


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_controller_killed_at_any_command_leaves_everything_to_the_next_one(
    scenes: Scenes, story: str, moment: str
) -> None:
    at_each_command(lambda number: play(scenes(), mortal, story, number, moment))


def test_process_killed_at_any_command_leaves_everything_to_the_next_one(scenes: Scenes) -> None:
    at_each_command(lambda number: play(scenes(), process, "page", number, "after"), step=3)


def play(
    scene: Scene,
    controller: Callable[[Scene], AbstractContextManager[Killable]],
    story: str,
    number: int,
    moment: str,
) -> bool:
    """Play a story in which the controller is killed at a command; False if it sends fewer."""
    called, tell = STORIES[story]
    scene.target_calls(called)
    scene.kill_at(number, moment)
    with closing(scene):
        tell_until_killed(scene, controller(scene), lambda first: tell(scene))
        scene.office.socket.faults.heal()
        verify(scene, scene.start(), f"{story}, killed {moment} {number}: {scene.killed}")
    return bool(scene.killed)

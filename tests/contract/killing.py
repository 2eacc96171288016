"""Plays a story repeatedly, with a kill of the controller at each of its commands in turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count, takewhile
from pathlib import Path
from typing import TypeVar

from controller.app import Controller
from controller.paging.takeover import RUNG
from controller.paging.unended import EVERY
from tests.contract.killable import Killable, Mortal, mortal
from tests.contract.rig import is_up
from tests.contract.scene import Killed, Scene, quiet
from tests.databases import open_to_all

Scenes = Callable[[], Scene]
K = TypeVar("K", bound=Killable)
#: Minimum number of commands in a story.
FEW = 5
#: Seconds within which the history has the end of what nobody follows.
UNSEEN = RUNG + 2 * EVERY
#: Seconds by which the second of two controllers decides later, so that the first one makes the pages.
SLOWER = 0.05
#: Whether no command is left out, however long it takes.
THOROUGH = bool(os.environ.get("WHISPERPAGE_TEST_EVERY_COMMAND"))


def scenes_in(folder: Path) -> Scenes:
    """A function that makes scenes in which everybody may page everybody, each with its own database."""
    numbers = count()
    return lambda: Scene(open_to_all(folder / f"{next(numbers)}.db"))


def at_each_command(play: Callable[[int], bool], step: int = 2) -> None:
    """Play a story repeatedly, with a kill at one of its commands after the other, until it sends no more.

    With a step of 2 the kills before a command and those after one together leave every number of commands
    that the switch can have run. Where each play takes long, a greater step leaves some out; with THOROUGH
    the step is 1.
    """
    step = 1 if THOROUGH else step
    assert len(list(takewhile(play, count(0, step)))) * step >= FEW


def tell_until_killed(scene: Scene, running: AbstractContextManager[K], tell: Callable[[K], object]) -> None:
    """Start a controller and tell it a story, until all is quiet or the controller is killed."""
    with running as first:
        scene.first = first
        try:
            scene.until(lambda: first.up, "the controller to be up")
            tell(first)
            if not scene.killed:
                quiet(scene)
        except Killed:
            pass


def tell_beside(scene: Scene, tell: Callable[[Mortal], object]) -> Controller:
    """Tell a story until all is quiet or the first of two controllers is killed; return the second one."""
    second = slower(scene)
    with mortal(scene) as first:
        scene.first = first
        scene.settle(lambda: first.up, "the first controller to be up")
        second.start()
        scene.settle(lambda: is_up(second), "the second controller to be up")
        try:
            if scene.killed:
                raise Killed
            tell(first)
            quiet(scene)
        except Killed:
            pass
    return second


def slower(scene: Scene) -> Controller:
    """A controller that decides later than others."""
    controller = scene.make()
    decider = controller.stations[0].decider
    for name in ("decide", "judge"):
        setattr(decider, name, _late(scene, getattr(decider, name)))
    return controller


def _late(scene: Scene, decide: Callable[..., object]) -> Callable[..., object]:
    def late(*arguments: object, **more: object) -> object:
        scene.clock.sleep(SLOWER)
        return decide(*arguments, **more)

    return late

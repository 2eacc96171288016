"""Plays a story repeatedly, with a kill of the controller at each of its commands in turn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, takewhile
from pathlib import Path

from tests.contract.scene import Scene
from tests.databases import open_to_all

Scenes = Callable[[], Scene]
#: Minimum number of commands in a story.
FEW = 5


def scenes_in(folder: Path) -> Scenes:
    """A function that makes scenes in which everybody may page everybody, each with its own database."""
    numbers = count()
    return lambda: Scene(open_to_all(folder / f"{next(numbers)}.db"))


def at_each_command(play: Callable[[int], bool], step: int = 1) -> None:
    """Play a story repeatedly, with a kill at command 0, 1, 2 and so on, until it sends no more commands.

    Where each play takes long, `step` leaves some commands out. With a step of 2 the kills before a command
    and those after one together leave every number of commands that the switch can have run.
    """
    assert len(list(takewhile(play, count(0, step)))) * step >= FEW

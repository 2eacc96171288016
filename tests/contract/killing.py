"""A story in which a controller is killed, again and again: at each of its commands."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, takewhile
from pathlib import Path

from tests.contract.rig import open_database
from tests.contract.scene import Scene

Scenes = Callable[[], Scene]
#: Commands that any story has at the least.
FEW = 5


def scenes_in(folder: Path) -> Scenes:
    """Makes scenes in which everybody may page everybody, each with an SQLite database of its own."""
    numbers = count()
    return lambda: Scene(open_database(folder / f"{next(numbers)}.db"))


def at_each_command(play: Callable[[int], bool]) -> None:
    """Play a story again and again, with the number of the command to kill at, until it sends fewer."""
    assert len(list(takewhile(play, count()))) >= FEW

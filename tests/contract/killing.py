"""Scenes with a database each, and a story in which a controller is killed at each of its commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

from gevent.pool import Pool

from tests.contract.scene import Scene, permit_all

Scenes = Callable[[], Scene]
#: Scenes that are played at a time: most of one is waiting. With more, a controller on a busy machine sees
#: a call only when it is over, and can but call it lost.
AT_ONCE = 4
#: Commands that any story has at the least.
FEW = 5


def scenes_in(folder: Path) -> Scenes:
    """Makes scenes in which everybody may page everybody, each with a copy of one database."""
    permit_all(f"sqlite:///{folder}/open.db")
    numbers = count()

    def make() -> Scene:
        own = folder / f"{next(numbers)}.db"
        shutil.copy(folder / "open.db", own)
        return Scene(f"sqlite:///{own}")

    return make


def at_each_command(play: Callable[[int], bool]) -> None:
    """Play a story again and again, with the number of the command to kill at, until it sends fewer."""
    at_once, numbers, killed = Pool(AT_ONCE), count(), 0
    while all(played := at_once.map(play, islice(numbers, AT_ONCE))):
        killed += len(played)
    assert killed + sum(played) >= FEW

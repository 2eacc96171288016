"""Makes scenes, each with its own database, and plays a story with a kill at each command in turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

from gevent.pool import Pool

from tests.contract.scene import Scene, permit_all

Scenes = Callable[[], Scene]
#: Scenes that are played at the same time, since a scene mostly waits. With more of them on a busy machine, a
#: controller would see a call only after its end, and could only record it as lost.
AT_ONCE = 4
#: Minimum number of commands in a story.
FEW = 5


def scenes_in(folder: Path) -> Scenes:
    """A function that makes scenes in which everybody may page everybody, each with its own database."""
    permit_all(f"sqlite:///{folder}/open.db")
    numbers = count()

    def make() -> Scene:
        own = folder / f"{next(numbers)}.db"
        shutil.copy(folder / "open.db", own)
        return Scene(f"sqlite:///{own}")

    return make


def at_each_command(play: Callable[[int], bool]) -> None:
    """Play a story repeatedly, with a kill at command 0, 1, 2 and so on, until it sends no more commands."""
    at_once, numbers, killed = Pool(AT_ONCE), count(), 0
    while all(played := at_once.map(play, islice(numbers, AT_ONCE))):
        killed += len(played)
    assert killed + sum(played) >= FEW

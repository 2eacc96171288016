"""A thousand pages in a row on a real switch: what they leave behind on the switch and in the controller.

    python -m benchmarks.pages [PAGES]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). Three pagers page three targets; each target
is in one call from the first page to the last. Each page begins as soon as the one before is gone: it is
dialled, bridged with all its legs and media bugs, hung up by the pager, and gone. Channels, media bugs and
memory are measured after the tenth page and then after each hundred, while the calls are up and no page is.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks import machine
from controller.laboratory.lab import Lab
from tests.live.office import Office
from tests.live.pair import Left, Pair, left

DIALPLAN = Path(__file__).parent.parent / "dialplan"
#: Pager and target; the targets have desk phones.
PAIRS = ((1001, 1002), (1004, 1003), (1006, 1005))
WARM, EVERY = 10, 100
#: Megabytes by which the controller may grow between the tenth page and the end. It grows by 4, ever more
#: slowly, up to the most memory that it has needed at any time. One event left behind by each page would make
#: 7.
TOLERANCE = 6.0
#: Seconds after which the switch has freed the memory of a call (pool_thread, switch_core_memory.c).
SETTLED = 10


@dataclass(frozen=True)
class Look:
    """The measurement at `when`; memory is in megabytes, time in seconds since the first page."""

    when: str
    seconds: float
    left: Left
    controller: float
    switch: float


class Run:
    """The pages of all pairs, counted together."""

    def __init__(self, pairs: Sequence[Pair], progress: Progress, total: int) -> None:
        self._pairs = pairs
        self._progress = progress
        self._task = progress.add_task("pages", total=total)
        self._lock = threading.Lock()
        self._to_do = 0

    def page(self, count: int) -> None:
        """Make so many pages in total; raises AssertionError if one does not come up or leaves anything."""
        self._to_do = count
        with ThreadPoolExecutor(len(self._pairs)) as pool:
            for done in [pool.submit(self._work, pair) for pair in self._pairs]:
                done.result()

    def _work(self, pair: Pair) -> None:
        while self._take():
            pair.page()
            self._progress.advance(self._task)

    def _take(self) -> bool:
        with self._lock:
            self._to_do -= 1
            return self._to_do >= 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=int, default=1000)
    count = parser.parse_args().pages
    looks: list[Look] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(Lab(dialplan=str(DIALPLAN)))
        office = stack.enter_context(Office(lab, folder))
        office.open()
        assert office.controller
        pids = office.controller.pid, lab.processes[0].pid
        pairs = [stack.enter_context(closing(Pair(lab, folder, *each))) for each in PAIRS]
        for pair in pairs:
            pair.call()
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
        progress = stack.enter_context(Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn()))
        run, began, done = Run(pairs, progress, count), time.monotonic(), 0

        def look(when: str, calls: int) -> None:
            now, seconds = left(lab, calls), time.monotonic() - began
            looks.append(Look(when, seconds, now, *(machine.rss(pid) / 1e6 for pid in pids)))

        for until in sorted({min(WARM, count), *range(EVERY, count, EVERY), count}):
            run.page(until - done)
            done = until
            look(str(done), len(pairs))
        lab.hang_up_all()
        time.sleep(SETTLED)
        look("the calls", 0)
        history = json.loads(office.whisperpage("pages", "--json", "--limit", str(10 * count)))
    machine.show()
    return show(looks, [each["ending"] for each in history])


def show(looks: Sequence[Look], endings: Sequence[str]) -> int:
    """Print the results; return 1 if anything is left over."""
    table = Table(title=f"{len(endings)} pages in a row, {len(PAIRS)} at a time")
    for column in ("after", "seconds", "channels", "media bugs", "controller MB", "switch MB"):
        table.add_column(column, justify="right")
    for each in looks:
        figures = (f"{each.seconds:.0f}", str(each.left.channels), str(each.left.bugs))
        table.add_row(each.when, *figures, f"{each.controller:.1f}", f"{each.switch:.1f}")
    first, last, over = looks[0], looks[-2], looks[-1]
    growth = last.controller - first.controller
    console = Console()
    console.print(table)
    console.print(
        f"channels and media bugs {'the same' if last.left == first.left else '[red]NOT the same[/red]'}; "
        f"controller {growth:+.1f} MB (at most +{TOLERANCE:g}), switch {last.switch - first.switch:+.1f} MB, "
        f"{over.switch - first.switch:+.1f} MB with the calls over"
    )
    told = ", ".join(f"{count} {ending}" for ending, count in Counter(endings).most_common())
    console.print(f"how they ended, by the history: {told}")
    return 0 if last.left == first.left and growth <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())

"""For how long the garbage collector holds a controller: a full collection, before and after it settles.

    python -m benchmarks.pauses

A process of its own has the modules and parts that `whisperpage serve` has. The times are the lowest CPU
times of several collections.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import time
from multiprocessing.connection import Connection

from rich.console import Console
from rich.table import Table

from benchmarks import machine

ROUNDS = 7


def full_collection() -> float:
    """The milliseconds of CPU time of a full collection, the lowest of ROUNDS."""
    took = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        gc.collect()
        took.append(time.thread_time() - began)
    return 1000 * min(took)


def measure(told: Connection) -> None:
    """A process: it tells what a collection takes before it settles, and after."""
    from controller.app import Controller
    from controller.cli import garbage, serve
    from controller.config import Settings
    from controller.store import schema
    from controller.web.app import build

    assert serve
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/x.db", switch_url="esl://:x@127.0.0.1:1")
        controller = Controller(settings)
        schema.ensure_current(controller.store, lambda _: None)
        app = build(controller)
        app.test_client().get("/healthz")
        before, objects = full_collection(), len(gc.get_objects())
        garbage.settle()
        told.send((before, objects, full_collection(), len(gc.get_objects())))
        controller.stop(1)


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=measure, args=(theirs,))
    process.start()
    theirs.close()
    before, objects, after, left = ours.recv()
    process.join()
    machine.show()
    table = Table("", "objects", "a full collection, ms")
    table.add_row("as it starts", f"{objects:,}", f"{before:.1f}")
    table.add_row("settled", f"{left:,}", f"{after:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()

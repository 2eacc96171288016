"""A storm of 1.27 million events while a page is up: the memory, and whether the page's end is still noticed.

    python -m benchmarks.storm [--events 1270000]

The simulated switch sends events to a controller in another process as fast as it reads them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from tests.contract.killable import process
from tests.contract.killing import scenes_in
from tests.contract.test_link_faults import heard

#: The number of events that are sent at a time.
BATCH = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_270_000)
    wanted = parser.parse_args().events
    machine.show()
    with tempfile.TemporaryDirectory() as folder:
        scene = scenes_in(Path(folder))()
        office = scene.office
        scene.target_calls()
        with process(scene) as running:
            office.settle(lambda: running.up, "the controller", 20)
            scene.dial("*191002")
            office.settle(lambda: scene.paged, "the page", 20)
            assert scene.target
            target = scene.target
            [event] = heard(office.switch, lambda: office.switch.tell("CHANNEL_ANSWER", target.leg))
            size, told, before, most = len(event.json()), 0, machine.rss(running.pid), 0
            began = time.monotonic()
            while told < wanted:
                sent = office.socket.sent
                for _ in range(BATCH):
                    office.switch.fire(event)
                office.settle(lambda: office.socket.sent >= sent + BATCH * size, "the events", 30)  # noqa: B023
                told += BATCH
                most = max(most, machine.rss(running.pid) - before)
            took = time.monotonic() - began
            print(f"{told:,} events in {took:.0f} s; at most {most / 1e6:.1f} MB more than before")
            target.hold()
            office.settle(lambda: [each.ending for each in scene.attempts()] == ["held"], "the end", 20)
            print("the page was followed to its end")
        scene.close()


if __name__ == "__main__":
    main()

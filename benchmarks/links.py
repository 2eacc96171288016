"""The events of busy switches, for links in the measuring process: sent by a process of its own.

    python -m benchmarks.links SWITCHES EVENTS

Each switch sends its share every 20 ms, as mod_event_socket does, and the switches one after the other. The
first line on the standard output has their ports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from benchmarks.cluster import Stream
from benchmarks.idle import POLL, keep_answering, wanted
from benchmarks.peer import PASSWORD, Peer, listen
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, request
from controller.switch import lamps, legs
from controller.switch.legs import Legs
from controller.switch_address import SwitchAddress


class BusySwitches:
    """Links to so many switches as there are tables of legs, which get `rate` events a second together.

    `handled` counts the events.
    """

    def __init__(self, tables: Sequence[Legs], rate: int) -> None:
        command = [sys.executable, "-m", "benchmarks.links", str(len(tables)), str(rate)]
        self._switches = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._switches.stdout
        ports = json.loads(self._switches.stdout.readline())
        self.handled = 0
        self._links = [self._link(port, table) for port, table in zip(ports, tables, strict=True)]
        for link in self._links:
            link.start()

    def stop(self) -> None:
        """End the links and the process."""
        for link in self._links:
            link.stop()
        self._switches.kill()
        self._switches.wait()

    def _link(self, port: int, table: Legs) -> Link:
        """A link with the subscription of a controller."""
        events = sorted({*legs.EVENTS, legs.GONE, *page.EVENTS, lamps.PROBE})
        custom = (request.SUBCLASS, *page.CUSTOM)
        link = Link(SwitchAddress("127.0.0.1", port, PASSWORD), events=events, custom=custom)

        def count(event: Event) -> None:
            self.handled += 1

        for name in (*events, *custom):
            link.on(name, count)
        for name in (*legs.EVENTS, legs.GONE):
            link.on(name, table.observe)
        return link


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("switches", type=int)
    parser.add_argument("events", type=int)
    arguments = parser.parse_args()
    os.nice(19)  # real switches are other machines: they take no time from the measured process
    listeners = [listen() for _ in range(arguments.switches)]
    print(json.dumps([port for _, port in listeners]), flush=True)
    peers = [Peer(listener) for listener, _ in listeners]
    for peer in peers:
        threading.Thread(target=keep_answering, args=(peer,), daemon=True).start()
    stream = Stream(wanted(peers[0].subscription))
    places, sent, began = [0] * len(peers), [0] * len(peers), time.monotonic()
    turn = 0
    while True:
        at, turn = turn % len(peers), turn + 1
        time.sleep(max(0.0, began + turn * POLL / len(peers) - time.monotonic()))
        due = round((time.monotonic() - began) * arguments.events / len(peers)) - sent[at]
        for part in stream.take(places[at], due):
            peers[at].play(part)
        places[at] += due
        sent[at] += due


if __name__ == "__main__":
    main()

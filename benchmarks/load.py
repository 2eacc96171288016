"""What pages cost a real switch: its CPU with more and more pages at once, and that of a page's parts.

    python -m benchmarks.load [--most PAGES] [--codecs PCMU,G722]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). The CPU is that of the switch's own process,
so the phones, which are cheap (they record nothing), are not in it. Each page is made by the topology's own
steps, on a call of its own. The parts are measured on as many calls as there are pages in the middle.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from controller.domain.names import UserName
from controller.laboratory.lab import Lab
from controller.switch.pagelegs import PageMark
from controller.switch.topologies import best
from tests.live.office import Office, wait_for

DIALPLAN = Path(__file__).parent.parent / "dialplan"
#: Seconds over which the CPU is measured, and before that, for tones and set-up to be over.
MEASURED, SETTLED = 6.0, 2.0
RATES = {"PCMU": 8000, "G722": 16000, "OPUS": 32000}
PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")


def cheap(recordings: object, name: str, hz: str) -> tuple[tuple[str, str], ...]:
    """The dialplan of a phone that only plays its tone."""
    return ("answer", ""), ("playback", f"tone_stream://v=-13;%(10000,0,{hz});loops=-1")


class Floor:
    """The calls and pages of one codec on a laboratory."""

    def __init__(self, lab: Lab, office: Office, codec: str) -> None:
        self._lab, self._office, self._codec = lab, office, codec
        self.targets: list[str] = []
        self._calls: list[str] = []

    def legs(self, user: str) -> set[str]:
        return {row["uuid"] for row in self._lab.channels(presence_id=f"{user}@")}

    def call(self) -> None:
        """One more call of the target with a customer."""
        before = self.legs("1002")
        self._calls.append(self._lab.dial(1002, "9555", "target", codec=self._codec))
        [leg] = wait_for(lambda: self.legs("1002") - before, "the target's leg")
        wait_for(lambda: self._office.partner(leg), "the customer")
        self.targets.append(leg)

    def page(self, target: str) -> None:
        """A page on a call, by the steps of the topology that its codec has."""
        before = self.legs("1001")
        self._office.dial("*191002", codec=self._codec)
        [pager] = wait_for(lambda: self.legs("1001") - before, "the pager's leg")
        wait_for(lambda: self._application(pager) == "sleep", "the request")
        topology = best(RATES[self._codec])
        self._lab.pbx.api(f"uuid_pre_answer {pager}")
        mark = PageMark("load", PAGER, TARGET, pager, target, topology=topology.name)
        for step in topology.steps(mark):
            call = step.call.text
            wait_for(lambda: self._done(call, step.answer), f"the step {step.name}")  # noqa: B023

    def _application(self, leg: str) -> str:
        return next((row["application"] for row in self._lab.channels(uuid=leg)), "")

    def _done(self, call: str, answer: str) -> bool:
        told = self._lab.pbx.api(call)
        return not told.startswith("-ERR") and told.strip() != "_undef_" and answer in told

    def cpu(self) -> float:
        """Per cent of a core that the switch now takes."""
        time.sleep(SETTLED)
        pid, before, began = self._lab.processes[0].pid, 0.0, time.monotonic()
        before = machine.cpu(pid)
        time.sleep(MEASURED)  # the time that is measured
        return 100 * (machine.cpu(pid) - before) / (time.monotonic() - began)

    def await_eavesdroppers(self, count: int) -> None:
        """Wait until so many legs eavesdrop."""

        def found() -> bool:
            rows = json.loads(self._lab.pbx.api("show channels as json")).get("rows", [])
            return sum(row["application"].endswith("eavesdrop") for row in rows) == count

        wait_for(found, f"{count} eavesdrops", 20)

    def pair(self, far_end: str) -> None:
        """A loopback whose near end waits, and whose far end runs an application."""
        told = self._lab.pbx.api(f"originate {{loopback_bowout=false}}loopback/app={far_end} &park()")
        assert told.startswith("+OK"), told


def curve(floor: Floor, counts: Iterable[int]) -> list[tuple[int, float, float]]:
    """For each number: the CPU of so many calls, and of the same calls with a page on each."""
    found, alone = [], {}
    for count in counts:
        while len(floor.targets) < count:
            floor.call()
        alone[count] = floor.cpu()
    paged = 0
    for count in counts:
        for target in floor.targets[paged:count]:
            floor.page(target)
        paged = count
        floor.await_eavesdroppers(3 * paged)
        rest = alone[max(counts)] - alone[count]
        found.append((count, alone[count], floor.cpu() - rest))
    return found


def parts(make: Callable[[], Floor], calls: int) -> dict[str, float]:
    """Per cent of a core of one call, and of the parts that a page adds to it."""
    floor = make()
    idle = floor.cpu()
    for _ in range(calls):
        floor.call()
    talking = floor.cpu()
    for _ in floor.targets:
        floor.pair("park")
    waiting = floor.cpu()
    for target in floor.targets:
        floor.pair(f"eavesdrop:{target}")
    listening = floor.cpu()
    return {
        "a call of two phones": (talking - idle) / calls,
        "a loopback pair whose ends wait": (waiting - talking) / calls,
        "a pair of which one end eavesdrops a phone's leg": (listening - waiting) / calls,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--codecs", default="PCMU,G722")
    arguments = parser.parse_args()
    codecs = arguments.codecs.split(",")
    counts = [arguments.most * quarter // 4 for quarter in range(1, 5)]
    console = Console()
    with ExitStack() as stack:
        stack.enter_context(patch("controller.laboratory.configuration._plays", cheap))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(Lab(dialplan=str(DIALPLAN)))
        office = Office(lab, folder)
        machine.show()
        for codec in codecs:
            table = Table("pages", "calls alone, %", "with a page on each, %", "a page, %", title=codec)
            for count, alone, paged in curve(Floor(lab, office, codec), counts):
                figures = (f"{alone:.1f}", f"{paged:.1f}", f"{(paged - alone) / count:.2f}")
                table.add_row(str(count), *figures)
            console.print(table)
            lab.hang_up_all(30)
        table = Table("part", "% of a core", title=f"{codecs[0]}, {counts[1]} of each")
        for name, value in parts(lambda: Floor(lab, office, codecs[0]), counts[1]).items():
            table.add_row(name, f"{value:.2f}")
        console.print(table)
        lab.hang_up_all(30)


if __name__ == "__main__":
    main()

"""A page to a group whose members are all on calls: the time until the last one hears it, and what it costs.

    python -m benchmarks.groups [TIMES] [--members 50] [--codec PCMU]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). The phones are sockets of this process, as in
benchmarks.messages, and the far parties are silent. A time begins with the pager's dialling and ends when the
packet comes whose sound is loud, by the kernel's clock: first the tone, then the pager's voice. The CPU is
that of the switch's own process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from benchmarks.messages import BEEPS, EXTRA, Crowd, heard, phone_of, told
from benchmarks.sound import DIALPLAN, Clicker
from controller.domain.page_group import MOST
from controller.laboratory.office import DOMAIN
from tests.live.office import Office, wait_for

GROUP = "600"
#: Seconds over which the CPU is measured, and before that, for what was just made to be over.
MEASURED, SETTLED = 6.0, 2.0


@dataclass
class Figures:
    """Milliseconds of each page in which all members heard it, and per cent of a core."""

    tone: list[float] = field(default_factory=list)
    voice: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("times", nargs="?", type=int, default=5)
    parser.add_argument("--members", type=int, default=MOST)
    parser.add_argument("--codec", default="PCMU")
    arguments = parser.parse_args()
    members = range(EXTRA, EXTRA + arguments.members)
    found = Figures()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        office = Office(stack.enter_context(Crowd(dialplan=str(DIALPLAN))), folder)
        stack.enter_context(office).open()
        office.whisperpage("page-groups", "add", f"{GROUP}@{DOMAIN}")
        for member in members:
            office.whisperpage("page-groups", "members", "add", f"{GROUP}@{DOMAIN}", f"{member}@{DOMAIN}")
        phones = [phone_of(stack, member, arguments.codec) for member in members]
        for phone in phones:
            assert phone.call("9555") == 200
            office.talking(int(phone.user))
        alone = cpu(office)
        for _ in track(range(arguments.times), description="pages"):
            page(office, phones, found)
        office.lab.hang_up_all()
    machine.show()
    show(found, alone, arguments.members)


def page(office: Office, phones: Sequence[Clicker], found: Figures) -> None:
    """Page the group, measure it, and hang up."""
    for phone in phones:
        phone.packets.clear()
    time.sleep(0.2)  # silence that the phones have heard
    begun = time.time_ns()
    leg = office.dial(f"*19{GROUP}")
    times = [heard(phone, begun) for phone in phones]
    if all(times):
        found.tone.append((max(each[0] for each in times) - begun) / 1e6)
        found.voice.append((max(each[BEEPS] for each in times) - begun) / 1e6)
        found.cpu.append(cpu(office))
    else:
        found.failed += 1
    over = time.monotonic()
    office.lab.phone_switch.api(f"uuid_kill {leg}")
    wait_for(lambda: not office.page_legs(), "the page to be gone", 20)
    found.gone.append(1000 * (time.monotonic() - over))


def cpu(office: Office) -> float:
    """Per cent of a core that the switch takes now."""
    time.sleep(SETTLED)
    pid, began = office.lab.processes[0].pid, time.monotonic()
    before = machine.cpu(pid)
    time.sleep(MEASURED)  # the time that is measured
    return 100 * (machine.cpu(pid) - before) / (time.monotonic() - began)


def show(found: Figures, alone: float, members: int) -> None:
    table = Table("", "median (95 %, most)", title=f"{members} members on {members} calls")
    table.add_row("ms until all hear the tone", told(found.tone))
    table.add_row("ms until all hear the pager", told(found.voice))
    table.add_row("ms from the pager's hangup until all is gone", told(found.gone))
    table.add_row("% of a core, the calls alone", f"{alone:.0f}")
    table.add_row("% of a core, with the page", told(found.cpu))
    Console().print(table)
    Console().print(f"{len(found.tone)} pages were heard by all; {found.failed} were not")


if __name__ == "__main__":
    main()

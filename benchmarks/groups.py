"""A page to a group whose members are all on calls: the time until the last one hears it, and its cost.

    python -m benchmarks.groups [TIMES] [--members 50] [--codec PCMU]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). The phones are gateways of the second switch
of the laboratory, which records what each of them hears. That switch runs at the lowest priority, since
phones have machines of their own: FreeSWITCH is scheduled before all other programs (SCHED_FIFO,
switch_core.c), so two of them keep each other from the CPU. The times are those of the history: from the
pager's request until the last member's own page is up. The CPU is that of the first switch's own process.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from benchmarks.messages import EXTRA, Crowd, told
from benchmarks.sound import DIALPLAN
from controller.domain.page_group import MOST
from controller.laboratory.levels import loudness, read_wave
from controller.laboratory.office import DOMAIN, PHONES
from tests.live.office import Office, wait_for

GROUP = "600"
#: Seconds over which the CPU is measured, and before that, for what was just made to be over.
MEASURED, SETTLED = 6.0, 2.0


#: Seconds between two looks into the history, each of which is a program that takes CPU.
ASKED = 4.0
#: Whose gateway the members' phones have, and the tones of a member and of the pager, in Hz.
LIKE, TONE, PAGER = 1002, PHONES[1002][1], PHONES[1001][1]
#: The seconds of a recording before its end that are not measured, and how loud the pager must be, in dBFS.
SKIPPED, LOUD = 0.5, -30.0


class Phones(Crowd):
    """The laboratory whose second switch has a gateway for each member as well."""

    members: Sequence[int] = ()

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        """Start a switch with this configuration."""
        if name == "phone_switch":
            before, begins, rest = configuration.partition(f'<gateway name="g{LIKE}">')
            one, ends, after = rest.partition("</gateway>")
            gateways = ((begins + one + ends).replace(str(LIKE), str(each)) for each in (LIKE, *self.members))
            configuration = before + "".join(gateways) + after
        return super().start(name, configuration)

    def command(self, name: str, folders: list[str]) -> list[str]:
        """The words of the command that starts a switch."""
        usual = super().command(name, folders)
        return ["nice", "-n", "19", *usual, "-np"] if name == "phone_switch" else usual

    def talk(self, member: int, codec: str) -> None:
        """Put a member on a call with the customer; its recording is the member's number."""
        dialled = f"{{absolute_codec_string='{codec}'}}sofia/gateway/g{member}/9555"
        told = self.phone_switch.api(f"originate {dialled} ua-{TONE}-{member} XML default")
        assert told.startswith("+OK"), told

    def hears(self, member: int) -> bool:  # type: ignore[override]  # of a member, by its number
        """Whether the pager is heard at the end of the member's call, which must be over."""
        samples, rate = read_wave(f"{self.recordings}/{member}.wav")
        return loudness(samples[-int(4 * SKIPPED * rate) : -int(SKIPPED * rate)], rate, PAGER) > LOUD


@dataclass
class Figures:
    """Milliseconds of each page, and per cent of a core."""

    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


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
        lab = Phones(dialplan=str(DIALPLAN))
        lab.members = members
        office = Office(stack.enter_context(lab), folder)
        stack.enter_context(office).open()
        office.whisperpage("page-groups", "add", f"{GROUP}@{DOMAIN}")
        for member in members:
            office.whisperpage("page-groups", "members", "add", f"{GROUP}@{DOMAIN}", f"{member}@{DOMAIN}")
        for member in members:
            lab.talk(member, arguments.codec)
            office.talking(member)
        alone = cpu(office)
        for _ in track(range(arguments.times), description="pages"):
            page(office, found)
            found.gone.append(hang_up(office))
        page(office, found)
        lab.hang_up_all()
        heard = sum(lab.hears(member) for member in members)
    machine.show()
    show(found, alone, arguments.members, heard)


def page(office: Office, found: Figures) -> None:
    """Page the group, and measure it when each member's page is up or refused."""
    leg = office.dial(f"*19{GROUP}")

    def parts() -> list[dict[str, Any]]:
        rows = office.history()
        whole = next((row for row in rows if row["treatment"] == "group" and not row["ended_at"]), None)
        return [row for row in rows if whole and row["part_of"] == whole["page_id"]]

    def settled() -> list[dict[str, Any]]:
        time.sleep(ASKED)
        rows = parts()
        return rows if rows and all(row["answered_at"] or row["reason"] for row in rows) else []

    assert office.answer_of(leg).startswith("+OK")
    rows = wait_for(settled, "each member's page", 60)
    took = [_after(row) for row in rows if row["answered_at"]]
    found.first.append(min(took))
    found.last.append(max(took))
    found.left_out += [row["reason"] for row in rows if row["reason"]]
    found.cpu.append(cpu(office))


def _after(row: dict[str, Any]) -> float:
    begun, up = (datetime.fromisoformat(row[name]) for name in ("started_at", "answered_at"))
    return (up - begun).total_seconds() * 1000


def hang_up(office: Office) -> float:
    """Hang up the pager; the milliseconds until nothing of the page is left."""
    begun = time.monotonic()
    for leg in office.lab.channels(presence_id="1001@"):
        office.lab.pbx.api(f"uuid_kill {leg['uuid']}")
    wait_for(lambda: not office.page_legs(), "the page to be gone", 20)
    return 1000 * (time.monotonic() - begun)


def cpu(office: Office) -> float:
    """Per cent of a core that the switch takes now."""
    time.sleep(SETTLED)
    pid, began = office.lab.processes[0].pid, time.monotonic()
    before = machine.cpu(pid)
    time.sleep(MEASURED)  # the time that is measured
    return 100 * (machine.cpu(pid) - before) / (time.monotonic() - began)


def show(found: Figures, alone: float, members: int, heard: int) -> None:
    table = Table("", "median (95 %, most)", title=f"{members} members on {members} calls")
    table.add_row("ms until the first member's page is up", told(found.first))
    table.add_row("ms until the last member's page is up", told(found.last))
    table.add_row("ms from the pager's hangup until all is gone", told(found.gone))
    table.add_row("% of a core, the calls alone", f"{alone:.0f}")
    table.add_row("% of a core, with the page", told(found.cpu))
    Console().print(table)
    left_out = f"; left out: {', '.join(found.left_out)}" if found.left_out else ""
    Console().print(f"{heard} of {members} heard the last page until its end{left_out}")


if __name__ == "__main__":
    main()

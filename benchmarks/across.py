"""The time from the dialled code to both tones across two switches, beside the same page within one.

    python -m benchmarks.across [PAGES] [--codec PCMU]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). The phones are sockets of this process. Two
targets are on calls with a silent customer, one at the pager's switch and one at the other; the pager pages
them in turns. A time begins with the pager's INVITE and ends when the packet comes in which a phone first
hears the tone, by the kernel's clock. It fails if the 95th percentile until both have heard it is more than
150 ms higher across switches.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from benchmarks.messages import Crowd, phone_of
from benchmarks.sound import DIALPLAN, Clicker
from controller.laboratory.office import SIP_PORT
from tests.live.office import wait_for
from tests.live.two import TwoLab, TwoOffice

PAGER, WITHIN, ACROSS = 1001, 1003, 1002
#: Seconds after the answer within which both hear the tone.
TONE = 1.2
#: The most milliseconds by which a page across switches may be later.
LATER = 150


class Silent(Crowd, TwoLab):
    """The two switches, with a customer that is silent."""


@dataclass
class Figures:
    """Milliseconds until the tone, of each page in which both heard it."""

    pager: list[float] = field(default_factory=list)
    target: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    unheard: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=int, default=50)
    parser.add_argument("--codec", default="PCMU")
    arguments = parser.parse_args()
    found = {WITHIN: Figures(), ACROSS: Figures()}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(Silent(dialplan=str(DIALPLAN)))
        office = TwoOffice(lab, folder)
        stack.enter_context(office).open()
        targets = {each: phone(office, stack, each, arguments.codec) for each in found}
        for target in targets.values():
            assert target.call("9555") == 200
        for _ in track(range(arguments.pages), description="pages"):
            for each, target in targets.items():
                page(office, target, arguments.codec, found[each])
        lab.hang_up_all()
    machine.show()
    return show(found, arguments.codec)


def phone(office: TwoOffice, stack: ExitStack, extension: int, codec: str) -> Clicker:
    """A phone of an extension, at its switch."""
    made = phone_of(stack, extension, codec)
    made.switch = office.address(extension), SIP_PORT
    return made


def only_the_calls(office: TwoOffice) -> bool:
    """Whether each switch has the two legs of its target's call, and no other one."""
    return len(office.other_channels()) == len(office.lab.channels()) == 2


def page(office: TwoOffice, target: Clicker, codec: str, found: Figures) -> None:
    """Page a target, measure it, and hang up."""
    wait_for(lambda: only_the_calls(office), "the calls alone", 20)
    with ExitStack() as stack:
        pager = phone(office, stack, PAGER, codec)
        target.packets.clear()
        time.sleep(0.2)  # silence that the target's phone has heard
        assert pager.call(f"*19{target.user}") == 200
        time.sleep(TONE)
        times = [tone(each, pager.invited) for each in (pager, target)]
    if all(times):
        found.pager.append(times[0])
        found.target.append(times[1])
        found.both.append(max(times))
    else:
        found.unheard += 1


def tone(listener: Clicker, begun: int) -> float:
    """After how many milliseconds a phone has first heard something; 0 if it has not."""
    return next((at - begun for at in listener.onsets() if at > begun), 0) / 1e6


def show(found: dict[int, Figures], codec: str) -> int:
    """Print the results; return 1 if pages across switches are too late, or were not heard."""
    table = Table("ms", "median", "95 %", "most", "of", title=f"INVITE to the tone, {codec}")
    late = {}
    for target, name in ((WITHIN, "within a switch"), (ACROSS, "across switches")):
        figures = found[target]
        rows = {"pager's": figures.pager, "target's": figures.target, "both": figures.both}
        for whose, values in rows.items():
            late[target] = statistics.quantiles(values, n=20, method="inclusive")[-1]
            told = (statistics.median(values), late[target], max(values))
            table.add_row(f"{name}, {whose}", *(f"{value:.0f}" for value in told), str(len(values)))
    later, unheard = late[ACROSS] - late[WITHIN], sum(each.unheard for each in found.values())
    Console().print(table)
    Console().print(f"95 % of both: {later:+.0f} ms across switches (at most +{LATER}); not heard: {unheard}")
    return 1 if later > LATER or unheard else 0


if __name__ == "__main__":
    sys.exit(main())

"""The time of a page from the dialled code to both tones on a real switch, compared with an ordinary call.

    python -m benchmarks.page_setup [PAGES]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). Times are differences of the switch's own
event clock (Event-Date-Timestamp), beginning with the pager's INVITE. The phones of the laboratory answer at
once. The controller's own part is taken from its log: from the event's arrival to the bridge, without waits
for the switch.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from tests.live.office import Office

DIALPLAN = Path(__file__).parent.parent / "dialplan"


def milliseconds(esl: ESL, done: Sequence[tuple[str, str]]) -> float:
    """The time from the pager's CHANNEL_CREATE to the last of `done`: Event-Names, with parts of names."""
    created = 0.0
    missing = set(done)
    last = 0.0

    def complete(event: dict[str, str]) -> bool:
        nonlocal created, last
        at = int(event["Event-Date-Timestamp"]) / 1000
        name, channel = event["Event-Name"], event.get("Channel-Name", "")
        if name == "CHANNEL_CREATE" and "/1001@" in channel:
            created = at
        for each in [each for each in missing if created and name == each[0] and each[1] in channel]:
            missing.discard(each)
            last = at
        return not missing

    if not esl.event(10, complete):
        raise SystemExit(f"it did not come to {sorted(missing)}")
    return last - created


def measure(office: Office, number: str, done: Sequence[tuple[str, str]], codec: str = "PCMU") -> float:
    """Make one call by the pager; return the milliseconds until `done`."""
    with office.watching("CHANNEL_CREATE", "CHANNEL_BRIDGE", "PLAYBACK_START") as esl:
        office.dial(number, codec=codec)
        return milliseconds(esl, done)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=int, default=50)
    count = parser.parse_args().pages
    calls: list[float] = []
    pages: dict[str, list[float]] = {"PCMU": [], "G722": [], "OPUS": []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(Lab(dialplan=str(DIALPLAN)))
        office = stack.enter_context(Office(lab, folder))
        office.open()
        for _ in track(range(count), description="pages and calls"):
            calls.append(measure(office, "1003", [("CHANNEL_BRIDGE", "/1001@")]))
            lab.hang_up_all()
            for codec, times in pages.items():
                office.target_calls(codec=codec)
                tones = [("PLAYBACK_START", "/relay-"), ("PLAYBACK_START", "/voice-")]
                times.append(measure(office, "*191002", tones, codec))
                lab.hang_up_all()
        own = [float(value) for value in re.findall(r"own_ms=([0-9.]+)", office.log.read_text())]
    machine.show()
    show(
        [
            ("ordinary call, to the bridge", calls),
            *((f"page of two phones with {codec}, to both tones", times) for codec, times in pages.items()),
            ("controller's own part", own),
        ]
    )


def show(rows: Sequence[tuple[str, list[float]]]) -> None:
    table = Table("ms", "median", "95 %", "most", title=f"{len(rows[0][1])} of each")
    for name, values in rows:
        cuts = statistics.quantiles(values, n=20)
        table.add_row(name, *(f"{value:.1f}" for value in (statistics.median(values), cuts[-1], max(values))))
    Console().print(table)


if __name__ == "__main__":
    main()

"""Draws the pictures of the documents: `python -m pictures [NAME...]`, or `make pictures`.

Each picture shows a real run. A run that needs FreeSWITCH or Prometheus is recorded into `data/`; without
that program, the last recording is drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

from pictures import board, busy, console, page, plots, switch, terminal
from pictures.style import DATA

#: File of data/ -> the function that records it, and the program that this needs.
RECORDERS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "page": (switch.record, "freeswitch"),
    "board": (busy.record, "prometheus"),
}
#: Picture -> the function that draws it, and the file of data/ that this needs, if any.
PICTURES: dict[str, tuple[Callable[..., None], str]] = {
    "who-hears-whom": (page.who_hears_whom, "page"),
    "page-time-line": (page.time_line, "page"),
    "demo": (terminal.demo, ""),
    "watch": (terminal.watch, ""),
    "console": (console.receptionist, ""),
    "console-phone": (console.telephone, ""),
    "console-history": (console.history, ""),
    "benchmarks": (plots.benchmarks, ""),
    "load": (plots.load, ""),
    "grafana": (board.board, "board"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Every picture of the documents, drawn anew.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    parser.add_argument("--recorded", action="store_true", help="record nothing, draw what was recorded")
    given = parser.parse_args()
    if unknown := set(given.names) - set(PICTURES):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}: there are {', '.join(PICTURES)}")
    names = given.names or list(PICTURES)
    for name in dict.fromkeys(PICTURES[name][1] for name in names):
        if name and not given.recorded:
            _record(name)
    for name in names:
        draw, data = PICTURES[name]
        draw(*([json.loads((DATA / f"{data}.json").read_text())] if data else []))
    return 0


def _record(name: str) -> None:
    record, program = RECORDERS[name]
    if not (os.environ.get(f"{program.upper()}_BIN") or shutil.which(program)):
        print(f"no {program} here: data/{name}.json is drawn as it was recorded", file=sys.stderr)
        return
    (DATA / f"{name}.json").write_text(json.dumps(record(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    sys.exit(main())

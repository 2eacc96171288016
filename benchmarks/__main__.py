"""Runs all benchmarks one after the other, or some by name: `python -m benchmarks [NAME...]`.

Without a real switch, it skips those that need one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

#: The benchmarks, in order, and whether each needs a FreeSWITCH.
BENCHMARKS = {
    "events": False,
    "idle": False,
    "decisions": False,
    "cluster": False,
    "console": False,
    "pauses": False,
    "strangers": False,
    "store": False,
    "storm": False,
    "page_setup": True,
    "across": True,
    "pages": True,
    "sound": True,
    "messages": True,
    "groups": True,
    "load": True,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Every benchmark in turn, or some by name.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark is called {', '.join(sorted(unknown))}: there are {', '.join(BENCHMARKS)}"
        )
    failed = 0
    for name in names:
        print(f"== {name}", flush=True)
        if BENCHMARKS[name] and not (os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")):
            print("no real switch: put freeswitch on PATH or name it in FREESWITCH_BIN")
            continue
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())

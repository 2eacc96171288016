"""Every benchmark in turn: `python -m benchmarks`. Without a real switch, page_setup is left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: Module and whether it needs a FreeSWITCH.
BENCHMARKS = (("events", False), ("decisions", False), ("store", False), ("page_setup", True))


def main() -> int:
    failed = 0
    for name, needs_switch in BENCHMARKS:
        print(f"== {name}", flush=True)
        if needs_switch and not (os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")):
            print("no real switch: put freeswitch on PATH or name it in FREESWITCH_BIN")
            continue
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())

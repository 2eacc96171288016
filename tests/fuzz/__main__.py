"""Runs targets under atheris, a libFuzzer that observes which code each input runs, one after the other.

    python -m tests.fuzz NAME[,NAME ...] [-max_total_time=SECONDS] [FOLDER ...]

It stops at the first target in which it finds something. It keeps failing inputs as `crash-...` in the
working directory, and useful inputs in the first folder. Put a crash into tests/fuzz/crashes/NAME/, and the
tests will try it from then on.
"""

from __future__ import annotations

import os
import sys

import atheris

with atheris.instrument_imports(include=["controller", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS

for name in sys.argv[1].split(","):
    if os.fork() == 0:
        atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[name])
        atheris.Fuzz()  # it ends the process
    _, status = os.wait()
    if status:
        sys.exit(f"{name}: {os.waitstatus_to_exitcode(status)}")

"""Runs one target under atheris, a libFuzzer that observes which code each input runs.

    python -m tests.fuzz NAME [-max_total_time=SECONDS] [FOLDER ...]

It keeps failing inputs as `crash-...` in the working directory, and useful inputs in the first folder. Put a
crash into tests/fuzz/crashes/NAME/, and the tests will try it from then on.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["controller", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()

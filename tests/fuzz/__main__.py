"""Runs one target under atheris, which is libFuzzer and sees which code each input runs.

    python -m tests.fuzz NAME [-max_total_time=SECONDS] [FOLDER ...]

It keeps what fails as `crash-...` where it is started, and what it finds of use in the first folder. Put a
crash into tests/fuzz/crashes/NAME/, and the tests try it from then on.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["controller", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()

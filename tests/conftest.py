"""Settings for all tests."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    _let_control_c_through()
    _keep_what_is_compiled()
    if not config.getoption("--hypothesis-profile"):
        # the same examples every time, so that a failure belongs to the change with which it comes;
        # for random ones `pytest --hypothesis-profile=default tests/fuzz tests/unit`
        settings.load_profile("same")


def _let_control_c_through() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell without job control makes its background programs ignore SIGINT. Python then installs no handler
    for it, and all programs that a test starts inherit this.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _keep_what_is_compiled() -> None:
    """Let the programs that tests start keep their compiled modules, whatever the environment says.

    There are hundreds of these programs. Each one that has to compile every module takes twice as long.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

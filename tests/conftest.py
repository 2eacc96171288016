"""What every test needs."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    _let_control_c_through()
    if not config.getoption("--hypothesis-profile"):
        # the same examples every time, so that a failure is of the change that it comes with;
        # for others `pytest --hypothesis-profile=default tests/fuzz tests/unit`
        settings.load_profile("same")


def _let_control_c_through() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell without job control ignores SIGINT for what it starts in the background. Python then installs no
    handler for it, and whatever a test starts inherits that it is ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)

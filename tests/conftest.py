"""What every test needs."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start.

    A shell without job control ignores SIGINT for what it starts in the background. Python then installs no
    handler for it, and whatever a test starts inherits that it is ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""Ctrl-C in a command that has something to undo on a switch."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import gevent


@contextmanager
def interruptible() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt in the greenlet that is here, and in no other.

    Python's own handler raises it in whichever is running: if that is the one that reads what the switch
    says, nothing can be undone any more.
    """
    here, before = gevent.getcurrent(), signal.getsignal(signal.SIGINT)
    watcher = gevent.signal_handler(signal.SIGINT, gevent.kill, here, KeyboardInterrupt)
    try:
        yield
    finally:
        watcher.cancel()
        signal.signal(signal.SIGINT, before)  # what has watched it leaves the system's own handler

"""Ctrl-C beside greenlets."""

from __future__ import annotations

import os
import signal

import gevent
import pytest
from gevent.event import Event

from controller.cli.interrupt import interruptible


def press_and_go_on() -> str:
    """A greenlet that is running when Ctrl-C is pressed, and has work to do afterwards."""
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(10):
        gevent.sleep(0)
    return "done"


def test_control_c_ends_the_waiting_greenlet_and_no_other() -> None:
    beside = gevent.spawn(press_and_go_on)
    with pytest.raises(KeyboardInterrupt), interruptible():
        Event().wait(5)
    assert beside.get(timeout=5) == "done"


def test_python_handles_control_c_itself_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible():
        pass
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)

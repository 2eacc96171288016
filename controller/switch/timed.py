"""Measures how long each greenlet waits for the switch: that time is not the controller's own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TypeVar

import structlog
from gevent.local import local

from controller.clock import REAL, Clock
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.outcome import Outcome, Status
from controller.histogram import Histogram
from controller.switch.caller import TOKEN
from controller.switch.queries import Switch

_log = structlog.get_logger(__name__)

T = TypeVar("T", ApiCall, Command)

#: Upper bounds of the histograms of answer times, in seconds. The switch looks for commands at least every
#: 20 ms (listener_run, mod_event_socket.c).
ANSWERS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

#: The token of a page across switches, which is no text for a log.
_TOKEN = re.compile(rf"(?<={TOKEN}=)[0-9a-f]+")

Answers = dict[Status, Histogram]


class TimedSwitch:
    """Passes calls on to a switch, counts and logs them, and adds up how long the calling greenlet waits.

    A call's log entry has the values that its caller has bound (`structlog.contextvars`), such as a page's
    id.
    """

    def __init__(self, switch: Switch, clock: Clock = REAL) -> None:
        self._switch = switch
        self._clock = clock
        #: Answer times by status: of quick commands, and of those that the switch ran in the background.
        self.quick: Answers = {status: Histogram(ANSWERS) for status in Status}
        self.background: Answers = {status: Histogram(ANSWERS) for status in Status}
        self._local = local()

    @property
    def waited(self) -> float:
        """Seconds for which this greenlet has waited for the switch, in total."""
        return getattr(self._local, "seconds", 0.0)

    def count_waiting(self, seconds: float) -> None:
        """Count what this greenlet has waited for others, which have waited for the switch."""
        self._local.seconds = self.waited + seconds

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` in seconds."""
        return self._time(self._switch.api, call, deadline, self.quick)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` in seconds."""
        return self._time(self._switch.bgapi, call, deadline, self.background)

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send any other command; `deadline` in seconds."""
        return self._time(self._switch.send, command, deadline, self.quick)

    def _time(
        self, ask: Callable[[T, float], Outcome], what: T, deadline: float, counted: Answers
    ) -> Outcome:
        began = self._clock.monotonic()
        try:
            outcome = ask(what, deadline)
        finally:
            seconds = self._clock.monotonic() - began
            self._local.seconds = self.waited + seconds
        counted[outcome.status].observe(seconds)
        log = _log.bind()
        if log.is_enabled_for(logging.DEBUG):
            ms = round(1000 * seconds, 1)
            log.debug("command", command=_shown(what), outcome=outcome.status.value, ms=ms)
        return outcome


def _shown(what: ApiCall | Command) -> str:
    if isinstance(what, ApiCall):
        return _TOKEN.sub("***", what.text)
    return " ".join((str(what), *(value for _, value in what.headers)))

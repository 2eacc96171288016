"""A switch that knows how long each greenlet has waited for it, to tell our own time from the switch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from gevent.local import local

from controller.clock import REAL, Clock
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.outcome import Outcome
from controller.paging.meters import Answers, Meters
from controller.paging.survey import Switch

_log = structlog.get_logger(__name__)

T = TypeVar("T", ApiCall, Command)


class TimedSwitch:
    """Passes calls on, counts and logs them, and adds up how long the calling greenlet has waited.

    A call is logged with whatever its caller has bound (`structlog.contextvars`), a page's id for one.
    """

    def __init__(self, switch: Switch, meters: Meters | None = None, clock: Clock = REAL) -> None:
        self._switch = switch
        self._clock = clock
        self.meters = meters or Meters()
        self._local = local()

    @property
    def waited(self) -> float:
        """Seconds that this greenlet has waited for the switch in all."""
        return getattr(self._local, "seconds", 0.0)

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` in seconds."""
        return self._time(self._switch.api, call, deadline, self.meters.quick)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` in seconds."""
        return self._time(self._switch.bgapi, call, deadline, self.meters.background)

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send any other command; `deadline` in seconds."""
        return self._time(self._switch.send, command, deadline, self.meters.quick)

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
        _log.debug("command", command=_shown(what), outcome=outcome.status.value, ms=round(1000 * seconds, 1))
        return outcome


def _shown(what: ApiCall | Command) -> str:
    headers = what.headers if isinstance(what, Command) else ()
    return " ".join((str(what), *(value for _, value in headers)))

"""A switch that knows how long each greenlet has waited for it, to tell our own time from the switch's."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from gevent.local import local

from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.outcome import Outcome
from controller.paging.survey import Switch

T = TypeVar("T")


class TimedSwitch:
    """Passes calls on, and adds up how long the calling greenlet has waited."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._local = local()

    @property
    def waited(self) -> float:
        """Seconds that this greenlet has waited for the switch in all."""
        return getattr(self._local, "seconds", 0.0)

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` in seconds."""
        return self._time(self._switch.api, call, deadline)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` in seconds."""
        return self._time(self._switch.bgapi, call, deadline)

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send any other command; `deadline` in seconds."""
        return self._time(self._switch.send, command, deadline)

    def _time(self, ask: Callable[[T, float], Outcome], what: T, deadline: float) -> Outcome:
        began = monotonic()
        try:
            return ask(what, deadline)
        finally:
            self._local.seconds = self.waited + monotonic() - began

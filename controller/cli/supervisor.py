"""Tells systemd how `serve` is doing, by the protocol of sd_notify(3): a datagram each time."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from functools import partial

import gevent
import structlog

from controller.supervision import Lasting

#: Seconds between two looks at the status.
EVERY = 5.0

_log = structlog.get_logger(__name__)


class Supervisor:
    """Whoever started us and wants to hear (`Type=notify`); nobody, where NOTIFY_SOCKET is not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # "@" stands for the zero byte that begins an abstract address, sd_notify(3)
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        microseconds = int(environment.get("WATCHDOG_USEC") or 0)
        # in seconds; half of the time that systemd allows, as sd_watchdog_enabled(3) asks for
        self.every = min(EVERY, microseconds / 2_000_000) if microseconds else EVERY
        self._watched = bool(microseconds)
        self._work: Lasting | None = None

    @property
    def trouble(self) -> str:
        """Why whoever wants to hear no longer does, in one sentence; else empty."""
        return self._work.trouble if self._work else ""

    def ready(self, status: Callable[[], str], alive: Callable[[], bool]) -> None:
        """It serves. From now on tell `status`, one line, now and then, and that it lives while `alive`.

        Neither may wait long. A process that stands still tells nothing, and is started anew (`WatchdogSec`).
        """
        if self._address:
            self._tell("READY=1", f"STATUS={status()}")
            self._work = Lasting("supervisor", partial(self._go_on, status, alive))
            self._work.start()

    def stopping(self) -> None:
        """It is about to end."""
        if self._work:
            self._work.stop()
        if self._address:
            self._tell("STOPPING=1", "STATUS=Stopping.")

    def _go_on(self, status: Callable[[], str], alive: Callable[[], bool]) -> None:
        while True:
            gevent.sleep(self.every)
            lives = ["WATCHDOG=1"] if self._watched and alive() else []
            self._tell(*lives, f"STATUS={status()}")

    def _tell(self, *lines: str) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            _log.warning("supervisor.not_told", error=str(error))

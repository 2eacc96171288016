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
    """The supervisor that started us (`Type=notify`); none if NOTIFY_SOCKET is not set."""

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
        """Why the supervisor is no longer told, in one sentence; empty if it is."""
        return self._work.trouble if self._work else ""

    def ready(self, status: Callable[[], str], alive: Callable[[], bool]) -> None:
        """Report that it serves; from now on report `status`, one line, and that it lives if `alive`.

        Neither may wait long. A process that stands still tells nothing, and is started anew (`WatchdogSec`).
        """
        if self._address:
            self._tell("READY=1", f"STATUS={status()}")
            self._work = Lasting("supervisor", partial(self._go_on, status, alive))
            self._work.start()

    def stopping(self) -> None:
        """Report that the process is about to end."""
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

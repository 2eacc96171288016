"""`whisperpage serve`: the controller itself."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

#: Seconds after which another thread may run Python. A query of the database takes several turns in a thread;
#: with Python's own 0.005 it would wait so long for each while events are handled.
THREAD_TURN = 0.0005

if TYPE_CHECKING:
    from flask import Flask

    from controller.config import Settings
    from controller.logstream import LogStream
    from controller.web.server import Server


@click.command(epilog="Example: WHISPERPAGE_SWITCH_URL=esl://:secret@127.0.0.1:8021 whisperpage serve")
def serve() -> None:
    """Run the controller beside a FreeSWITCH, until it is told to stop."""
    from controller import logs, settings_sources

    settings = settings_sources.load()
    with logs.writing(settings) as log:
        _serve(settings, log)


def _serve(settings: Settings, stream: LogStream) -> None:
    import gevent
    import structlog
    from gevent.event import Event

    from controller.app import Controller
    from controller.cli import garbage
    from controller.cli.supervisor import Supervisor
    from controller.cli.waiting import Waiting
    from controller.store import schema
    from controller.web.app import build
    from controller.web.feed import Feed
    from controller.web.server import Server
    from controller.web.vitals import Vitals

    log = structlog.get_logger(__name__)
    sys.setswitchinterval(THREAD_TURN)
    address = settings.http_address
    controller = Controller(settings)
    schema.ensure_current(controller.store, lambda text: log.info("database.changed", what=text))
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, told.set)
    vitals = Vitals(controller, stream)
    feed = Feed(controller)
    app = build(controller, vitals, feed)
    servers = [Server(app, address)] if address else []
    if servers:
        vitals.watch("http", lambda: servers[0].trouble)
    if settings.status_socket:
        servers += _local(app, Path(settings.status_socket))
    for server in servers:
        server.start()
    controller.start()
    waiting = Waiting(
        lambda: any(station.link.times_up for station in controller.stations), terminal=sys.stderr.isatty()
    )
    waiting.start()
    garbage.settle()
    supervisor = Supervisor(os.environ)
    vitals.watch("supervisor", lambda: supervisor.trouble)
    supervisor.ready(vitals.summary, lambda: not any(part.fails for part in vitals.alive()))
    told.wait()
    supervisor.stopping()
    waiting.stop()
    feed.close()
    for server in servers:
        server.stop()
    vitals.stop()
    controller.stop()


def _local(app: Flask, path: Path) -> list[Server]:
    """The server for `watch` on this machine; none if it cannot be made, since pages do not need it."""
    import structlog

    from controller.errors import CannotListen
    from controller.web.server import Server

    try:
        return [Server(app, path)]
    except CannotListen as error:
        log = structlog.get_logger(__name__)
        if path.parent.is_dir():
            log.warning("status.not_served", error=str(error))
        else:  # the systemd unit makes the folder; without it no socket is expected
            log.info("status.no_folder", error=str(error))
        return []

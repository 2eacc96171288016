"""`whisperpage serve`: the controller itself."""

from __future__ import annotations

import os
import signal

import click


@click.command(epilog="Example: WHISPERPAGE_SWITCH_URL=esl://:secret@127.0.0.1:8021 whisperpage serve")
def serve() -> None:
    """Run the controller beside a FreeSWITCH, until it is told to stop."""
    import gevent
    import structlog
    from gevent.event import Event

    from controller import config, logs
    from controller.app import Controller
    from controller.cli.supervisor import Supervisor
    from controller.store import schema
    from controller.web.app import build
    from controller.web.server import Server
    from controller.web.vitals import Vitals

    settings = config.load()
    logs.configure(settings)
    log = structlog.get_logger(__name__)
    address = settings.http_address
    controller = Controller(settings)
    schema.ensure_current(controller.store, lambda text: log.info("database.changed", what=text))
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, told.set)
    vitals = Vitals(controller)
    server = Server(build(controller, vitals), address) if address else None
    if server:
        server.start()
    controller.start()
    supervisor = Supervisor(os.environ)
    supervisor.ready(vitals.summary, lambda: not any(part.trouble for part in vitals.alive()))
    told.wait()
    supervisor.stopping()
    if server:
        server.stop()
    vitals.stop()
    controller.stop()

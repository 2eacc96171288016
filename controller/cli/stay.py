"""`whisperpage demo --stay`: the simulated switch and its controller, left running for other commands."""

from __future__ import annotations

import signal
from contextlib import suppress

import click
import gevent
from gevent.event import Event

from controller.cli.program import program
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.simulator.office import DOMAIN
from controller.simulator.scene import PAGER
from controller.simulator.simulated import SimulatedDemo
from controller.store import console
from controller.web.app import build
from controller.web.feed import Feed
from controller.web.server import Server
from controller.web.vitals import Vitals

_TOLD = """
The simulated switch and its controller run on: 1002 talks to the client, 1003 and 1004 are in a conference,
1005 and 1006 are idle, and everybody may page everybody. The console, once for each link, in a browser:

  {receptionist}  as 1001
  {administrator}  as an administrator

In another terminal:

  export WHISPERPAGE_DATABASE_URL={database_url}
  export WHISPERPAGE_SWITCH_URL={switch_url}
  export WHISPERPAGE_HTTP_LISTEN={http_listen}
  export WHISPERPAGE_API_TOKEN={api_token}
  export WHISPERPAGE_STATUS_SOCKET=

  {program} watch                 what is going on
  {program} explain 1001 1003     what would become of a page, and why
  {program} page 1001 1002        a whisper page; `page 1001 1005` is an intercom call
  {program} page 1002 1005 --reverse
  {program} messages send visitor 1002 --from lobby@pbx.test
  {program} pages                 the history
  {program} groups set default --no-whisper-initiate
  {program} doctor
  curl -H "Authorization: Bearer $WHISPERPAGE_API_TOKEN" http://{http_listen}/api/v1/pages

Ctrl-C ends it, and deletes its database."""


def stay_with(office: SimulatedDemo) -> None:
    """Serve HTTP for the office's controller, say how to reach it all, and return at Ctrl-C or SIGTERM."""
    vitals, feed = Vitals(office.controller), Feed(office.controller)
    server = Server(build(office.controller, vitals, feed), ("127.0.0.1", 0))
    vitals.watch("http", lambda: server.trouble)
    server.start()
    told = Event()
    term = gevent.signal_handler(signal.SIGTERM, told.set)
    try:
        office.go_to_work()
        click.echo(
            _TOLD.format(
                database_url=office.settings.database_url,
                switch_url=office.settings.switch_url,
                http_listen=f"127.0.0.1:{server.port}",
                api_token=office.settings.api_token,
                program=program(),
                receptionist=_link(office, server.port, Role.USER),
                administrator=_link(office, server.port, Role.ADMIN),
            )
        )
        with suppress(KeyboardInterrupt):  # the way to end it
            told.wait()
    finally:
        term.cancel()
        feed.close()
        server.stop()
        vitals.stop()


def _link(office: SimulatedDemo, port: int, role: Role) -> str:
    """A link that logs a browser in to the console."""
    with office.controller.store.unit() as unit:
        _, secret = console.invite(unit, UserName(PAGER, DOMAIN), role, by="demo")
        unit.commit()
    return f"http://127.0.0.1:{port}/login/{secret}"

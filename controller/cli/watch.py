"""`whisperpage watch`: what is going on, in a terminal."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from controller.cli.arguments import Number
from controller.errors import ControllerAway, ControllerRefuses

if TYPE_CHECKING:
    from controller.cli.remote import Remote

#: Seconds between two drawings, so that a terminal of a new size is filled.
_DRAWN = 0.25
_HINT = "q ends"
#: Width, in columns, of an output that is not a terminal.
_WIDE = 200


@click.command(epilog="Example: whisperpage watch --once")
@click.option(
    "--url",
    metavar="URL",
    help="The controller's address; else its socket on this machine, or that of http_listen.",
)
@click.option(
    "--every",
    type=Number(0.2, 3600.0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to ask.",
)
@click.option("--once", is_flag=True, help="Show it once.")
@click.option("--json", "as_json", is_flag=True, help="Print it once, as the API's JSON object.")
def watch(url: str | None, every: float, once: bool, as_json: bool) -> None:
    """Show what is going on: switches, pages, the database, the last refusals.

    It asks the controller of this machine by its status_socket, as the controller's own user; otherwise, or
    with --url, by HTTP with the api_token.
    """
    from controller import settings_sources
    from controller.cli.remote import remote

    controller = remote(settings_sources.load(), url)
    if as_json:
        click.echo(json.dumps(controller.status(), indent=2))
    elif once:
        _show(controller)
    elif sys.stdout.isatty():
        _follow(controller, every)
    else:
        raise click.UsageError("To watch needs a terminal: use --once or --json.")


def _show(controller: Remote) -> None:
    from rich.console import Console

    from controller.cli.screen import Screen

    # in a file nothing is cut off
    width = None if sys.stdout.isatty() else _WIDE
    Console(highlight=False, width=width).print(Screen(controller.url, controller.status()))


def _follow(controller: Remote, every: float) -> None:
    from rich.console import Console
    from rich.live import Live

    from controller.cli.screen import Screen

    poller = Poller(controller.status, every)
    poller.start()
    with (
        suppress(KeyboardInterrupt),
        keyboard() as pressed,
        Live(console=Console(highlight=False), screen=True, auto_refresh=False) as live,
    ):
        while True:
            live.update(Screen(controller.url, poller.status, poller.trouble, _HINT), refresh=True)
            if pressed(_DRAWN) in ("q", "Q"):
                return


class Poller(threading.Thread):
    """Asks in a thread of its own, so that drawing and the keyboard never wait for an answer."""

    def __init__(self, ask: Callable[[], dict[str, Any]], every: float) -> None:
        super().__init__(daemon=True)
        self.status: dict[str, Any] | None = None
        self.trouble = ""
        self._ask = ask
        self._every = every

    def run(self) -> None:
        """Ask again and again, until the process ends."""
        while True:
            self.once()
            time.sleep(self._every)

    def once(self) -> None:
        """Ask once. If the controller does not answer, keep why, and forget the old status."""
        try:
            self.status, self.trouble = self._ask(), ""
        except (ControllerAway, ControllerRefuses) as error:
            self.status, self.trouble = None, f"{error} Trying again every {self._every:g} s."


@contextmanager
def keyboard() -> Iterator[Callable[[float], str]]:
    """Single keys: the yielded function waits so many seconds for one, and returns it or nothing."""
    import os
    import select
    import termios
    import tty

    terminal = sys.stdin.fileno()
    if not os.isatty(terminal):
        yield _nobody
        return
    before = termios.tcgetattr(terminal)

    def pressed(seconds: float) -> str:
        ready, _, _ = select.select([terminal], [], [], seconds)
        if not ready:
            return ""
        return os.read(terminal, 1).decode("ascii", "replace") or "q"  # the terminal is gone

    try:
        tty.setcbreak(terminal)
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _nobody(seconds: float) -> str:
    time.sleep(seconds)
    return ""

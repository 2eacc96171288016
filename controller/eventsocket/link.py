"""Keeps one connection to a switch alive, and its owner's picture of the switch whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import gevent
import structlog

from controller.clock import REAL, Clock
from controller.config import SwitchAddress
from controller.errors import EventsRefused, FellBehind, HandlersDied, SwitchError, SwitchUnreachable
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.backoff import Backoff
from controller.eventsocket.commands import Command
from controller.eventsocket.connection import Connection
from controller.eventsocket.dispatcher import Handler
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.tally import Tally
from controller.supervision import Deaths, Lasting

State = Literal["connecting", "up", "down"]

_log = structlog.get_logger(__name__)


class Link:
    """One switch's event socket, kept connected.

    Each time a connection stands, in the link's own greenlet:

    1. It logs in and subscribes. From here on every event that has a handler is queued.
    2. `on_up()` is called: rebuild the picture of the switch, from `show channels` and so on. Commands work.
       If it raises, the connection is dropped and made again.
    3. When it has returned the link is up, and the events queued meanwhile are handled in order, then the new
       ones as they come. So none is missed between picture and events; but the picture may know already what
       an event tells, and `show channels`, which the switch writes behind its events (switch_core_sqldb.c),
       may still show a leg whose end came before the subscription. Handlers take both in their stride.
    4. When the connection has ended no further event is handled, and when the handler at work has finished,
       `on_down(error)` is called, once for each call of `on_up`. Then the link connects again: after 0.2 s at
       first, 2 s at most while nobody answers, and 10 s at most where the switch does not let us in.

    Handlers run one at a time in a greenlet of their own, and may use `api`, `bgapi` and `send`.

    `timeout` is the limit in seconds for each step of connecting, and for the answer to a small question that
    the switch is asked every `probe_every` seconds; so an `api` call that takes the switch longer than that
    may end the connection, and belongs into `bgapi`.
    """

    def __init__(
        self,
        address: SwitchAddress,
        *,
        events: Sequence[str],
        custom: Sequence[str] = (),
        on_up: Callable[[], None],
        on_down: Callable[[SwitchError], None],
        timeout: float = 5.0,
        probe_every: float = 10.0,
        backoff: Backoff | None = None,
        clock: Clock = REAL,
    ) -> None:
        self.address = address
        self._clock = clock
        #: "up" once `on_up` has returned; "down" before `start`, and between two tries.
        self.state: State = "down"
        #: Since when it is up, or is not; in seconds since 1970.
        self.since = clock.time()
        #: Why the link is not up, in one sentence; None while it is up, and before the first try has ended.
        self.error: SwitchError | None = None
        #: How many times it came up.
        self.times_up = 0
        #: How many times a connection was dropped because handlers fell behind the events.
        self.times_behind = 0
        #: The events of all its connections.
        self.tally = Tally()
        subscribed = dict.fromkeys((*events, "BACKGROUND_JOB"))
        self._subscription = commands.subscribe(tuple(subscribed), custom)
        self._handlers: dict[str, list[Handler]] = {name: [] for name in (*subscribed, *custom)}
        self._on_up, self._on_down = on_up, on_down
        self._timeout, self._probe_every = timeout, probe_every
        self._backoff = backoff or Backoff(clock=clock.monotonic)
        self._standing: Connection | None = None  # logged in and subscribed
        self._work = Lasting(f"link {address}", self._run, clock=clock)
        self._deaths = Deaths(clock)  # of what handles the events

    @property
    def queued(self) -> int:
        """How many events wait to be handled."""
        return self._standing.queued if self._standing else 0

    @property
    def running(self) -> bool:
        """Whether it is up or works on it: from `start` to `stop`."""
        return self._work.running

    @property
    def trouble(self) -> str:
        """Why it or what handles its events is not alive, in one sentence; empty if both are."""
        dead = str(self.error) if isinstance(self.error, HandlersDied) else ""
        return self._work.trouble or self._deaths.trouble or dead

    def on(self, name: str, handler: Handler) -> None:
        """Have `handler` called with each event of this name, or CUSTOM event of this subclass.

        It survives reconnects. Raises ValueError for an event that the link does not subscribe to.
        """
        if name not in self._handlers:
            raise ValueError(f"{name} is not among this link's events")
        self._handlers[name].append(handler)
        if self._standing:
            self._standing.register_handle(name, handler)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._work.start()

    def stop(self) -> None:
        """End it for good, handlers and `on_down` included; not to be called by a handler."""
        self._work.stop()

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send a command, such as `commands.execute(...)`; `deadline` is in seconds, for its answer.

        NOT_SENT at once while no connection stands; UNKNOWN when the answer did not come.
        """
        connection = self._standing
        return connection.send(command, deadline) if connection else self._not_sent()

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` is in seconds, for its output. Otherwise as `send`."""
        return self.send(call.foreground(), deadline)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` is in seconds, for its output. Other commands go on meanwhile."""
        connection = self._standing
        return connection.bgapi(call, deadline) if connection else self._not_sent()

    def _not_sent(self) -> Outcome:
        return Outcome(Status.NOT_SENT, str(self.error or f"We are not connected to {self.address} yet."))

    def _run(self) -> None:
        while True:
            self.state, known, ups = "connecting", str(self.error), self.times_up
            connection = Connection(self.address, timeout=self._timeout, tally=self.tally, clock=self._clock)
            for name, handlers in self._handlers.items():
                for handler in handlers:
                    connection.register_handle(name, handler)
            try:
                connection.connect()
                self._subscribe(connection)
                self._standing = connection
                self._on_up()
                self._carry(connection)
            except SwitchError as error:
                connection.close(error)
            except (Exception, gevent.Timeout):  # noqa: BLE001  # on_up's own fault: try again, later
                _log.exception("switch.not_rebuilt", switch=str(self.address))
                connection.close(SwitchError("We could not find out what the switch is doing: see the log."))
            finally:
                self._end(connection)
            if self.times_up == ups and str(self.error) != known:
                _log.warning("switch.not_up", switch=str(self.address), error=str(self.error))
            self._clock.sleep(self._backoff.failed(away=isinstance(self.error, SwitchUnreachable)))

    def _subscribe(self, connection: Connection) -> None:
        outcome = connection.send(self._subscription, self._timeout)
        if outcome.status is Status.REFUSED:
            raise EventsRefused(
                f"The switch at {self.address} refuses us some events ({outcome.text}): "
                f"allow this login in esl-allowed-events what we ask for, {self._subscription}."
            )
        if not outcome.done:
            raise SwitchUnreachable(outcome.text)

    def _carry(self, connection: Connection) -> None:
        """Handle events until the connection ends."""
        if connection.closed.is_set():
            return
        connection.dispatch()
        self.state, self.error, self.since = "up", None, self._clock.time()
        self.times_up += 1
        self._backoff.succeeded()
        while not self._clock.wait(connection.closed, self._probe_every):
            if connection.api(api.status(), self._timeout).status in (Status.UNKNOWN, Status.NOT_SENT):
                connection.close(
                    SwitchUnreachable(f"The switch at {self.address} hangs, or the network is cut.")
                )

    def _end(self, connection: Connection) -> None:
        was_standing, self._standing = self._standing, None
        error = connection.error or SwitchUnreachable(f"We left the switch at {self.address}.")
        if self.state == "up":
            self.since = self._clock.time()
        self.state, self.error = "down", error
        connection.stop()
        if isinstance(error, FellBehind):
            self.times_behind += 1
        if isinstance(error, HandlersDied):
            self._deaths.note()
        if was_standing:
            try:
                self._on_down(error)
            except (Exception, gevent.Timeout):  # noqa: BLE001  # the link goes on
                _log.exception("switch.down_failed", switch=str(self.address))

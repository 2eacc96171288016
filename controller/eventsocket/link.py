"""Keeps a connection to a switch alive, and lets its owner rebuild the state of the switch after each gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import gevent
import structlog

from controller.clock import REAL, Clock
from controller.errors import EventsRefused, FellBehind, HandlersDied, SwitchError, SwitchUnreachable
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.backoff import Backoff
from controller.eventsocket.commands import Command
from controller.eventsocket.connection import Connection
from controller.eventsocket.dispatcher import Handler
from controller.eventsocket.identity import SwitchIdentity
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.reminder import Reminder
from controller.eventsocket.tally import Tally
from controller.supervision import Deaths, Lasting
from controller.switch_address import SwitchAddress

State = Literal["connecting", "up", "down"]

_log = structlog.get_logger(__name__)


class Link:
    """A lasting connection to the event socket of one switch.

    Each time it connects, these steps follow in the link's own greenlet:

    1. The link logs in and subscribes. From now on every event that has a handler is queued.
    2. The link calls the handlers of `on_up`, which read the state of the switch, from `show channels` and so
       on. Commands work from now on. If one raises, the connection is closed and made again.
    3. After their return the link is up. The queued events are handled in order, then new ones as they come.
       So no event after the subscription is missed. But the state may already contain the news of an event,
       and `show channels`, which lags behind the events (switch_core_sqldb.c), may still show a leg that
       ended before the subscription. Handlers must expect both.
    4. When the connection has ended, no further event is handled. After the running handler has finished, the
       link calls the handlers of `on_down`, once for each time that it called those of `on_up`. Then it
       connects again: after 0.2 s at first, after at most 2 s while nobody answers, and after at most 10 s
       while the switch rejects the connection.

    Handlers run one at a time in a greenlet of their own, and may use `api`, `bgapi` and `send`.

    `timeout` is the limit for each step of connecting, in seconds. It is also the limit for the answer to a
    short question that the link asks every `probe_every` seconds. So an `api` call that takes the switch
    longer than `timeout` may end the connection: use `bgapi` for it.
    """

    def __init__(
        self,
        address: SwitchAddress,
        *,
        events: Sequence[str],
        custom: Sequence[str] = (),
        timeout: float = 5.0,
        probe_every: float = 10.0,
        backoff: Backoff | None = None,
        reminder: Reminder | None = None,
        clock: Clock = REAL,
    ) -> None:
        self.address = address
        self._clock = clock
        #: "up" once the handlers of `on_up` have returned; "down" before `start`, and between two tries.
        self.state: State = "down"
        #: The time since which it is up, or is not; in seconds since 1970.
        self.since = clock.time()
        #: The reason why the link is not up; None while it is up, and before the first attempt has ended.
        self.error: SwitchError | None = None
        #: The number of times that it came up.
        self.times_up = 0
        #: The number of connections that were closed because the handlers fell behind the events.
        self.times_behind = 0
        #: Counts the events of all its connections.
        self.tally = Tally()
        subscribed = dict.fromkeys((*events, "BACKGROUND_JOB"))
        self._subscription = commands.subscribe(tuple(subscribed), custom)
        self._handlers: dict[str, list[Handler]] = {name: [] for name in (*subscribed, *custom)}
        self._ups: list[Callable[[], None]] = []
        self._downs: list[Callable[[], None]] = []
        self._timeout, self._probe_every = timeout, probe_every
        self._backoff = backoff or Backoff(clock=clock.monotonic)
        self._reminder = reminder or Reminder(clock=clock.monotonic)
        self._standing: Connection | None = None  # logged in and subscribed
        self._work = Lasting(f"link {address}", self._run, clock=clock)
        self._deaths = Deaths(clock)  # of the dispatchers

    @property
    def queued(self) -> int:
        """The number of events that wait to be handled."""
        return self._standing.queued if self._standing else 0

    @property
    def running(self) -> bool:
        """Whether it is up or connecting: true from `start` to `stop`."""
        return self._work.running

    @property
    def trouble(self) -> str:
        """Why the link or the handling of its events does not run, in one sentence; empty if both run."""
        dead = str(self.error) if isinstance(self.error, HandlersDied) else ""
        return self._work.trouble or self._deaths.trouble or dead

    def on(self, name: str, handler: Handler) -> None:
        """Call `handler` with each event of this name, or with each CUSTOM event of this subclass.

        The handler stays registered after a reconnect. Raises ValueError for an event to which the link does
        not subscribe.
        """
        if name not in self._handlers:
            raise ValueError(f"{name} is not among this link's events")
        self._handlers[name].append(handler)
        if self._standing:
            self._standing.register_handle(name, handler)

    def on_up(self, handler: Callable[[], None]) -> None:
        """Call `handler` each time that the link has subscribed, before it handles any event."""
        self._ups.append(handler)

    def on_down(self, handler: Callable[[], None]) -> None:
        """Call `handler` each time that the link has lost the connection."""
        self._downs.append(handler)

    def start(self) -> None:
        """Start to connect; returns at once."""
        self._work.start()

    def stop(self) -> None:
        """End the link for good, handlers and `on_down` included; a handler must not call this."""
        self._work.stop()

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send a command, such as `commands.execute(...)`; `deadline` for its answer is in seconds.

        The outcome is NOT_SENT at once if there is no connection, and UNKNOWN if no answer came.
        """
        connection = self._standing
        return connection.send(command, deadline) if connection else self._not_sent()

    def identify(self, deadline: float) -> SwitchIdentity:
        """Which switch is connected; `deadline` in seconds. Raises SwitchError."""
        connection = self._standing
        if connection is None:
            raise SwitchUnreachable(self._not_sent().text)
        return connection.identify(deadline)

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` for its output is in seconds. Otherwise like `send`."""
        return self.send(call.foreground(), deadline)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` for its output is in seconds. Other commands do not wait for it."""
        connection = self._standing
        return connection.bgapi(call, deadline) if connection else self._not_sent()

    def _not_sent(self) -> Outcome:
        return Outcome(Status.NOT_SENT, str(self.error or f"We are not connected to {self.address} yet."))

    def _run(self) -> None:
        while True:
            self.state, ups = "connecting", self.times_up
            connection = Connection(self.address, timeout=self._timeout, tally=self.tally, clock=self._clock)
            for name, handlers in self._handlers.items():
                for handler in handlers:
                    connection.register_handle(name, handler)
            try:
                connection.connect()
                self._subscribe(connection)
                self._standing = connection
                for rebuild in self._ups:
                    rebuild()
                self._carry(connection)
            except SwitchError as error:
                connection.close(error)
            except (Exception, gevent.Timeout):  # noqa: BLE001  # a fault in on_up: try again later
                _log.exception("switch.not_rebuilt", switch=str(self.address))
                connection.close(SwitchError("We could not read the state of the switch: see the log."))
            finally:
                self._end(connection)
            self._tell(was_up=self.times_up > ups)
            self._clock.sleep(self._backoff.failed(away=isinstance(self.error, SwitchUnreachable)))

    def _tell(self, *, was_up: bool) -> None:
        """Tell the log that the switch is gone, or still not there; the latter not of each try."""
        if was_up:
            self._reminder.forget()
            _log.warning("switch.down", switch=str(self.address), error=str(self.error))
        elif self._reminder.due(str(self.error)):
            _log.warning("switch.not_up", switch=str(self.address), error=str(self.error))

    def _subscribe(self, connection: Connection) -> None:
        outcome = connection.send(self._subscription, self._timeout)
        if outcome.status is Status.REFUSED:
            raise EventsRefused(
                f"The switch at {self.address} refuses us some events ({outcome.text}): "
                f"allow the events of `{self._subscription}` in esl-allowed-events of this login."
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
                    SwitchUnreachable(f"The switch at {self.address} hangs, or the network is down.")
                )

    def _end(self, connection: Connection) -> None:
        was_standing, self._standing = self._standing, None
        error = connection.error or SwitchUnreachable(f"We disconnected from the switch at {self.address}.")
        if self.state == "up":
            self.since = self._clock.time()
        self.state, self.error = "down", error
        connection.stop()
        if isinstance(error, FellBehind):
            self.times_behind += 1
        if isinstance(error, HandlersDied):
            self._deaths.note()
        for leave in self._downs if was_standing else ():
            try:
                leave()
            except (Exception, gevent.Timeout):  # noqa: BLE001  # the link goes on
                _log.exception("switch.down_failed", switch=str(self.address))

"""One connection to an event socket: greenswitch's InboundESL on our own implementation of the protocol.

greenswitch provides the life of a connection (`connect`, `authenticate`, `stop`) and the registry of handlers
(`register_handle`, `unregister_handle`). This class replaces those parts of greenswitch 0.0.19 that have
defects: it decodes an event before it splits it into lines, so a caller's name can forge headers; it reads
for ever at the end of the stream; it leaves commands waiting when the connection drops; it may send half a
command; and its queue of events for slow handlers has no bound. Here:

- The reader only reads: it frames, pairs answers with commands, and queues the events that have a handler. If
  the queue is full, it closes the connection: a client that does not keep up finally blocks the event socket
  for all other clients of the switch (`event_handler`, mod_event_socket.c).
- Handlers run in another greenlet (`dispatcher`).
- Every command has a deadline and an outcome. When the connection drops, every waiting command ends at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import cast

import gevent
from gevent import socket
from gevent.event import AsyncResult
from gevent.event import Event as Flag
from gevent.lock import BoundedSemaphore
from greenswitch import InboundESL

from controller.clock import REAL, Clock
from controller.errors import (
    HandlersDied,
    LoginRefused,
    SwitchError,
    SwitchRefusedUs,
    SwitchTrouble,
    SwitchUnreachable,
    UnsafeValue,
)
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.dispatcher import Dispatcher, Handler
from controller.eventsocket.events import Event
from controller.eventsocket.identity import SwitchIdentity, identity_in
from controller.eventsocket.opening import open_socket
from controller.eventsocket.outcome import Outcome, Status
from controller.eventsocket.protocol import (
    Answered,
    AuthRequested,
    Disconnected,
    Message,
    Protocol,
    Rejected,
    Sent,
)
from controller.eventsocket.tally import Tally
from controller.precedence import DECISIONS
from controller.switch_address import SwitchAddress

MAX_UNANSWERED_COMMANDS = 1000

_RECEIVE_BYTES = 65536
_JOB = "BACKGROUND_JOB"


class Connection(InboundESL):  # type: ignore[misc]  # greenswitch has no types
    """One connection, used once: `connect`, then `dispatch`, then `stop`, unless it has ended before.

    `timeout` is the limit for each step of connecting, in seconds. `closed` is set when the connection has
    ended, and `error` is the reason. Events are queued from `connect` on, and handled from `dispatch` on.
    """

    def __init__(
        self,
        address: SwitchAddress,
        *,
        timeout: float = 5.0,
        tally: Tally | None = None,
        clock: Clock = REAL,
    ) -> None:
        super().__init__(address.host, address.port, address.password, timeout)
        self.address = address
        self._clock = clock
        self.closed = Flag()
        self.error: SwitchError | None = None
        #: Which switch this is, once an event has said it.
        self.identity: SwitchIdentity | None = None
        self.sock: socket.socket | None = None
        self._protocol = Protocol(self._wants, tally)
        self._sending = BoundedSemaphore()
        self._answers: dict[Sent, AsyncResult[Outcome]] = {}
        self._jobs: dict[str, AsyncResult[Outcome]] = {}
        self._dispatcher = Dispatcher(self._handlers, tally, self._handlers_died, clock)

    # -- connect and close ---------------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect and log in; raises SwitchUnreachable, SwitchRefusedUs, LoginRefused or ProtocolError."""
        try:
            with self._clock.outside():
                self.sock = open_socket(self.address, self.timeout)
            self.connected = True
            self._receive_events_greenlet = gevent.spawn(self.receive_events)
            if not self._clock.wait(self._auth_request_event, self.timeout):
                raise SwitchUnreachable(
                    f"The program that listens at {self.address} is not an event socket: check the port."
                )
            if self.error:
                raise self.error
            self.authenticate()
        except SwitchError as error:
            self.close(error)
            self.error = error  # the reader may have closed it already, with a less exact reason
            raise

    def authenticate(self) -> None:
        """Log in, as a user of the directory if the address names one; called by `connect`."""
        user, password = self.address.user, self.address.password
        try:
            command = commands.userauth(user, password) if user else commands.auth(password)
        except UnsafeValue as error:
            raise LoginRefused(str(error)) from None
        outcome = self.send(command, self.timeout)
        if outcome.status is Status.REFUSED:
            what = f"user {user} or its password" if user else "password"
            raise LoginRefused(f"The switch at {self.address} refused the {what}: check the switch URL.")
        if not outcome.done:
            raise self.error or SwitchUnreachable(outcome.text)

    @property
    def queued(self) -> int:
        """The number of events that wait to be handled."""
        return len(self._dispatcher)

    def dispatch(self) -> None:
        """Start to handle events, beginning with the queued ones."""
        self._dispatcher.start()

    def close(self, error: SwitchError) -> None:
        """End the connection at once with `error`: no further event is handled, and waiting commands end."""
        if self.closed.is_set():
            return
        self.error, self.connected = error, False
        self.closed.set()
        self._auth_request_event.set()
        if self.sock:
            self.sock.close()
        self._dispatcher.stop()
        for waiting in (*self._answers.values(), *self._jobs.values()):
            waiting.set(Outcome(Status.UNKNOWN, str(error)))

    def stop(self) -> None:
        """Log out, end the connection, and wait for the handler that is running (`Dispatcher.join`)."""
        if self.connected:
            self.send(commands.leave(), deadline=1.0)
        self.close(SwitchUnreachable(f"We disconnected from the switch at {self.address}."))
        self._dispatcher.join()

    # -- commands ------------------------------------------------------------------------------------------

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send a command and wait for its answer, at most `deadline` seconds; commands go one by one."""
        answer: AsyncResult[Outcome] = AsyncResult()
        sent: Sent | None = None
        timeout = self._clock.timeout(deadline)
        try:
            with timeout:
                with self._sending:
                    if not self.connected:
                        return Outcome(Status.NOT_SENT, str(self.error or "We are not connected yet."))
                    if self._protocol.unanswered >= MAX_UNANSWERED_COMMANDS:
                        return Outcome(Status.NOT_SENT, f"{self.address} has too many unanswered commands.")
                    sent, data = self._protocol.send(command)
                    self._answers[sent] = answer
                    self._write(data)
                return cast(Outcome, answer.get())
        except gevent.Timeout as expired:
            if expired is not timeout:
                raise
            if sent is None:
                return Outcome(Status.NOT_SENT, f"Other commands took more than {deadline:g} s: {command}.")
            return Outcome(Status.UNKNOWN, f"The switch did not answer within {deadline:g} s: {command}.")

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call and wait for its output, at most `deadline` seconds."""
        return self.send(call.foreground(), deadline)

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call and wait for its output, at most `deadline` seconds.

        The connection must be subscribed to BACKGROUND_JOB.
        """
        until = self._clock.monotonic() + deadline
        job = str(uuid.uuid4())
        output: AsyncResult[Outcome] = AsyncResult()
        self._jobs[job] = output
        try:
            receipt = self.send(call.background(job), deadline)
            if not receipt.done:
                return receipt
            late = Outcome(Status.UNKNOWN, f"The switch did not finish within {deadline:g} s: {call}.")
            left = max(0.0, until - self._clock.monotonic())
            return cast(Outcome, output.get()) if self._clock.wait(output, left) else late
        finally:
            del self._jobs[job]

    def identify(self, deadline: float) -> SwitchIdentity:
        """Which switch this is; `deadline` in seconds. Raises SwitchTrouble.

        The connection must be subscribed to BACKGROUND_JOB: every event says which switch has sent it.
        """
        outcome = self.bgapi(api.status(), deadline)
        if self.identity is None:
            raise SwitchTrouble(f"The switch at {self.address} does not say which one it is: {outcome.text}")
        return self.identity

    def _handlers_died(self) -> None:
        self.close(
            HandlersDied(
                f"The handling of events from {self.address} has died, so the connection was closed: "
                "see the log."
            )
        )

    def _write(self, data: bytes) -> None:
        assert self.sock
        try:
            self.sock.sendall(data)
        except OSError as error:
            self.close(_broken(self.address, error))
        except BaseException:  # the deadline, or the end of this greenlet: half a command may have been sent
            self.close(SwitchUnreachable(f"The switch at {self.address} no longer reads our commands."))
            raise

    # -- the reader ----------------------------------------------------------------------------------------

    def receive_events(self) -> None:
        """Run the reader until the connection ends; the end of the reader closes the connection."""
        assert self.sock
        try:
            while data := self.sock.recv(_RECEIVE_BYTES):
                DECISIONS.give(self._clock)
                self._protocol.receive_data(data)
                while (message := self._protocol.next_message()) is not None:
                    self._take(message)
                self._dispatcher.give_way()  # recv does not yield while bytes arrive
            self._protocol.receive_eof()
        except SwitchError as error:
            self.close(error)
        except OSError as error:
            self.close(_broken(self.address, error))
        finally:
            self.close(SwitchUnreachable(f"The switch at {self.address} closed the connection."))

    def _take(self, message: Message) -> None:
        match message:
            case Event():
                self._queue(message)
            case Answered(sent, outcome):
                if waiting := self._answers.pop(sent, None):
                    waiting.set(outcome)
            case AuthRequested():
                self._auth_request_event.set()
            case Rejected():
                raise SwitchRefusedUs(
                    f"The switch at {self.address} does not accept connections from our address: "
                    "add it to apply-inbound-acl of event_socket.conf.xml."
                )
            case Disconnected(text):
                raise SwitchUnreachable(f"The switch at {self.address} ended the connection: {text}")

    def _queue(self, event: Event) -> None:
        if self.identity is None:
            self.identity = identity_in(event)
        # not left to the dispatcher: a handler may be waiting for this output
        if event.name == _JOB and (output := self._jobs.get(event.get("Job-UUID", ""))):
            output.set(Outcome.of_answer(event.body))
        if self._handlers(event.key):
            self._dispatcher.put(event)

    def _wants(self, key: str) -> bool:
        return bool(self._handlers(key) or (key == _JOB and self._jobs))

    def _handlers(self, key: str) -> Sequence[Handler]:
        return self.event_handlers.get(key) or self.event_handlers.get("*") or ()


def _broken(address: SwitchAddress, error: OSError) -> SwitchUnreachable:
    return SwitchUnreachable(f"The connection to the switch at {address} broke: {error.strerror}.")

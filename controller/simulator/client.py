"""One client of the event socket: its login and subscriptions, its commands, and its queue of events.

The server reads one command, answers it, and then reads the next (listener_run). So an `api` call delays
everything on its connection, events included. Events are sent every 20 ms. `\\n\\n` ends a command.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol
from uuid import uuid4

import gevent
from gevent import socket
from gevent.event import Event as Flag
from gevent.lock import RLock

from controller.simulator import calls, frames
from controller.simulator.events import SwitchEvent
from controller.simulator.faults import Faults
from controller.simulator.logins import Login
from controller.simulator.subscriptions import Subscriptions
from controller.simulator.switch import Switch

#: Seconds between two looks at the queue of events (listener_run).
POLL = 0.02
#: Maximum number of events in a connection's queue (MAX_QUEUE_LEN, switch_types.h).
MAX_QUEUED = 100_000


class Server(Protocol):
    """The part of a server that a client uses."""

    switch: Switch
    password: str
    faults: Faults


class Client:
    """One client; `number` is its place in the order of the server's clients, from 1."""

    def __init__(self, server: Server, sock: socket.socket, number: int) -> None:
        self._number = number
        self._server = server
        self._switch = server.switch
        self._socket = sock
        self.sent = 0
        self._closed = False
        self._busy = RLock()
        self._queue: deque[SwitchEvent] = deque()
        self._queued = Flag()
        self._subscriptions = Subscriptions()
        self._teller: gevent.Greenlet[[], None] | None = None
        self._login = Login("")
        self.authenticated = False

    def run(self) -> None:
        """Serve the client until it leaves."""
        if self._server.faults.refused:
            self._write(frames.rejection())
            return
        self._write(frames.AUTH_REQUEST)
        self._switch.listen(self._hear)
        self._teller = gevent.spawn(self._tell)
        buffer = b""
        while not self._closed:
            while (end := buffer.find(b"\n\n")) >= 0:
                command, buffer = buffer[:end], buffer[end + 2 :]
                if command.strip() and not self._obey(command.strip(b"\n")):
                    return
            data = self._socket.recv(65536)
            if not data:
                return
            buffer += data.replace(b"\r", b"")

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._switch.leave(self._hear)
        if self._teller is not None:
            self._teller.kill(block=False)
        self._socket.close()

    # -- events --------------------------------------------------------------------------------------------

    def _hear(self, event: SwitchEvent) -> None:
        drops = self._server.faults.drops
        if not self.authenticated or not self._subscriptions.wants(event) or (drops and drops(event)):
            return
        if len(self._queue) < MAX_QUEUED:
            self._queue.append(event)
            self._queued.set()

    def _tell(self) -> None:
        try:
            while not self._closed:
                self._queued.wait()
                self._switch.clock.sleep(POLL)
                self._queued.clear()
                with self._busy:
                    self._flush()
        except OSError:
            self.close()

    def _flush(self) -> None:
        if self._server.faults.stalled or self._switch.frozen:
            self._queued.set()  # try again after the next poll
            return
        form, told = self._subscriptions.form, []
        while self._queue:
            event = self._queue.popleft()
            told.append(frames.event(event.json() if form == "json" else event.plain(), form))
        if told:
            self._write(b"".join(told))

    # -- commands ------------------------------------------------------------------------------------------

    def _obey(self, raw: bytes) -> bool:
        """Run one command and answer it; False if the connection ends."""
        faults = self._server.faults
        lines = raw.decode("utf-8", "surrogateescape").split("\n")
        line, headers = lines[0].strip(), _Headers(map(_header, lines[1:]))
        with self._busy:
            if faults.delay:
                self._switch.clock.sleep(faults.delay)
            if faults.before:
                faults.before(line, self._number)
            frame, goes_on = self._answer(line, headers)
            if faults.after:
                faults.after(line, self._number)
            while faults.stalled or self._switch.frozen:
                self._switch.clock.sleep(POLL)
                if self._closed:
                    return False
            self._write(frame)
            if not goes_on:
                self._write(frames.goodbye())
        return goes_on

    def _answer(self, line: str, headers: _Headers) -> tuple[bytes, bool]:
        verb, _, rest = line.partition(" ")
        if verb in ("exit", "..."):
            return frames.reply("+OK bye"), False
        if not self.authenticated:
            return self._log_in(verb, rest)
        if verb == "api":
            return self._api(rest), True
        if verb == "bgapi":
            return self._bgapi(rest, headers.find("job-uuid")), True
        return frames.reply(self._command(verb, rest, headers)), True

    def _log_in(self, verb: str, rest: str) -> tuple[bytes, bool]:
        if verb == "userauth":
            user, _, password = rest.partition(":")
            login = self._switch.configuration.logins.get(user)
            if login is None or login.password != password:
                return frames.reply("-ERR invalid"), False
            self._login = login
        elif verb != "auth":
            return frames.reply("-ERR command not found"), True
        elif rest != self._server.password:
            return frames.reply("-ERR invalid"), False
        self.authenticated = True
        return frames.reply("+OK accepted", self._login.told() if verb == "userauth" else ""), True

    def _command(self, verb: str, rest: str, headers: _Headers) -> str:
        words = rest.split()
        match verb:
            case "event" | "events" | "myevents":
                if not self._login.may_hear(words):
                    return "-ERR permission denied"
                if verb == "myevents" or not self._subscriptions.add(words):
                    return "-ERR no keywords supplied"
                return f"+OK event listener enabled {self._subscriptions.form}"
            case "nixevent":
                return (
                    "+OK events nixed" if self._subscriptions.remove(words) else "-ERR no keywords supplied"
                )
            case "noevents":
                was = self._subscriptions.clear()
                return "+OK no longer listening for events" if was else "-ERR not listening for events"
            case "filter":
                return self._filter(words)
            case "sendmsg":
                return self._send_message(words, headers)
            case "sendevent":
                return self._send_event(rest, headers)
            case "nolog" | "linger" | "nolinger" | "noop":
                return "+OK"
        self._switch.unknown.append(f"command {verb} {rest}".rstrip())
        return "-ERR command not found"

    def _filter(self, words: list[str]) -> str:
        filters = self._subscriptions.filters
        if words[:1] == ["delete"] and len(words) >= 2:
            value = " ".join(words[2:])
            filters[:] = [each for each in filters if each[0] != words[1] or value not in ("", each[1])]
            return f"+OK filter deleted. [{words[1]}][{value}]"
        if words[:1] == ["add"]:
            words = words[1:]
        if len(words) < 2:
            return "-ERR invalid syntax"
        filters.append((words[0], " ".join(words[1:])))
        return f"+OK filter added. [{words[0]}]=[{filters[-1][1]}]"

    def _send_message(self, words: list[str], headers: _Headers) -> str:
        """`call-command: execute` (parse_command; switch_ivr_parse_event, switch_ivr.c)."""
        channel = self._switch.locate(words[0]) if words else None
        if channel is None:
            return f"-ERR invalid session id [{words[0] if words else ''}]"
        command = headers.find("call-command")
        if command == "execute":
            calls.queue(channel, headers.find("execute-app-name"), headers.find("execute-app-arg"))
        elif command == "hangup":
            calls.hang_up(self._switch, channel, headers.find("hangup-cause", "NORMAL_CLEARING"))
        else:
            self._switch.unknown.append(f"sendmsg {command}")
        return "+OK"

    def _send_event(self, name: str, headers: _Headers) -> str:
        """Fire the client's event for the switch's modules and all listeners (parse_command)."""
        if name == "PRESENCE_IN":
            self._switch.presence.tell({key.lower(): value for key, value in headers.items()})
        subclass = headers.pop("Event-Subclass", "") if name == "CUSTOM" else ""
        self._switch.fire(self._switch.event(name, headers.items(), subclass))
        return f"+OK {uuid4()}"

    def _api(self, text: str) -> bytes:
        name, _, argument = text.strip().partition(" ")
        if name in self._server.faults.denied or not self._login.may_call(name, argument):
            return frames.reply("-ERR permission denied")
        return frames.output(self._switch.call(name, argument.strip()))

    def _bgapi(self, text: str, wanted: str) -> bytes:
        name, _, argument = text.strip().partition(" ")
        if name in self._server.faults.denied or not self._login.may_call(name, argument):
            return frames.reply("-ERR permission denied")
        job = wanted or str(uuid4())
        switch = self._switch

        def run() -> None:
            about = [("Job-UUID", job), ("Job-Command", name)]
            if argument:
                about.append(("Job-Command-Arg", argument))
            body = switch.call(name, argument.strip())
            event = switch.event("BACKGROUND_JOB", about)
            event.body = body
            switch.fire(event)

        switch.spawn(run)
        return frames.reply(f"+OK Job-UUID: {job}", f"Job-UUID: {job}\n")

    def _write(self, data: bytes) -> None:
        limit = self._server.faults.cut_after
        if limit is not None and self.sent + len(data) >= limit:
            data = data[: max(limit - self.sent, 0)]
            self._socket.sendall(data)
            raise ConnectionAbortedError("cut on request")
        self._socket.sendall(data)
        self.sent += len(data)


class _Headers(dict[str, str]):
    """A command's headers as they were sent: an event that it makes has them so."""

    def find(self, name: str, default: str = "") -> str:
        """A header's value; case does not count (switch_event_get_header, switch_event.c)."""
        return next((value for key, value in self.items() if key.lower() == name), default)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()

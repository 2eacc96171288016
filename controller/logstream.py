"""A stream for the log, of which no write waits and none raises.

What is written waits in memory, and one thread of the system passes it on. So nothing stops who writes: not a
pipe that nobody reads, not a full disk, not a reader that has died. Where there is one event loop, that would
stop everything. What cannot be passed on is lost, and counted.
"""

from __future__ import annotations

import errno
import io
import os
import select
import threading
from queue import SimpleQueue
from time import monotonic
from typing import TextIO

#: Bytes that may wait to be passed on. What is written past that is lost.
ROOM = 4 * 1024 * 1024
#: Seconds for which what reads the log may take nothing before that is a trouble.
PATIENCE = 10.0

#: What the system says of a stream that will never take anything again.
_GONE = frozenset({errno.EPIPE, errno.EBADF, errno.ECONNRESET, errno.ENOTCONN})


class LogStream(io.TextIOBase):
    """Passes what is written on to a file, a pipe or a terminal: to `target`, by its file descriptor.

    Each `write` is one entry. It may be used from any thread. Where there is no target, all is lost.
    """

    def __init__(self, target: TextIO | None) -> None:
        self._target = target
        self._file = _descriptor(target)
        self._lock = (
            threading.RLock()
        )  # for the counts; a handler of the interpreter may write within a write
        self._entries: SimpleQueue[bytes | None] = SimpleQueue()
        self._taken = self._passed_on = 0  # bytes, counted by who writes and by the thread
        self._left_out = self._failed = 0  # entries, likewise
        self._error: OSError | None = None  # of the last entry
        self._worked = self._torn = self._ended = False
        self._began: float | None = None  # to pass on the entry at hand
        self._thread = threading.Thread(target=self._pass_on, name="log", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Entries that were not passed on, or in part only."""
        return self._left_out + self._failed

    @property
    def trouble(self) -> str:
        """Why the log is not written at the moment, in one sentence; empty if it is."""
        began, error = self._began, self._error
        if not (self._ended or self._thread.is_alive()):
            return "The log is no longer written: its thread has died."
        if error is not None:
            return (
                f"The log cannot be written ({os.strerror(error.errno or 0)}); {self.lost} entries are lost."
            )
        if began is not None and (waits := monotonic() - began) > PATIENCE:
            return f"What reads the log has taken nothing for {waits:.0f} s; {self.lost} entries are lost."
        return ""

    @property
    def broke(self) -> bool:
        """Whether it was written once and never will be again, but perhaps by a new process."""
        gone = self._error is not None and self._error.errno in _GONE
        return self._worked and (gone or not (self._ended or self._thread.is_alive()))

    def write(self, text: str, /) -> int:
        """Have an entry passed on; returns at once."""
        entry = text.encode(errors="backslashreplace")
        with self._lock:
            if self._ended or self._taken - self._passed_on + len(entry) > ROOM:
                self._left_out += 1
            else:
                self._taken += len(entry)
                self._entries.put(entry)
        return len(text)

    def drain(self, deadline: float) -> None:
        """Take nothing more, and wait until all is passed on, for at most `deadline` seconds."""
        with self._lock:
            self._ended = True
            self._entries.put(None)
        self._thread.join(deadline)

    def flush(self) -> None:
        """Nothing: to wait is what this is not to do."""

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """Whether the target is a terminal."""
        return self._target is not None and self._target.isatty()

    def fileno(self) -> int:
        """The target's."""
        return self._file

    # -- the thread ----------------------------------------------------------------------------------------

    def _pass_on(self) -> None:
        for entry in iter(self._entries.get, None):
            self._began = monotonic()
            try:
                self._write_out(entry)
            except OSError as error:
                self._failed += 1
                self._error = error
            else:
                self._worked, self._error = True, None
            self._began = None
            self._passed_on += len(entry)

    def _write_out(self, entry: bytes) -> None:
        """Write the whole of an entry; if the last one was not, on a line of its own."""
        rest = memoryview(b"\n" + entry if self._torn else entry)
        whole = len(rest)
        try:
            while rest:
                try:
                    rest = rest[os.write(self._file, rest) :]
                except BlockingIOError:  # another program has made it so that it does not wait
                    _wait_for_room(self._file)
        finally:
            self._torn = 0 < len(rest) < whole or (self._torn and len(rest) == whole)


def _wait_for_room(file: int) -> None:
    """Wait until it takes something, or will never more, for at most a second."""
    look = select.poll()
    look.register(file, select.POLLOUT)
    look.poll(1000)


def _descriptor(target: TextIO | None) -> int:
    """Its file descriptor, or one that no file has."""
    try:
        return target.fileno() if target else -1
    except (OSError, ValueError):  # it is closed, or no file
        return -1

"""A stream for the log whose writes never wait and never raise.

Entries wait in memory, and one thread of the system writes them. So nothing stops the caller: not a pipe that
nobody reads, not a full disk, and not a reader that has died. With one event loop, any of these would stop
everything. An entry that cannot be written is lost and counted.
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

#: The bytes that may wait in memory; entries beyond that are lost.
ROOM = 4 * 1024 * 1024
#: Seconds for which the reader of the log may read nothing before that counts as trouble.
PATIENCE = 10.0

#: The errors of a stream that will never accept data again.
_GONE = frozenset({errno.EPIPE, errno.EBADF, errno.ECONNRESET, errno.ENOTCONN})


class LogStream(io.TextIOBase):
    """Writes entries to `target`, a file, a pipe or a terminal, by its file descriptor.

    Each `write` is one entry. It may be used from any thread. Without a target, all entries are lost.
    """

    def __init__(self, target: TextIO | None) -> None:
        self._target = target
        self._file = _descriptor(target)
        self._lock = (
            threading.RLock()
        )  # for the counts; a handler of the interpreter may write during a write
        self._entries: SimpleQueue[bytes | None] = SimpleQueue()
        self._taken = self._passed_on = 0  # bytes, counted by the callers and by the thread
        self._left_out = self._failed = 0  # entries, counted in the same way
        self._error: OSError | None = None  # of the last entry
        self._worked = self._torn = self._ended = False
        self._began: float | None = None  # when the writing of the present entry began
        self._thread = threading.Thread(target=self._pass_on, name="log", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """The number of entries that were not written, or only in part."""
        return self._left_out + self._failed

    @property
    def trouble(self) -> str:
        """Why the log cannot be written at present, in one sentence; empty if it can."""
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
        """Whether the log worked once, but can be written again only by a new process."""
        gone = self._error is not None and self._error.errno in _GONE
        return self._worked and (gone or not (self._ended or self._thread.is_alive()))

    def write(self, text: str, /) -> int:
        """Queue an entry for writing; returns at once."""
        entry = text.encode(errors="backslashreplace")
        with self._lock:
            if self._ended or self._taken - self._passed_on + len(entry) > ROOM:
                self._left_out += 1
            else:
                self._taken += len(entry)
                self._entries.put(entry)
        return len(text)

    def drain(self, deadline: float) -> None:
        """Accept no further entries, and wait at most `deadline` seconds until all are written."""
        with self._lock:
            self._ended = True
            self._entries.put(None)
        self._thread.join(deadline)

    def flush(self) -> None:
        """Do nothing, since this stream must not wait."""

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Whether the target is a terminal."""
        return self._target is not None and self._target.isatty()

    def fileno(self) -> int:
        """The target's file descriptor."""
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
        """Write a whole entry; begin a new line if the last entry was cut off."""
        rest = memoryview(b"\n" + entry if self._torn else entry)
        whole = len(rest)
        try:
            while rest:
                try:
                    rest = rest[os.write(self._file, rest) :]
                except BlockingIOError:  # another program has made it non-blocking
                    _wait_for_room(self._file)
        finally:
            self._torn = 0 < len(rest) < whole or (self._torn and len(rest) == whole)


def _wait_for_room(file: int) -> None:
    """Wait at most one second until a file accepts data, or will never accept any."""
    look = select.poll()
    look.register(file, select.POLLOUT)
    look.poll(1000)


def _descriptor(target: TextIO | None) -> int:
    """The target's file descriptor, or an invalid one."""
    try:
        return target.fileno() if target else -1
    except (OSError, ValueError):  # it is closed, or not a file
        return -1

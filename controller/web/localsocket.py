"""A Unix domain socket that only its owner can open (mode 0600)."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

from controller.errors import CannotListen

#: Connections that the system keeps until we accept them.
BACKLOG = 20


def listen(path: Path) -> socket:
    """Listen at a path. A socket there that nobody serves any more is replaced. Raises CannotListen.

    The socket is made under another name and then renamed. So it never exists with another mode, and the old
    one stays until the new one listens.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}")
    listening = socket(AF_UNIX, SOCK_STREAM)
    try:
        _refuse_taken(path)
        with suppress(FileNotFoundError):
            new.unlink()
        mask = os.umask(0o177)
        try:
            listening.bind(str(new))
        finally:
            os.umask(mask)
        listening.listen(BACKLOG)
        new.rename(path)
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"The status cannot be served at {path} ({error.strerror or error}): "
            "set status_socket to another path, or to nothing for no such socket."
        ) from None
    return listening


def remove(path: Path) -> None:
    """Remove the socket's file, if it is there."""
    with suppress(OSError):
        path.unlink()


def _refuse_taken(path: Path) -> None:
    """Raise OSError if the path is a file that is no socket, or a socket that somebody serves."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(0, "a file is there that is no socket")
    with socket(AF_UNIX, SOCK_STREAM) as asking, suppress(ConnectionRefusedError):
        asking.settimeout(1)
        asking.connect(str(path))
        raise FileExistsError(0, "another controller serves it")

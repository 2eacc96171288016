"""The laboratory for tests: the real switch and the phone switch."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from controller.laboratory.lab import Lab
from controller.laboratory.office import PBX_ESL
from tests.live.office import wait_for
from tests.live.own import freeswitch


@contextmanager
def laboratory(make: Callable[[str], Lab] = Lab) -> Iterator[Lab]:
    """A laboratory that is up, once its ports are free; skips the test if there is no switch to start.

    `make` gets the folder of the project's dialplan.
    """
    freeswitch()
    wait_for(lambda: not _listens(PBX_ESL), f"port {PBX_ESL}, which another program has", 120)
    with ExitStack() as stack:
        lab = stack.enter_context(make(str(Path(__file__).parents[2] / "dialplan")))
        stack.callback(lambda: lab.pbx.sock.close())  # the present one, since a test may restart the PBX
        stack.callback(lab.phone_switch.sock.close)
        yield lab


def _listens(port: int) -> bool:
    """Whether a program listens on a port. It does not connect, which would cost a switch 0.8 MB each time.

    (MAX_QUEUE_LEN pointers for its events, which mod_event_socket.c lays out for each connection.)
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # whatever sockets linger there
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False

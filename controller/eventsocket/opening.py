"""The TCP connection to an event socket, and the reasons why there is none."""

from __future__ import annotations

import gevent
from gevent import socket

from controller.errors import SwitchUnreachable
from controller.switch_address import SwitchAddress


def open_socket(address: SwitchAddress, timeout: float) -> socket.socket:
    """Connect to an event socket, in at most `timeout` seconds; raises SwitchUnreachable with the remedy."""
    try:
        with gevent.Timeout(timeout, TimeoutError()):  # resolving the name has no timeout of its own
            sock = socket.create_connection((address.host, address.port), timeout)
    except ConnectionRefusedError:
        why = "Nothing listens there: start FreeSWITCH, or check listen-ip in event_socket.conf.xml"
    except TimeoutError:
        why = f"Nothing answered within {timeout:g} s: check the address and the firewalls on the way"
    except socket.gaierror:
        why = "Its host name is unknown: check the switch URL"
    except OSError as error:
        why = f"{error.strerror}: check the switch URL"
    else:
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise SwitchUnreachable(f"{address} cannot be reached. {why}.")

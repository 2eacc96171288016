"""The TCP connection, and the reasons why there is none."""

from __future__ import annotations

import gevent
import pytest
from gevent import socket

from controller.errors import SwitchUnreachable
from controller.eventsocket import opening as module
from controller.eventsocket.opening import open_socket
from controller.switch_address import SwitchAddress


def test_a_port_where_nothing_listens_is_reported():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(
        SwitchUnreachable, match=rf"127.0.0.1:{port} .*Nothing listens there: start FreeSWITCH"
    ):
        open_socket(SwitchAddress("127.0.0.1", port, "x"), 5)


def test_a_host_that_does_not_answer_is_reported(monkeypatch):
    monkeypatch.setattr(module.socket, "create_connection", lambda *_: gevent.sleep(60))
    with pytest.raises(SwitchUnreachable, match=r"192.0.2.1:8021 .*Nothing answered within 0.01 s"):
        open_socket(SwitchAddress("192.0.2.1", 8021, "x"), 0.01)


def test_an_unknown_host_name_is_reported(monkeypatch):
    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(module.socket, "create_connection", unknown)
    with pytest.raises(SwitchUnreachable, match="Its host name is unknown"):
        open_socket(SwitchAddress("pbx.invalid", 8021, "x"), 5)


def test_another_trouble_of_the_network_is_reported(monkeypatch):
    def unreachable(*_):
        raise OSError(113, "No route to host")

    monkeypatch.setattr(module.socket, "create_connection", unreachable)
    with pytest.raises(SwitchUnreachable, match="No route to host"):
        open_socket(SwitchAddress("192.0.2.1", 8021, "x"), 5)

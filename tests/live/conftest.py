"""A real switch, a bank of phones and the controller, for the tests that `make live` runs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.office import Office, wait_for
from tests.live.own import LEFT_OUT, address, freeswitch
from tests.switchlab import PBX_ESL, Lab


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)


def pytest_report_header() -> str:
    own = address()
    if own is None:
        return "switch: the laboratory's"
    return f"switch: {own}: the wire's contract, doctor and doctor --audio; every other test is {LEFT_OUT}"


def listens(port: int) -> bool:
    """Whether a program listens there. It is not connected to: that costs a switch 0.8 MB a time.

    (MAX_QUEUE_LEN pointers for its events, which mod_event_socket.c lays out for each connection.)
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # no matter what lingers there
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The laboratory, up for one module: the next one may break it, or have other controllers."""
    freeswitch()
    wait_for(lambda: not listens(PBX_ESL), f"port {PBX_ESL}, which another program has", 120)
    with ExitStack() as stack:
        running = stack.enter_context(Lab(dialplan=str(Path(__file__).parents[2] / "dialplan")))
        stack.callback(lambda: running.pbx.sock.close())  # whichever it is by then: a test restarts the PBX
        stack.callback(running.bank.sock.close)
        yield running


@pytest.fixture(scope="module")
def whole_module(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office(lab, tmp_path_factory.mktemp("controller")) as running:
        yield running


@pytest.fixture
def office(whole_module: Office) -> Iterator[Office]:
    """The lab with a controller that permits everything; every call is over after the test."""
    whole_module.open()
    yield whole_module
    whole_module.close_up()

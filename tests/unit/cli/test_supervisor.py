"""The notifications to systemd, on a datagram socket like its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent import socket
from structlog.testing import capture_logs

from controller.cli import supervisor as module
from controller.cli.supervisor import Supervisor


class Systemd:
    """The side of systemd; `address` is as in NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0"))
        self._socket.settimeout(60)

    def hears(self) -> list[str]:
        """The lines of the next datagram."""
        return self._socket.recv(4096).decode().split("\n")

    def nothing_comes(self) -> bool:
        """Whether nothing comes for a while."""
        self._socket.settimeout(0.05)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    systemd = Systemd(str(tmp_path / "notify") if request.param == "file" else f"@{tmp_path}/notify")
    yield systemd
    systemd.close()


@pytest.fixture
def started(systemd: Systemd) -> Iterator[Callable[..., Supervisor]]:
    """A function that makes a supervisor that has started."""
    supervisors = []

    def start(alive: Callable[[], bool] = lambda: True, **environment: str) -> Supervisor:
        supervisor = Supervisor({"NOTIFY_SOCKET": systemd.address, **environment})
        supervisors.append(supervisor)
        supervisor.ready(lambda: "Ready: 2 pages.", alive)
        return supervisor

    yield start
    for supervisor in supervisors:
        supervisor.stopping()


def test_the_start_is_notified(systemd: Systemd, started: Callable[..., Supervisor]) -> None:
    started()
    assert systemd.hears() == ["READY=1", "STATUS=Ready: 2 pages."]


def test_the_status_is_notified_again_and_again(
    systemd: Systemd, started: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.005)
    started()
    systemd.hears()
    assert [systemd.hears(), systemd.hears()] == [["STATUS=Ready: 2 pages."]] * 2


def test_a_watchdog_is_notified_twice_as_often_as_needed(
    systemd: Systemd, started: Callable[..., Supervisor]
) -> None:
    started(WATCHDOG_USEC="20000")
    systemd.hears()
    with gevent.Timeout(module.EVERY):
        assert "WATCHDOG=1" in systemd.hears()
    assert Supervisor({"WATCHDOG_USEC": "3000000"}).every == 1.5
    assert Supervisor({"WATCHDOG_USEC": "600000000"}).every == module.EVERY


def test_a_watchdog_is_not_notified_by_an_unhealthy_process(
    systemd: Systemd, started: Callable[..., Supervisor]
) -> None:
    started(lambda: False, WATCHDOG_USEC="20000")
    systemd.hears()
    assert systemd.hears() == ["STATUS=Ready: 2 pages."]


def test_the_end_is_notified_and_nothing_after_it(
    systemd: Systemd, started: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.005)
    supervisor = started()
    supervisor.stopping()
    heard = [systemd.hears()]
    while heard[-1][0] != "STOPPING=1":
        heard.append(systemd.hears())
    assert systemd.nothing_comes()


def test_without_a_supervisor_nothing_is_notified() -> None:
    supervisor = Supervisor({})
    with capture_logs() as logs:
        supervisor.ready(lambda: 1 / 0, lambda: True)  # type: ignore[arg-type, return-value]
        supervisor.stopping()
    assert logs == []


def test_a_missing_supervisor_does_not_end_the_process(
    systemd: Systemd, started: Callable[..., Supervisor]
) -> None:
    systemd.close()
    with capture_logs() as logs:
        started()
    assert [entry["event"] for entry in logs] == ["supervisor.not_told"]

"""The event socket over TLS: the two configurations in stunnel/, with Debian's stunnel and a real switch."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.live.office import wait_for
from tests.live.pbx import SECRETS, TOP, Pbx, settings, whisperpage
from tests.live.sipphone import free_port

STUNNEL = shutil.which("stunnel4") or shutil.which("stunnel")
pytestmark = pytest.mark.skipif(STUNNEL is None, reason="no stunnel: apt-get install stunnel4")

SECRET = "0123456789abcdef" * 4


class Wire:
    """A port that passes everything on to another port, and keeps all bytes."""

    def __init__(self, to: int) -> None:
        self.seen = b""
        self._to = to
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._run(self._accept, self._sockets[0])

    def close(self) -> None:
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()

    def _run(self, what: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=what, args=arguments))
        self._threads[-1].start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [near, far]
                self._run(self._pass, near, far)
                self._run(self._pass, far, near)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self.seen += data
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@contextmanager
def stunnel(folder: Path, name: str, secret: str, accept: int, connect: int) -> Iterator[None]:
    """Run stunnel/NAME.conf with these ports and this secret, as this user."""
    key = folder / f"{name}.psk"
    key.touch(0o600)
    key.write_text(f"whisperpage:{secret}\n")
    text = (TOP / "stunnel" / f"{name}.conf").read_text()
    for pattern, instead in (
        (r"^set[ug]id = .*$", ""),
        (r"^accept = .*$", f"accept = 127.0.0.1:{accept}"),
        (r"^connect = .*$", f"connect = 127.0.0.1:{connect}"),
        (r"^PSKsecrets = .*$", f"PSKsecrets = {key}"),
    ):
        text, times = re.subn(pattern, instead, text, flags=re.M)
        assert times, pattern
    (folder / f"{name}.conf").write_text(text)
    with tunnel(folder / f"{name}.conf"):
        yield


@contextmanager
def tunnel(configuration: Path) -> Iterator[None]:
    log = configuration.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen([str(STUNNEL), str(configuration)], stdout=out, stderr=out)
    try:
        wait_for(lambda: b"Configuration successful" in log.read_bytes(), "stunnel", 10)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def environment(pbx: Pbx, tmp_path: Path) -> dict[str, str]:
    """The environment of a controller whose switch_url is the port of its own stunnel."""
    environment = settings(pbx, tmp_path)
    whisperpage(environment, "db", "upgrade")
    url = tmp_path / "switch_url"
    url.write_text(url.read_text().replace(str(pbx.esl), str(free_port())))
    return environment


def near(environment: dict[str, str]) -> int:
    """The port in the controller's switch_url."""
    return int(Path(environment["WHISPERPAGE_SWITCH_URL_FILE"]).read_text().rpartition(":")[2])


def doctor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return whisperpage(environment, "doctor")


def test_a_controller_talks_to_its_switch_and_the_wire_shows_nothing(
    pbx: Pbx, environment: dict[str, str], tmp_path: Path
) -> None:
    far = free_port()
    with ExitStack() as stack:
        wire = Wire(far)
        stack.callback(wire.close)
        stack.enter_context(stunnel(tmp_path, "switch", SECRET, far, pbx.esl))
        stack.enter_context(stunnel(tmp_path, "controller", SECRET, near(environment), wire.port))
        done = doctor(environment)
        assert "ok   switch" in done.stdout, done.stdout + done.stderr
    assert len(wire.seen) > 1000
    for word in (b"Content-Type", b"userauth", SECRETS["controller_password"].encode(), SECRET.encode()):
        assert word not in wire.seen


def test_without_the_secret_nobody_gets_to_the_event_socket(
    pbx: Pbx, environment: dict[str, str], tmp_path: Path
) -> None:
    far = free_port()
    with ExitStack() as stack:
        stack.enter_context(stunnel(tmp_path, "switch", SECRET, far, pbx.esl))
        stack.enter_context(stunnel(tmp_path, "controller", SECRET[::-1], near(environment), far))
        assert "FAIL switch" in doctor(environment).stdout
        plain = stack.enter_context(socket.create_connection(("127.0.0.1", far)))
        plain.sendall(b"auth ClueCon\n\n")
        with suppress(ConnectionResetError):
            assert b"Content-Type" not in plain.recv(1000)


def test_the_controller_sends_nothing_to_a_program_that_poses_as_its_switch(
    pbx: Pbx, environment: dict[str, str], tmp_path: Path
) -> None:
    """It has a certificate, as is usual with TLS, and offers every version of TLS."""
    far = free_port()
    certificate, impostor = tmp_path / "impostor.pem", tmp_path / "impostor.conf"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=switch"
    made = subprocess.run([*command.split(), "-keyout", "-"], check=True, capture_output=True)
    certificate.write_bytes(made.stdout)
    impostor.write_text(
        f"foreground = yes\npid =\n[impostor]\naccept = 127.0.0.1:{far}\n"
        f"connect = 127.0.0.1:{pbx.esl}\ncert = {certificate}\n"
    )
    with ExitStack() as stack:
        stack.enter_context(tunnel(impostor))
        trusting = ssl._create_unverified_context()
        plain = stack.enter_context(socket.create_connection(("127.0.0.1", far)))
        assert b"auth/request" in stack.enter_context(trusting.wrap_socket(plain)).recv(1000)
        stack.enter_context(stunnel(tmp_path, "controller", SECRET, near(environment), far))
        assert "FAIL switch" in doctor(environment).stdout

"""Asking a controller over HTTP."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from controller.cli import remote as module
from controller.cli.remote import Remote, remote
from controller.config import Settings
from controller.errors import ControllerAway, ControllerRefuses, SettingsError
from tests.unit.cli.controllers import TOKEN, Controller, answering


@pytest.fixture
def controller() -> Iterator[Controller]:
    with answering() as controller:
        yield controller


def test_the_status_is_asked_for_with_the_token(controller: Controller) -> None:
    assert Remote(controller.url, TOKEN).status()["version"] == "0.1.0"
    assert controller.asked == [("/api/v1/status", f"Bearer {TOKEN}")]


def test_a_controller_may_be_behind_a_path(controller: Controller) -> None:
    Remote(f"{controller.url}/paging/", TOKEN).status()
    assert controller.asked[0][0] == "/paging/api/v1/status"


@pytest.mark.parametrize(
    ("code", "told"), [(401, "another api_token"), (403, "its own api_token"), (404, "set api_token there")]
)
def test_a_refusing_controller_is_reported_with_what_to_do(
    controller: Controller, code: int, told: str
) -> None:
    controller.code = code
    with pytest.raises(ControllerRefuses, match=told):
        Remote(controller.url, TOKEN).status()


@pytest.mark.parametrize(("code", "body"), [(200, "<html>"), (200, "[]"), (200, ""), (500, "{}"), (503, "x")])
def test_another_program_at_the_address_is_reported(controller: Controller, code: int, body: str) -> None:
    controller.code, controller.body = code, body
    with pytest.raises(ControllerAway, match=f"is no controller, or is in trouble .HTTP {code}"):
        Remote(controller.url, TOKEN).status()


def test_a_missing_controller_is_one_sentence() -> None:
    with pytest.raises(ControllerAway, match=r"does not answer \(Connection refused\): see whether it runs"):
        Remote("http://127.0.0.1:1", TOKEN).status()


def test_a_controller_that_hangs_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ControllerAway, match="timed out"):
            Remote(url, TOKEN).status()


@pytest.mark.parametrize("by_socket", [False, True])
def test_a_message_may_take_longer_than_what_is_only_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_socket: bool
) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.05)
    path = str(tmp_path / "socket")
    listening = socket.socket(socket.AF_UNIX) if by_socket else socket.socket()
    with listening:
        listening.bind(path if by_socket else ("127.0.0.1", 0))
        listening.listen()

        def answer() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(65536)
                time.sleep(0.2)  # what is tested is time: four times as long as others have
                client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"messages":[]}')

        Thread(target=answer, daemon=True).start()
        url = path if by_socket else f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert Remote(url, TOKEN).send("lobby", "lobby@pbx.test", ["1002"]) == []


def test_a_redirection_does_not_carry_the_token_away(controller: Controller) -> None:
    with answering() as other:
        controller.code, controller.headers = 302, {"Location": f"{other.url}/api/v1/status"}
        with pytest.raises(ControllerAway):
            Remote(controller.url, TOKEN).status()
        assert other.asked == []


def test_a_proxy_does_not_see_the_token(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert Remote(controller.url, TOKEN).status()


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1:8019", "http://127.0.0.1:8019"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:8019", "http://[::1]:8019"),
        ("[fd00::1]:8019", "http://[fd00::1]:8019"),
    ],
)
def test_a_controller_is_asked_at_the_address_where_it_listens(listen: str, url: str) -> None:
    assert remote(Settings(http_listen=listen, api_token=TOKEN), None).url == url


def test_a_given_url_is_used_instead_of_the_settings() -> None:
    settings = Settings(http_listen="", api_token=TOKEN)
    assert remote(settings, "https://pbx.example.org/").url == "https://pbx.example.org"


@pytest.mark.parametrize(
    ("settings", "url", "told"),
    [
        (Settings(), None, "api_token is not set, and no controller of this machine is seen at /run/"),
        (Settings(status_socket=""), None, "make a token with `openssl rand -hex 24`"),
        (Settings(), "http://pbx", "set it here as it is set for that controller"),
        (Settings(api_token=TOKEN, http_listen=""), None, "name the controller by --url"),
        (Settings(api_token=TOKEN), "pbx:8019", "no controller's address"),
        (Settings(api_token=TOKEN), "ftp://pbx", "no controller's address"),
        (Settings(api_token=TOKEN), "http://", "no controller's address"),
        (Settings(api_token=TOKEN), "http://pbx:port", "no controller's address"),
    ],
)
def test_an_address_that_cannot_be_asked_is_one_sentence(
    settings: Settings, url: str | None, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        remote(settings, url)


# -- by the socket of this machine -------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A socket at which nobody accepts a connection."""
    path = tmp_path / "status.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield path


def test_the_socket_of_this_machine_is_asked_without_a_token(path: Path) -> None:
    assert remote(Settings(status_socket=str(path)), None) == Remote(str(path))


def test_the_socket_is_asked_even_if_there_is_a_token(path: Path) -> None:
    assert remote(Settings(status_socket=str(path), api_token=TOKEN), None) == Remote(str(path))


def test_a_given_url_is_asked_even_if_there_is_a_socket(path: Path) -> None:
    settings = Settings(status_socket=str(path), api_token=TOKEN)
    assert remote(settings, "http://pbx") == Remote("http://pbx", TOKEN)


def test_the_token_is_used_if_the_socket_is_another_users(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    settings = Settings(status_socket=str(path), api_token=TOKEN)
    assert remote(settings, None) == Remote("http://127.0.0.1:8019", TOKEN)


def test_a_user_who_may_not_use_the_socket_learns_who_may(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module._BySocket, "connect", refuse)
    with pytest.raises(ControllerRefuses, match=f"as that user, `sudo -u {path.owner()} whisperpage"):
        Remote(str(path)).status()

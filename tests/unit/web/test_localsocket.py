"""The socket of this machine: who can open it, and which files it replaces."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from gevent.threadpool import ThreadPool

from controller.app import Controller
from controller.cli.remote import Remote
from controller.config import Settings
from controller.errors import CannotListen, ControllerAway
from controller.web import localsocket
from controller.web.app import build
from controller.web.server import Server
from controller.web.vitals import Vitals
from tests.unit.cli.controllers import TOKEN


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "status.sock"


@pytest.fixture
def served(controller: Controller, vitals: Vitals, path: Path, real_time: None) -> Iterator[Path]:
    server = Server(build(controller, vitals), path)
    server.start()
    yield path
    server.stop()


def ask(path: Path, what: str = "status") -> tuple[int, str]:
    """Ask from a thread, because the client waits without gevent."""

    def asked() -> tuple[int, str]:
        connection = Remote(str(path))._connection()
        connection.request("GET", f"/api/v1/{what}")
        answer = connection.getresponse()
        told = answer.status, answer.read().decode()
        connection.close()
        return told

    return ThreadPool(1).spawn(asked).get()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(database_url=settings.database_url, switch_url=settings.switch_url)


def test_only_its_own_user_can_open_it(served: Path) -> None:
    mode = served.lstat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_the_status_needs_no_token_there_even_if_the_api_is_off(served: Path) -> None:
    status, told = ask(served)
    assert status == 200
    assert '"switches"' in told


def test_no_other_part_of_the_api_is_open_there(served: Path) -> None:
    assert ask(served, "pages")[0] == 404


def test_no_header_makes_a_request_a_local_one(client, served: Path) -> None:
    answer = client.get("/api/v1/status", headers={"whisperpage.local": "yes", "Whisperpage-Local": "yes"})
    assert answer.status_code == 404


def test_the_socket_is_removed_with_its_server(controller: Controller, vitals: Vitals, path: Path) -> None:
    server = Server(build(controller, vitals), path)
    server.start()
    server.stop()
    assert not path.exists()


def test_the_socket_of_a_controller_that_died_is_replaced(path: Path) -> None:
    localsocket.listen(path).close()
    assert path.exists()
    listening = localsocket.listen(path)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    listening.close()


def test_the_socket_of_a_controller_that_serves_stays(served: Path, controller: Controller) -> None:
    def another() -> str:
        with pytest.raises(CannotListen) as refused:
            localsocket.listen(served)
        return str(refused.value)

    assert "another controller serves it" in ThreadPool(1).spawn(another).get()
    assert ask(served)[0] == 200


def test_a_file_that_is_no_socket_stays(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(CannotListen, match="a file is there that is no socket"):
        localsocket.listen(path)
    assert path.read_text() == "mine"


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CannotListen, match=r"No such file or directory.*set status_socket to another"):
        localsocket.listen(tmp_path / "none" / "status.sock")


def test_a_socket_that_nobody_serves_is_reported(path: Path) -> None:
    localsocket.listen(path).close()
    with pytest.raises(ControllerAway, match=r"does not answer .Connection refused"):
        Remote(str(path), TOKEN).status()

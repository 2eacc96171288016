"""`whisperpage serve` as a process: beside a simulated switch, under a supervisor, with its HTTP."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from gevent import socket, subprocess

from controller.config import Settings
from controller.simulator.office import CUSTOMER, Office
from tests.unit.cli.serving import SECRETS, SERVE, Serving
from tests.unit.freeswitch.conftest import TOP


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(password=SECRETS["switch"]) as office:
        yield office


@pytest.fixture
def serving(office: Office, tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(office, tmp_path)
    yield serving
    serving.close()


def watch(serving: Serving) -> dict[str, Any]:
    """What `whisperpage watch` shows of it."""
    told = subprocess.run(
        [*SERVE[:-1], "watch", "--json"], env=serving.environment, check=True, capture_output=True
    )
    return dict(json.loads(told.stdout))


def test_a_supervisor_is_notified_of_start_life_and_end(serving: Serving) -> None:
    assert serving.supervisor_hears("READY=1")
    assert serving.get("/healthz")[0] == 200
    assert serving.supervisor_hears("WATCHDOG=1")
    serving.wait(lambda: serving.get("/readyz")[0] == 200)
    assert serving.supervisor_hears("STATUS=Ready: 0 pages and calls, 1 switch.")
    serving.process.terminate()
    assert serving.supervisor_hears("STOPPING=1")
    assert serving.process.wait(60) == 0


def test_a_process_that_stands_still_does_not_notify_its_watchdog(serving: Serving) -> None:
    serving.supervisor_hears("WATCHDOG=1")
    serving.process.send_signal(signal.SIGSTOP)
    serving.supervisor_hears_no_more()
    serving.process.send_signal(signal.SIGCONT)
    assert serving.supervisor_hears("WATCHDOG=1")


def test_one_id_goes_through_a_page_from_its_request_to_its_end_and_no_secret_is_written(
    serving: Serving, office: Office
) -> None:
    serving.supervisor_hears("READY=1")
    serving.wait(lambda: serving.get("/readyz")[0] == 200)
    before = len(serving.log())
    office.dial(CUSTOMER, "1002")
    page = office.dial("1001", "*191002")
    serving.wait(lambda: "page.taken" in serving.text())
    office.settle(lambda: page.leg.link, "the page")
    serving.wait(lambda: "sendmsg" in serving.text())  # the keys, after the page is up
    page.hang_up()
    serving.wait(lambda: "page.ended" in serving.text())
    serving.get("/metrics")
    status = watch(serving)
    assert [each["state"] for each in status["switches"]] == ["up"]
    assert status["switches"][0]["connections"] == 1
    serving.process.terminate()
    assert serving.process.wait(60) == 0

    entries = serving.log()[before:]
    (taken,) = (entry for entry in entries if entry["event"] == "page.taken")
    (ended,) = (entry for entry in entries if entry["event"] == "page.ended")
    assert taken["page"] == ended["page"]
    own = [
        entry["command"]
        for entry in entries
        if entry["event"] == "command" and entry.get("page") == taken["page"]
    ]
    assert {"originate", "uuid_transfer", "sendmsg", "uuid_dump"} <= {command.split()[0] for command in own}
    others = {
        entry["command"].split()[0]
        for entry in entries
        if entry["event"] == "command" and entry.get("page") != taken["page"]
    }
    assert others <= {"sendevent", "user_data"}  # lamps, which are of users and not of pages

    written = serving.text()
    assert not [secret for secret in SECRETS.values() if secret in written]


def test_no_secret_is_in_the_arguments_of_the_process(serving: Serving) -> None:
    serving.supervisor_hears("READY=1")
    title = Path(f"/proc/{serving.process.pid}/cmdline").read_text()
    assert "serve" in title
    assert not [secret for secret in SECRETS.values() if secret in title]


def test_a_taken_port_is_one_sentence_and_status_1(office: Office, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = Serving(office, tmp_path, WHISPERPAGE_HTTP_LISTEN=f"127.0.0.1:{port}")
        assert serving.process.wait(60) == 1
    (told,) = (line for line in serving.text().splitlines() if line.startswith("whisperpage: "))
    assert f"HTTP cannot be served at 127.0.0.1:{port}" in told
    assert "Traceback" not in serving.text()
    serving.close()


def test_without_an_http_address_there_is_no_http(office: Office, tmp_path: Path) -> None:
    serving = Serving(office, tmp_path, WHISPERPAGE_HTTP_LISTEN="")
    serving.supervisor_hears("READY=1")
    serving.wait(lambda: "switch.up" in serving.text())
    assert "http.listening" not in serving.text()
    serving.close()


def test_watch_needs_no_token_where_the_controller_has_a_socket(office: Office, tmp_path: Path) -> None:
    own = {"WHISPERPAGE_STATUS_SOCKET": f"{tmp_path}/status.sock", "WHISPERPAGE_API_TOKEN": ""}
    serving = Serving(office, tmp_path, WHISPERPAGE_HTTP_LISTEN="", **own)
    serving.supervisor_hears("READY=1")
    assert watch(serving)["version"]
    serving.process.terminate()
    assert serving.process.wait(60) == 0
    assert not (tmp_path / "status.sock").exists()
    serving.close()


def test_a_socket_that_cannot_be_made_is_logged_and_does_not_stop_the_controller(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "status.sock").write_text("mine")
    serving = Serving(office, tmp_path, WHISPERPAGE_STATUS_SOCKET=f"{tmp_path}/status.sock")
    serving.supervisor_hears("READY=1")
    (told,) = (each for each in serving.log() if each["event"] == "status.not_served")
    assert told["level"] == "warning"
    assert serving.get("/healthz")[0] == 200
    serving.close()


# -- the unit ----------------------------------------------------------------------------------------------


def test_the_unit_expects_the_notification_that_the_controller_serves() -> None:
    unit = (TOP / "systemd" / "whisperpage.service").read_text()
    assert "\nType=notify\n" in unit
    assert re.search(r"^RestrictAddressFamilies=.*\bAF_UNIX\b", unit, re.M)
    assert int(re.findall(r"^WatchdogSec=(\d+)$", unit, re.M)[0]) >= 10
    assert "\nRestart=always\n" in unit


def test_the_unit_and_the_image_make_the_folder_of_the_socket_for_their_user_alone() -> None:
    folder = str(Path(Settings().status_socket).parent)
    unit = (TOP / "systemd" / "whisperpage.service").read_text()
    assert f"\nRuntimeDirectory={folder.removeprefix('/run/')}\n" in unit
    assert f"install -d -o whisperpage -m 755 {folder}" in (TOP / "Dockerfile").read_text()
    services = yaml.safe_load((TOP / "docker-compose.yml").read_text())["services"]
    assert f"{folder}:uid=10019,mode=755" in services["controller"]["tmpfs"]
    assert "--uid 10019" in (TOP / "Dockerfile").read_text()

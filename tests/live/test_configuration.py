"""The configuration in freeswitch/, run as docker-compose.yml mounts it, on ports of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from controller.config import SwitchAddress
from controller.eventsocket.commands import Command
from controller.eventsocket.connection import Connection
from tests.live.office import OPEN_TO_ALL, wait_for
from tests.live.sipphone import Phone, free_port
from tests.switchlab import ESL
from tests.unit.freeswitch.needs import api_calls, events

TOP = Path(__file__).parents[2]
DOMAIN = "pbx.test"
#: Any words that start.sh takes for passwords.
SECRETS = {
    name: f"secret-of-{name}".replace("_", "-")
    for name in (
        "event_socket_password",
        "controller_password",
        "phone_1001_password",
        "phone_1002_password",
    )
}
#: What FreeSWITCH may lack and still be used for pages: G.722, Opus, sound files and conferences.
OPTIONAL_MODULES = {"mod_conference", "mod_opus", "mod_sndfile", "mod_spandsp"}
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PROXY_AUTHENTICATION, UNAVAILABLE = 401, 403, 404, 407, 480


class Pbx:
    """A FreeSWITCH on the configuration, in folders of its own."""

    def __init__(self, binary: str, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.sip, self.trunk, self.esl = free_port(), free_port(), free_port()
        conf = folder / "conf"
        shutil.copytree(TOP / "freeswitch", conf)
        shutil.copytree(TOP / "dialplan", conf / "dialplan", dirs_exist_ok=True)
        (folder / "secrets").mkdir()
        for name, value in SECRETS.items():
            (folder / "secrets" / name).write_text(value + "\n")
        folders = []
        for name in ("log", "db", "run"):
            (folder / name).mkdir()
            folders += [f"-{name}", str(folder / name)]
        settings = {
            "FREESWITCH": binary,
            "SECRETS": str(folder / "secrets"),
            "PBX_ADDRESS": "127.0.0.1",
            "PBX_SIP_PORT": str(self.sip),
            "PBX_TRUNK_PORT": str(self.trunk),
            "PBX_RTP_FIRST_PORT": "40000",
            "PBX_RTP_LAST_PORT": "40098",
            "EVENT_SOCKET_PORT": str(self.esl),
        }
        with (folder / "out.log").open("wb") as out:
            self.process = subprocess.Popen(
                ["/bin/sh", str(conf / "start.sh"), *folders],
                env=os.environ | settings | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def log(self) -> str:
        return (self.folder / "log" / "freeswitch.log").read_text(errors="replace")

    def login(self) -> ESL:
        return ESL(self.esl, SECRETS["event_socket_password"])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    binary = os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")
    if not binary or not Path(binary).exists():
        pytest.skip("no real switch: put freeswitch on PATH or name it in FREESWITCH_BIN")
    running = Pbx(binary, tmp_path_factory.mktemp("pbx"))
    try:
        wait_for(lambda: _is_ready(running), "the switch to be ready", 30)
        yield running
    finally:
        running.stop()


def _is_ready(pbx: Pbx) -> bool:
    assert pbx.process.poll() is None, (pbx.folder / "out.log").read_text()
    try:
        with closing((esl := pbx.login()).sock):
            return "is ready" in esl.api("status") and esl.api("sofia status").count("RUNNING") == 2
    except (OSError, EOFError):
        return False


@pytest.fixture
def administrator(pbx: Pbx) -> Iterator[ESL]:
    with closing((esl := pbx.login()).sock):
        yield esl


@pytest.fixture
def environment(pbx: Pbx, tmp_path: Path) -> dict[str, str]:
    """A controller's, as in docker-compose.yml: secrets by file, and the login of least privilege."""
    url = f"esl://controller%40eventsocket:{SECRETS['controller_password']}@127.0.0.1:{pbx.esl}"
    (tmp_path / "switch_url").write_text(url)
    (tmp_path / "database_url").write_text(f"sqlite:///{tmp_path}/pages.db")
    return os.environ | {
        "WHISPERPAGE_SWITCH_URL_FILE": str(tmp_path / "switch_url"),
        "WHISPERPAGE_DATABASE_URL_FILE": str(tmp_path / "database_url"),
        "WHISPERPAGE_HTTP_LISTEN": "",
    }


def whisperpage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "whisperpage"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        wait_for(lambda: b"switch.up" in log.read_bytes(), "the controller to be up", 15)
        yield
    finally:
        process.terminate()
        process.wait(10)


def pages(environment: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(whisperpage(environment, "pages", "--json").stdout)
    return rows


# -- the switch --------------------------------------------------------------------------------------------


def test_every_module_that_it_lists_is_loaded(pbx: Pbx, administrator: ESL) -> None:
    tree = ElementTree.parse(TOP / "freeswitch" / "autoload_configs" / "modules.conf.xml")
    listed = [each.get("module", "") for each in tree.iter("load")]
    built = Path(administrator.api("global_getvar mod_dir"))
    there = {each for each in listed if (built / f"{each}.so").exists()}
    assert set(listed) - there <= OPTIONAL_MODULES
    assert [each for each in there if administrator.api(f"module_exists {each}") != "true"] == []


def test_it_starts_without_an_error(pbx: Pbx) -> None:
    assert re.findall(r"^.*\[(?:ERR|CRIT|ALERT)\].*$", pbx.log, re.M) == []


def test_what_it_writes_of_its_secrets_is_for_its_own_user_alone(pbx: Pbx) -> None:
    for path in (pbx.folder / "log").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


# -- the controller's login --------------------------------------------------------------------------------


def test_doctor_finds_everything_right_by_the_login_of_least_privilege(environment: dict[str, str]) -> None:
    assert whisperpage(environment, "db", "upgrade").returncode == 0
    found = whisperpage(environment, "doctor")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "FAIL" not in found.stdout


def test_the_login_of_least_privilege_may_do_what_it_needs_and_no_more(pbx: Pbx) -> None:
    login = SwitchAddress("127.0.0.1", pbx.esl, SECRETS["controller_password"], "controller@eventsocket")
    connection = Connection(login)
    connection.connect()

    def is_denied(command: Command) -> bool:
        return "permission denied" in connection.send(command, 5).text

    try:
        # without arguments each only tells its usage
        assert [name for name in sorted(api_calls() - {"bgapi"}) if is_denied(Command(f"api {name}"))] == []
        for call in ("system id", "reloadxml", "fsctl shutdown"):
            assert is_denied(Command(f"api {call}")), call
            assert is_denied(Command(f"bgapi {call}")), call
        assert is_denied(Command("event json ALL"))
        assert not is_denied(Command(f"event json {' '.join(events())}"))
    finally:
        connection.stop()


# -- phones ------------------------------------------------------------------------------------------------


def test_a_phone_registers_with_its_password_only(pbx: Pbx) -> None:
    phone = Phone(pbx.sip, "1001", SECRETS["phone_1001_password"])
    assert phone.ask("REGISTER") == 200
    assert Phone(pbx.sip, "1001").ask("REGISTER") == UNAUTHORIZED
    assert Phone(pbx.sip, "1001", "wrong").ask("REGISTER") == FORBIDDEN
    assert Phone(pbx.sip, "controller", SECRETS["controller_password"]).ask("REGISTER") == FORBIDDEN


def test_a_phone_dials_a_feature_code_and_the_controller_takes_the_call(
    pbx: Pbx, administrator: ESL, environment: dict[str, str], tmp_path: Path
) -> None:
    """Its target has no phone, so that is refused: by the controller, since only it knows the reason."""
    administrator.command("event json CHANNEL_HANGUP")
    with serving(environment, tmp_path / "log"):
        whisperpage(environment, "groups", "set", "default", *OPEN_TO_ALL)
        phone = Phone(pbx.sip, "1001", SECRETS["phone_1001_password"])
        assert phone.ask("INVITE", "*191002") == UNAVAILABLE
        attempt = wait_for(lambda: pages(environment), "the history")[0]
    assert attempt["pager"] == f"1001@{DOMAIN}"
    assert attempt["reason"] == "not_registered"
    leg = administrator.event(5)
    assert leg
    assert leg["Channel-Presence-ID"] == f"1001@{DOMAIN}"  # though the phone says 1001@127.0.0.1


def test_a_call_without_a_password_goes_nowhere(pbx: Pbx) -> None:
    for number in ("*191002", "1002", "3000"):
        assert Phone(pbx.sip, "1001").ask("INVITE", number) == PROXY_AUTHENTICATION


# -- outside -----------------------------------------------------------------------------------------------


def test_no_feature_code_can_be_reached_from_outside(pbx: Pbx, administrator: ESL) -> None:
    """An own number can, which shows that the call itself was let in."""
    administrator.command("event json CUSTOM whisperpage::request")
    outside = Phone(pbx.trunk)
    assert outside.ask("INVITE", "1002") == UNAVAILABLE
    for number in ("*191002", "*19", "*151002", "*15", "%2A191002", "request", "prompt", "3000"):
        assert outside.ask("INVITE", number) == NOT_FOUND, number
    assert administrator.event(0.5) is None


def test_nobody_registers_from_outside(pbx: Pbx) -> None:
    assert Phone(pbx.trunk, "1001", SECRETS["phone_1001_password"]).ask("REGISTER") >= 400

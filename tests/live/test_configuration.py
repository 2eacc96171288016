"""The configuration in freeswitch/, run as docker-compose.yml mounts it, on ports of its own."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from controller.eventsocket.commands import Command
from controller.eventsocket.connection import Connection
from controller.laboratory.esl import ESL
from controller.switch_address import SwitchAddress
from tests.live.office import OPEN_TO_ALL, wait_for
from tests.live.pbx import DOMAIN, SECRETS, TOP, Pbx, pages, serving, settings, whisperpage
from tests.live.sipphone import Phone
from tests.unit.freeswitch.needs import api_calls, events

#: Modules without which pages still work: G.722, Opus, sound files and conferences.
OPTIONAL_MODULES = {"mod_conference", "mod_opus", "mod_sndfile", "mod_spandsp"}
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PROXY_AUTHENTICATION, UNAVAILABLE = 401, 403, 404, 407, 480


@pytest.fixture
def environment(pbx: Pbx, tmp_path: Path) -> dict[str, str]:
    return settings(pbx, tmp_path)


# -- the switch --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["system", "bg_system", "spawn", "spawn_stream", "bg_spawn"])
def test_no_command_runs_a_program_whoever_calls_it(
    pbx: Pbx, administrator: ESL, command: str, tmp_path: Path
) -> None:
    for call in (f"{command} touch {tmp_path}/ran", f"expand eval ${{{command}(touch {tmp_path}/ran)}}"):
        administrator.api(call)
    assert not (tmp_path / "ran").exists()
    assert "not found" in administrator.api(f"{command} true")


@pytest.mark.parametrize("application", ["system", "bgsystem", "spawn", "bgspawn"])
def test_no_application_runs_a_program(pbx: Pbx, administrator: ESL, application: str) -> None:
    known = {line.partition(",")[0] for line in administrator.api("show application").splitlines()}
    assert "bridge" in known
    assert application not in known


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


def test_doctor_finds_everything_right_with_the_login_of_least_privilege(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert whisperpage(environment, "db", "upgrade").returncode == 0
    assert whisperpage(environment, "groups", "set", "default", *OPEN_TO_ALL).returncode == 0
    with serving(environment, tmp_path / "serve.log"):
        found = whisperpage(environment, "doctor")
    assert found.returncode == 0, found.stdout + found.stderr
    assert [line for line in found.stdout.splitlines() if not line.startswith("ok ")] == []
    assert len(found.stdout.splitlines()) == 12


def test_the_login_of_least_privilege_may_do_what_it_needs_and_no_more(pbx: Pbx) -> None:
    login = SwitchAddress("127.0.0.1", pbx.esl, SECRETS["controller_password"], "controller@eventsocket")
    connection = Connection(login)
    connection.connect()

    def is_denied(command: Command) -> bool:
        return "permission denied" in connection.send(command, 5).text

    try:
        # without arguments each call only returns its usage
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
    """Its target has no phone, so the controller refuses the call; only the controller knows the reason."""
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
    """A user's number can be reached, which shows that the call itself was let in."""
    administrator.command("event json CUSTOM whisperpage::request")
    outside = Phone(pbx.trunk)
    assert outside.ask("INVITE", "1002") == UNAVAILABLE
    for number in ("*191002", "*19", "*151002", "*15", "%2A191002", "request", "prompt", "3000"):
        assert outside.ask("INVITE", number) == NOT_FOUND, number
    assert administrator.event(0.5) is None


def test_nobody_registers_from_outside(pbx: Pbx) -> None:
    assert Phone(pbx.trunk, "1001", SECRETS["phone_1001_password"]).ask("REGISTER") >= 400

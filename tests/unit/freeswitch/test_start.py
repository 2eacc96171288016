"""start.sh gives FreeSWITCH its secrets, and does not start it without them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.freeswitch.conftest import TOP


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "event_socket_password").write_text("0a1b2c\n")
    return folder


def start(secrets: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a program in place of FreeSWITCH that prints its environment."""
    program = secrets.parent / "freeswitch"
    program.write_text("#!/bin/sh\necho arguments: $*\nenv\numask\n")
    program.chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(TOP / "freeswitch" / "start.sh"), *options],
        env={"PATH": "/usr/bin:/bin", "SECRETS": str(secrets), "FREESWITCH": str(program)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_secret_becomes_a_variable(secrets: Path) -> None:
    (secrets / "phone_1001_password").write_text("d-4.E_5")
    told = start(secrets).stdout.splitlines()
    assert "EVENT_SOCKET_PASSWORD=0a1b2c" in told
    assert "PHONE_1001_PASSWORD=d-4.E_5" in told


def test_it_starts_on_the_folder_that_it_stands_in(secrets: Path) -> None:
    [arguments] = [
        each for each in start(secrets, "-log", "/logs").stdout.splitlines() if each.startswith("arguments: ")
    ]
    assert arguments == f"arguments: -nonat -nf -nc -conf {TOP / 'freeswitch'} -log /logs"


def test_what_freeswitch_writes_is_for_its_own_user_alone(secrets: Path) -> None:
    """It writes the whole configuration beside its log."""
    assert start(secrets).stdout.splitlines()[-1].endswith("077")


def test_fs_cli_finds_the_password_in_a_file_for_its_owner_alone(secrets: Path) -> None:
    conf = secrets.parent / "fs_cli.conf"
    assert start(secrets, FS_CLI_CONF=str(conf)).returncode == 0
    assert conf.read_text() == "[default]\npassword => 0a1b2c\n"
    assert conf.stat().st_mode & 0o777 == 0o600


def test_the_user_that_freeswitch_becomes_owns_what_it_writes_to(secrets: Path) -> None:
    """The user is the owner of this process, so the test needs no rights of root."""
    user = Path("/proc/self").owner()
    folders = [option for name in ("log", "db", "run") for option in (f"-{name}", str(secrets.parent / name))]
    told = start(secrets, *folders, FREESWITCH_USER=user).stdout.splitlines()
    assert f"-u {user} -g {user} {' '.join(folders)}" in told[0]
    assert [Path(path).owner() for path in folders[1::2]] == [user] * 3


def test_without_such_a_user_it_keeps_its_own(secrets: Path) -> None:
    assert "-u" not in start(secrets).stdout.splitlines()[0].split()


def test_the_event_socket_never_gets_the_password_that_everybody_knows(secrets: Path) -> None:
    (secrets / "event_socket_password").rename(secrets / "controller_password")
    refused = start(secrets)
    assert refused.returncode != 0
    assert "EVENT_SOCKET_PASSWORD" in refused.stderr
    assert not refused.stdout


@pytest.mark.parametrize("password", ["", "\n", 'a"b', "a&b", "a<b", "a b", "a$b", "a\nb", "ä"])
def test_a_password_that_xml_would_not_take_is_refused_and_not_shown(secrets: Path, password: str) -> None:
    (secrets / "phone_1001_password").write_text(password)
    refused = start(secrets)
    assert refused.returncode != 0
    assert "phone_1001_password" in refused.stderr
    assert not refused.stdout

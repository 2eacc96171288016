"""docker-compose.yml, Dockerfile and the rest fit each other; no Docker is needed to see that."""

from __future__ import annotations

import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from controller.config import Settings
from tests.unit.freeswitch import compose
from tests.unit.freeswitch.conftest import TOP

COMPOSE = (TOP / "docker-compose.yml").read_text()
VARS = (TOP / "freeswitch" / "vars.xml").read_text()


def default(variable: str) -> str:
    """What vars.xml sets where the environment does not."""
    return re.findall(rf'cmd="set" data="{variable}=([^"]*)"', VARS)[0]


def secrets() -> set[str]:
    return set(re.findall(r"file: \./secrets/(\w+)", COMPOSE))


def test_everything_that_it_mounts_is_there() -> None:
    mounted = re.findall(r"^ +- (\./[^:]+):", COMPOSE, re.M)
    assert mounted == ["./freeswitch", "./dialplan"]
    assert all((TOP / path).is_dir() for path in mounted)


def test_a_mount_inside_a_read_only_one_finds_its_folder() -> None:
    """Docker cannot make it there."""
    assert "./dialplan:/etc/freeswitch/dialplan:ro" in COMPOSE
    inside = TOP / "freeswitch" / "dialplan"
    assert [path.name for path in inside.iterdir()] == ["README.md"]  # the mount hides it: nothing to lose


def freeswitchs_arguments(folder: Path) -> list[str]:
    """What FreeSWITCH is started with, by the service's command and the script that it runs."""
    started = compose.service("freeswitch", {"PBX_EXTERNAL_ADDRESS": "192.0.2.10"})
    shell, script, *rest = started.command
    [configuration] = [each for each in started.mounts if each.path == str(Path(script).parent)]
    (folder / "secrets").mkdir()
    (folder / "secrets" / "event_socket_password").write_text("0a1b2c")
    program = folder / "freeswitch"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    told = subprocess.run(
        [shell, str(TOP / configuration.source / Path(script).name), *rest],
        env={**started.environment, "SECRETS": str(folder / "secrets"), "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


def test_freeswitch_is_told_all_of_its_folders(tmp_path: Path) -> None:
    """With some of them only, it says `You must specify all or none of -conf, -log, and -db` and ends."""
    arguments = freeswitchs_arguments(tmp_path)
    folders = dict(pairwise(arguments))
    assert folders["-conf"] == str(TOP / "freeswitch")
    assert {name: folders.get(name) for name in ("-log", "-db", "-run")} == {
        "-log": "/var/log/freeswitch",
        "-db": "/var/spool/freeswitch/db",
        "-run": "/run/freeswitch",
    }


def test_what_freeswitch_keeps_is_on_a_volume(tmp_path: Path) -> None:
    arguments = freeswitchs_arguments(tmp_path)
    kept = Path(arguments[arguments.index("-db") + 1])
    mounts = compose.service("freeswitch", {"PBX_EXTERNAL_ADDRESS": "192.0.2.10"}).mounts
    [volume] = [each for each in mounts if Path(each.path) in kept.parents]
    assert not volume.read_only
    assert not volume.source.startswith(".")


def test_the_dialplan_is_mounted_where_the_configuration_includes_it() -> None:
    text = (TOP / "freeswitch" / "freeswitch.xml").read_text()
    assert '<X-PRE-PROCESS cmd="include" data="dialplan/*.xml"/>' in text


def test_every_secret_that_a_service_names_is_declared_and_made(tmp_path: Path) -> None:
    named = set(re.findall(r"/run/secrets/(\w+)", COMPOSE))
    for line in re.findall(r"secrets: \[(.*)\]", COMPOSE):
        named |= set(line.split(", "))
    assert named == secrets()
    made = make_secrets(tmp_path)
    assert set(made) == secrets()


def make_secrets(folder: Path) -> dict[str, str]:
    script = folder / "create.sh"
    script.write_text((TOP / "secrets" / "create.sh").read_text())
    subprocess.run(["/bin/sh", str(script)], check=True, capture_output=True)
    return {path.name: path.read_text() for path in folder.iterdir() if path != script}


def test_secrets_are_random_and_kept(tmp_path: Path) -> None:
    first = make_secrets(tmp_path)
    assert make_secrets(tmp_path) == first
    (tmp_path / "phone_1001_password").unlink()
    second = make_secrets(tmp_path)
    assert second["phone_1001_password"] != first["phone_1001_password"]
    assert {name for name in first if first[name] != second[name]} == {"phone_1001_password"}


def test_secrets_can_be_read_by_containers_and_by_nobody_else(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "switch_url").stat().st_mode & 0o777 == 0o644


def test_no_secret_is_kept_in_git() -> None:
    assert (TOP / "secrets" / ".gitignore").read_text().splitlines()[0] == "*"


@pytest.mark.parametrize("name", ["PBX_EXTERNAL_ADDRESS", "PBX_LOG_FILE", "EVENT_SOCKET_ADDRESS"])
def test_the_configuration_knows_the_variables_that_it_is_given(name: str) -> None:
    assert f"{name}: " in COMPOSE
    assert f'=${name}"/>' in VARS


def test_the_published_ports_are_those_that_the_switch_uses() -> None:
    first, last = default("rtp_first_port"), default("rtp_last_port")
    assert f'"{first}-{last}:{first}-{last}/udp"' in COMPOSE
    sip = default("sip_port")
    assert f'"{sip}:{sip}/udp"' in COMPOSE
    assert f'- "{default("event_socket_port")}' not in COMPOSE


def test_the_controllers_network_is_the_one_that_may_use_the_event_socket() -> None:
    [allowed] = re.findall(r"CONTROLLERS_NETWORK: (\S+)", COMPOSE)
    [subnet] = re.findall(r"subnet: (\S+)", COMPOSE)
    assert allowed == subnet


@pytest.mark.parametrize(("file", "path"), [("docker-compose.yml", "/readyz"), ("Dockerfile", "/healthz")])
def test_the_controllers_health_is_asked_for_where_it_serves_it(
    file: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = re.sub(r"\s*\\\n\s*", " ", (TOP / file).read_text())
    words = json.loads(re.findall(r'(?:test: |CMD )(\["(?:CMD", ")?python", .*\])', text)[0])
    asked: list[str] = []
    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout: asked.append(url))
    exec(words[-1], {})
    assert asked == [f"http://{Settings().http_listen}{path}"]


def test_the_image_is_given_what_the_package_is_made_of() -> None:
    given = {line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all((TOP / name).exists() for name in given)
    assert given >= {"controller", "dialplan", "migrations", "setup.cfg", "pyproject.toml", "README.md"}

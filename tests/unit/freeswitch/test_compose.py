"""docker-compose.yml, Dockerfile and the other files fit together; the tests need no Docker."""

from __future__ import annotations

import json
import re
import subprocess
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from controller.config import Settings
from tests.unit.freeswitch import compose
from tests.unit.freeswitch.conftest import TOP

COMPOSE = (TOP / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
VARS = (TOP / "freeswitch" / "vars.xml").read_text()


def default(variable: str) -> str:
    """The value in vars.xml that applies without the environment variable."""
    return re.findall(rf'cmd="set" data="{variable}=([^"]*)"', VARS)[0]


def secrets() -> set[str]:
    return set(re.findall(r"file: \./secrets/(\w+)", COMPOSE))


def test_everything_that_it_mounts_is_there() -> None:
    mounted = re.findall(r"^ +- (\./[^:]+):", COMPOSE, re.M)
    assert mounted == ["./freeswitch", "./dialplan"]
    assert all((TOP / path).is_dir() for path in mounted)


def test_a_mount_inside_a_read_only_one_finds_its_folder() -> None:
    """Docker cannot create the folder in a read-only mount."""
    assert "./dialplan:/etc/freeswitch/dialplan:ro" in COMPOSE
    inside = TOP / "freeswitch" / "dialplan"
    assert [path.name for path in inside.iterdir()] == ["README.md"]  # hidden by the mount


def freeswitchs_arguments(folder: Path) -> list[str]:
    """The arguments of FreeSWITCH, from the service's command and the script that it runs."""
    started = compose.service("freeswitch", {"PBX_EXTERNAL_ADDRESS": "192.0.2.10"})
    shell, script, *rest = started.command
    [configuration] = [each for each in started.mounts if each.path == str(Path(script).parent)]
    (folder / "secrets").mkdir()
    (folder / "secrets" / "event_socket_password").write_text("0a1b2c")
    program = folder / "freeswitch"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    for name in ("chown", "mkdir"):  # the folders exist only in the container
        (folder / name).write_text("#!/bin/sh\n")
    for each in (program, folder / "chown", folder / "mkdir"):
        each.chmod(0o755)
    own = {
        "SECRETS": str(folder / "secrets"),
        "FS_CLI_CONF": str(folder / "fs_cli.conf"),
        "PATH": f"{folder}:/usr/bin:/bin",
    }
    told = subprocess.run(
        [shell, str(TOP / configuration.source / Path(script).name), *rest],
        env={**started.environment, **own},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


def test_freeswitch_gets_all_of_its_folders(tmp_path: Path) -> None:
    """With only some of them, it ends with `You must specify all or none of -conf, -log, and -db`."""
    arguments = freeswitchs_arguments(tmp_path)
    folders = dict(pairwise(arguments))
    assert folders["-conf"] == str(TOP / "freeswitch")
    assert {name: folders.get(name) for name in ("-log", "-db", "-run")} == {
        "-log": "/var/log/freeswitch",
        "-db": "/var/spool/freeswitch/db",
        "-run": "/run/freeswitch",
    }


def test_freeswitch_becomes_a_user_of_its_own(tmp_path: Path) -> None:
    folders = dict(pairwise(freeswitchs_arguments(tmp_path)))
    assert (folders["-u"], folders["-g"]) == ("freeswitch", "freeswitch")


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
    for each in SERVICES.values():
        named |= set(each["secrets"])
    assert named == secrets()
    made = make_secrets(tmp_path)
    assert set(made) == secrets()


def make_secrets(folder: Path) -> dict[str, str]:
    """The secrets of a checkout in that folder."""
    script = folder / "secrets" / "create.sh"
    for name in ("secrets", "freeswitch", "dialplan"):
        (folder / name).mkdir(exist_ok=True)
    script.write_text((TOP / "secrets" / "create.sh").read_text())
    subprocess.run(["/bin/sh", str(script)], check=True, capture_output=True)
    return {path.name: path.read_text() for path in script.parent.iterdir() if path != script}


def test_secrets_are_random_and_kept(tmp_path: Path) -> None:
    first = make_secrets(tmp_path)
    assert make_secrets(tmp_path) == first
    (tmp_path / "secrets" / "phone_1001_password").unlink()
    second = make_secrets(tmp_path)
    assert second["phone_1001_password"] != first["phone_1001_password"]
    assert {name for name in first if first[name] != second[name]} == {"phone_1001_password"}


def test_secrets_can_be_read_by_containers_and_by_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "phone_1004_password").touch(mode=0o600)  # a file that a user has added
    make_secrets(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("switch_url", "phone_1004_password"):
        assert (folder / name).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("place", ["freeswitch", "dialplan"])
def test_containers_can_read_the_configuration_whatever_umask_the_checkout_had(
    place: str, tmp_path: Path
) -> None:
    """In the container, root has no CAP_DAC_OVERRIDE, so it reads files like any other user."""
    folder = tmp_path / place / "default"
    folder.mkdir(parents=True)
    (folder / "codes.xml").touch()
    for each in (folder / "codes.xml", folder, folder.parent):
        each.chmod(0o700 if each.is_dir() else 0o600)
    make_secrets(tmp_path)
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o755
    assert (folder / "codes.xml").stat().st_mode & 0o777 == 0o644


def test_no_secret_is_kept_in_git() -> None:
    assert (TOP / "secrets" / ".gitignore").read_text().splitlines()[0] == "*"


@pytest.mark.parametrize("name", ["PBX_EXTERNAL_ADDRESS", "PBX_LOG_FILE", "EVENT_SOCKET_ADDRESS"])
def test_the_configuration_knows_the_variables_that_it_is_given(name: str) -> None:
    assert f"{name}: " in COMPOSE
    assert f'=${name}"/>' in VARS


def test_the_published_ports_are_those_that_the_switch_uses() -> None:
    first, last = default("rtp_first_port"), default("rtp_last_port")
    sip = default("sip_port")
    assert SERVICES["freeswitch"]["ports"] == [
        f"0.0.0.0:{sip}:{sip}/udp",
        f"0.0.0.0:{sip}:{sip}/tcp",
        f"0.0.0.0:{first}-{last}:{first}-{last}/udp",
    ]


def test_the_published_ports_do_not_cost_hundreds_of_processes() -> None:
    """Docker starts a process for each port, and another one for IPv6 if no address is named."""
    first, last = int(default("rtp_first_port")), int(default("rtp_last_port"))
    assert last - first < 50
    assert all(len(port.split(":")) == 3 for each in SERVICES.values() for port in each.get("ports", []))


def test_every_log_has_an_end() -> None:
    limits = {name: each["logging"]["options"] for name, each in SERVICES.items()}
    assert set(limits) == {"freeswitch", "postgres", "upgrade", "controller"}
    assert all(each.keys() == {"max-size", "max-file"} for each in limits.values())


def test_freeswitch_keeps_its_name_in_a_new_container() -> None:
    """FreeSWITCH keeps registrations under its host name, and Docker gives each container a new one."""
    assert SERVICES["freeswitch"]["hostname"] == "freeswitch"


def test_freeswitch_has_the_time_that_it_takes_to_stop() -> None:
    """It takes about 10 seconds, after which Docker kills a container by default."""
    assert SERVICES["freeswitch"]["stop_grace_period"] == "30s"


def test_freeswitch_is_the_version_that_was_tried() -> None:
    assert re.fullmatch(r".*:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?", SERVICES["freeswitch"]["image"])


def test_postgres_is_ready_when_it_is_by_tcp() -> None:
    """At first another server listens on the socket, with which the image makes the database."""
    assert "-h 127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_no_program_is_given_a_secret_as_an_argument() -> None:
    for name, each in SERVICES.items():
        words = f"{each.get('command')} {each['healthcheck']['test'] if 'healthcheck' in each else ''}"
        assert "/run/secrets" not in words, name


def test_the_image_leaves_no_volume_behind() -> None:
    """It would be an anonymous volume for each new container."""
    assert "VOLUME" not in (TOP / "Dockerfile").read_text()


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
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    laid_in = dict(line.split(" = ") for line in setup["options"]["package_dir"].strip().splitlines())
    assert given >= {"controller", *laid_in.values(), "setup.cfg", "pyproject.toml", "README.md"}

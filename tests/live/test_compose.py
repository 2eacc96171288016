"""The FreeSWITCH of Docker Compose, started with exactly the settings of docker-compose.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import container
from tests.live.container import USER_ID, Container
from tests.live.office import wait_for
from tests.live.own import freeswitch
from tests.live.pbx import SECRETS
from tests.unit.freeswitch.compose import service

HERE = "192.0.2.10"


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    programs = Path(freeswitch()).resolve().parent
    started = service("freeswitch", {"PBX_EXTERNAL_ADDRESS": HERE})
    with container.running(started, tmp_path_factory.mktemp("container"), SECRETS, programs) as running:
        yield running


def test_it_starts_and_its_health_check_says_so(switch: Container) -> None:
    wait_for(switch.healthy, "the switch to be healthy", 30)


def fs_cli(switch: Container, command: str) -> str:
    wait_for(switch.healthy, "the switch to be healthy", 30)
    return switch.run(f"fs_cli -x '{command}'").stdout.strip()


def test_it_is_not_root_and_has_no_rights_of_root(switch: Container) -> None:
    fs_cli(switch, "status")
    status = Path(f"/proc/{switch.process.pid}/status").read_text()
    assert re.findall(r"^[UG]id:\t(.*)", status, re.M) == [f"{USER_ID}\t{USER_ID}\t{USER_ID}\t{USER_ID}"] * 2
    assert re.findall(r"^Cap(?:Inh|Prm|Eff|Amb):\t(.*)", status, re.M) == ["0" * 16] * 4


def test_it_keeps_registrations_under_a_name_that_outlives_the_container(switch: Container) -> None:
    assert fs_cli(switch, "hostname") == "freeswitch"


def test_no_program_has_a_password_as_an_argument(switch: Container) -> None:
    """Neither the switch nor its health check."""
    fs_cli(switch, "status")
    command = Path(f"/proc/{switch.process.pid}/cmdline").read_text() + switch.service.healthcheck
    assert not [name for name, value in SECRETS.items() if value in command]
    assert "/run/secrets" not in command


def test_nobody_but_root_reads_the_password_that_fs_cli_has(switch: Container) -> None:
    fs_cli(switch, "status")
    assert switch.run("stat -c '%U %a' /etc/fs_cli.conf").stdout.split() == ["root", "600"]


def test_its_phones_and_its_trunk_have_their_ports(switch: Container) -> None:
    wait_for(lambda: fs_cli(switch, "sofia status").count("RUNNING") == 2, "both profiles", 15)


def test_what_it_keeps_is_on_the_volume(switch: Container) -> None:
    kept = fs_cli(switch, "global_getvar db_dir")
    mounted = switch.run(f"findmnt --noheadings --output target --target {kept}").stdout.strip()
    assert mounted == "/var/spool/freeswitch"
    assert (switch.volume("freeswitch") / Path(kept).relative_to(mounted) / "core.db").exists()


def test_it_has_the_dialplan_of_the_pages(switch: Container) -> None:
    assert "request" in fs_cli(switch, "xml_locate dialplan context name whisperpage@switch")


def test_its_log_is_the_containers(switch: Container) -> None:
    wait_for(switch.healthy, "the switch to be healthy", 30)
    assert "[NOTICE]" in switch.out


def test_it_starts_again_on_what_it_has_kept(tmp_path: Path) -> None:
    """By then the folders belong to its user, and root may not read them."""
    container.needs()
    programs = Path(freeswitch()).resolve().parent
    started = service("freeswitch", {"PBX_EXTERNAL_ADDRESS": HERE})
    for _ in range(2):
        with container.running(started, tmp_path, SECRETS, programs) as running:
            wait_for(running.healthy, "the switch to be healthy", 30)

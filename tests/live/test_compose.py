"""Docker Compose's FreeSWITCH, started by what docker-compose.yml says and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import container
from tests.live.container import Container
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
    password = SECRETS["event_socket_password"]
    return switch.run(f"fs_cli -p {password} -x '{command}'").stdout.strip()


def test_its_phones_and_its_trunk_have_their_ports(switch: Container) -> None:
    wait_for(lambda: fs_cli(switch, "sofia status").count("RUNNING") == 2, "both profiles", 15)


def test_what_it_keeps_is_on_the_volume(switch: Container) -> None:
    kept = fs_cli(switch, "global_getvar db_dir")
    assert switch.run(f"ls {kept}/core.db").returncode == 0
    assert switch.run(f"findmnt --noheadings --output target --target {kept}").stdout.strip() == (
        "/var/spool/freeswitch"
    )


def test_it_has_the_dialplan_of_the_pages(switch: Container) -> None:
    assert "request" in fs_cli(switch, "xml_locate dialplan context name whisperpage")


def test_its_log_is_the_containers(switch: Container) -> None:
    wait_for(switch.healthy, "the switch to be healthy", 30)
    assert "[NOTICE]" in switch.out

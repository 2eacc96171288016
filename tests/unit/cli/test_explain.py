"""`whisperpage explain`, beside a simulated switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from controller.simulator.office import Office
from tests.unit.cli.conftest import CommandLine


@pytest.fixture
def office(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    cli.done("db", "upgrade")
    with Office() as office:
        monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", office.url)
        yield office
    structlog.reset_defaults()


def test_it_says_what_would_become_of_a_page_and_nothing_else(cli: CommandLine, office: Office) -> None:
    done = cli.done("explain", "1001", "1002", "--json")
    assert done.json["treatment"] == "refused"
    assert done.json["reasons"][-1].startswith("so: refused")
    assert done.err == ""

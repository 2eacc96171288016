"""`whisperpage explain`, beside a simulated switch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
import structlog

from controller import settings_sources
from controller.simulator.office import Office
from controller.store.everybody import open_to_all
from controller.store.session import Store
from tests.unit.cli.conftest import CommandLine


@pytest.fixture
def office(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    cli.done("db", "upgrade")
    with Office() as office:
        monkeypatch.setenv("WHISPERPAGE_SWITCH_URL", office.url)
        yield office
    structlog.reset_defaults()


def test_only_the_decision_about_a_page_is_printed(cli: CommandLine, office: Office) -> None:
    done = cli.done("explain", "1001", "1002", "--json")
    assert done.json["treatment"] == "refused"
    assert done.json["reasons"][-1].startswith("so: refused")
    assert done.err == ""


def test_a_phone_that_registers_at_an_address_is_known_by_its_authenticated_user(
    cli: CommandLine, office: Office
) -> None:
    with closing(Store(settings_sources.load().database_url)) as store:
        open_to_all(store)
    call = office.dial(1002, "9555", says="1002@10.0.0.1")
    office.settle(lambda: call.up, "the call")
    reasons = cli.done("explain", "1001", "1002", "--json").json["reasons"]
    assert [each for each in reasons if each.startswith(f"leg {call.leg.uuid}")]

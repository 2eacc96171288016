"""The laboratory with more entrances, and agents that try them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.laboratory.lab import Lab
from controller.laboratory.office import DOMAIN, SIP_PORT, TRUNK_PORT
from tests.live.attacks.agent import Agent
from tests.live.attacks.payloads import Payloads
from tests.live.attacks.wide import WideLab
from tests.live.laboratory import laboratory


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with laboratory(WideLab) as lab:
        yield lab


@pytest.fixture
def payloads(tmp_path: Path) -> Payloads:
    return Payloads(tmp_path)


@pytest.fixture
def caller() -> Iterator[Agent]:
    """A phone of 1001 that calls, but is not registered; 1001's phone on the phone switch is."""
    with Agent(SIP_PORT, "1001", "pw1001", DOMAIN) as agent:
        yield agent


@pytest.fixture
def callee() -> Iterator[Agent]:
    """1007's phone, registered."""
    with Agent(SIP_PORT, "1007", "pw1007", DOMAIN) as agent:
        assert agent.register() == 200
        yield agent


@pytest.fixture
def outside() -> Iterator[Agent]:
    """A phone without a user, at the trunk."""
    with Agent(TRUNK_PORT) as agent:
        yield agent

"""Runs each case on the simulated switch, and with `-m live` on a real one, if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.office import ContractOffice, LiveOffice, SimulatedOffice
from tests.live.laboratory import laboratory
from tests.live.office import Office
from tests.live.own import OwnSwitch
from tests.live.own import address as own_address


@pytest.fixture(scope="module")
def real_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The laboratory, up for one module, so that its ports are then free for others."""
    with laboratory() as lab, Office(lab, tmp_path_factory.mktemp("controller")) as office:
        yield office


@pytest.fixture(params=["simulator", pytest.param("freeswitch", marks=pytest.mark.live)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOffice | OwnSwitch]:
    """An office in which everybody may page everybody; or the user's own switch, which runs fewer cases."""
    if request.param == "simulator":
        simulated = SimulatedOffice(tmp_path)
        yield simulated
        simulated.close()
        return
    if (own := own_address()) is not None:
        yield OwnSwitch(own)
        return
    running: Office = request.getfixturevalue("real_office")
    running.open()
    real = LiveOffice(running)
    yield real
    real.close()
    running.close_up()


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[SimulatedOffice]:
    """An office on the simulated switch alone."""
    office = SimulatedOffice(tmp_path)
    yield office
    office.close()

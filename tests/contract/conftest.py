"""Each case runs on the simulated switch, and with `-m live` on a real one, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.office import ContractOffice, LiveOffice, SimulatedOffice
from tests.live import conftest as live
from tests.live.office import Office

lab = live.lab
whole_session = live.whole_session


@pytest.fixture(params=["simulator", pytest.param("freeswitch", marks=pytest.mark.live)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContractOffice]:
    """An office in which everybody may page everybody."""
    if request.param == "simulator":
        simulated = SimulatedOffice(tmp_path)
        yield simulated
        simulated.close()
        assert simulated.office.switch.unknown == []
        return
    running: Office = request.getfixturevalue("whole_session")
    running.open()
    real = LiveOffice(running)
    yield real
    real.close()
    running.close_up()

"""A real switch, a second one that plays the phones, and the controller, for the tests of `make live`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from tests.live.laboratory import laboratory
from tests.live.office import Office
from tests.live.own import LEFT_OUT, address
from tests.live.pbx import Pbx, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)


def pytest_report_header() -> str:
    own = address()
    if own is None:
        return "switch: the laboratory's"
    return f"switch: {own}: the wire's contract, doctor and doctor --audio; every other test is {LEFT_OUT}"


@pytest.fixture(scope="module")
def kind(request: pytest.FixtureRequest) -> type[Office]:
    """The kind of office that a module is about: its OFFICE, or that on one switch."""
    named: type[Office] = getattr(request.module, "OFFICE", Office)
    return named


@pytest.fixture(scope="module")
def lab(kind: type[Office]) -> Iterator[Lab]:
    """The laboratory, up for one module: a module may break it, or use other controllers."""
    with laboratory(kind.LAB) as lab:
        yield lab


@pytest.fixture(scope="module")
def whole_module(kind: type[Office], lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with kind(lab, tmp_path_factory.mktemp("controller")) as office:
        yield office


@pytest.fixture
def office(whole_module: Office) -> Iterator[Office]:
    """The laboratory with a controller that permits everything; every call is ended after the test."""
    whole_module.open()
    yield whole_module
    whole_module.close_up()


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """A switch that runs freeswitch/."""
    with running(tmp_path_factory.mktemp("pbx")) as pbx:
        yield pbx


@pytest.fixture
def administrator(pbx: Pbx) -> Iterator[ESL]:
    """A connection to that switch with all rights."""
    with closing((esl := pbx.login()).sock):
        yield esl

"""A controller, its application, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.app import Controller
from controller.config import Settings
from controller.simulator.office import Office
from controller.store.everybody import open_to_all
from controller.web.app import build
from controller.web.vitals import Vitals
from tests.databases import migrated

TOKEN = "0123456789abcdef-token"
#: No port that anybody listens on.
NOBODY = "127.0.0.1:1"


@pytest.fixture
def office() -> Iterator[Office]:
    """A simulated switch; its password is a secret that nobody else may learn.

    Its seconds are real: the dialplan waits as long for the controller as it does on a real switch.
    """
    with Office(password="pa55word") as office:
        yield office


@pytest.fixture
def settings(tmp_path: Path, office: Office) -> Settings:
    return Settings(
        database_url=migrated(tmp_path / "test.db"),
        switch_url=f"{office.url},esl://:pa55word@{NOBODY}",
        api_token=TOKEN,
    )


@pytest.fixture
def controller(settings: Settings) -> Iterator[Controller]:
    """One with two switches, of which one cannot be reached; started."""
    controller = Controller(settings)
    controller.start()
    yield controller
    controller.stop(1)


@pytest.fixture
def permitted(controller: Controller) -> None:
    """Everybody may page everybody."""
    open_to_all(controller.store)


@pytest.fixture
def vitals(controller: Controller) -> Iterator[Vitals]:
    vitals = Vitals(controller)
    yield vitals
    vitals.stop()


@pytest.fixture
def app(controller: Controller, vitals: Vitals) -> Flask:
    return build(controller, vitals)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

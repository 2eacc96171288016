"""A controller, its application, and a client of the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.app import Controller
from controller.config import Settings
from controller.simulator.office import Office
from controller.store.everybody import open_to_all
from controller.web.app import build
from controller.web.feed import Feed
from controller.web.vitals import Vitals
from tests.databases import migrated
from tests.virtual import VirtualClock

TOKEN = "0123456789abcdef-token"
#: No port that anybody listens on.
NOBODY = "127.0.0.1:1"
Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def eventually(clock: VirtualClock) -> Eventually:
    """A function that waits at most 60 real seconds for a condition; only a failing test waits so long."""

    def wait(condition: Callable[[], object]) -> None:
        pause = 0.001
        with gevent.Timeout(60, AssertionError("waited 60 s in vain")):
            while not condition():
                clock.sleep(pause)
                pause = min(1.2 * pause, 0.02)

    return wait


@pytest.fixture
def office(clock: VirtualClock) -> Iterator[Office]:
    """A simulated switch; its password is a secret that nobody else may learn."""
    with Office(password="pa55word", clock=clock) as office:
        yield office


@pytest.fixture
def settings(tmp_path: Path, office: Office) -> Settings:
    return Settings(
        database_url=migrated(tmp_path / "test.db"),
        switch_url=f"{office.url},esl://:pa55word@{NOBODY}",
        api_token=TOKEN,
    )


@pytest.fixture
def controller(settings: Settings, clock: VirtualClock) -> Iterator[Controller]:
    """A started controller with two switches, of which one cannot be reached."""
    controller = Controller(settings, clock)
    controller.start()
    yield controller
    controller.stop(1)


@pytest.fixture
def permitted(controller: Controller) -> None:
    """Settings by which everybody may page everybody."""
    open_to_all(controller.store)


@pytest.fixture
def vitals(controller: Controller) -> Iterator[Vitals]:
    vitals = Vitals(controller)
    yield vitals
    vitals.stop()


@pytest.fixture
def feed(controller: Controller) -> Feed:
    return Feed(controller)


@pytest.fixture
def app(controller: Controller, vitals: Vitals, feed: Feed) -> Flask:
    return build(controller, vitals, feed)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

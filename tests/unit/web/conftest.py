"""A controller that is not started, its application, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.app import Controller
from controller.config import Settings
from controller.store import schema
from controller.web.app import build

TOKEN = "0123456789abcdef-token"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two switches that nobody can reach, an SQLite database, and an API token."""
    return Settings(
        database_url=f"sqlite:///{tmp_path}/test.db",
        switch_url="esl://:pa55word@127.0.0.1:1,esl://:pa55word@127.0.0.1:2",
        api_token=TOKEN,
    )


def controller_of(settings: Settings, **changes: str) -> Iterator[Controller]:
    controller = Controller(replace(settings, **changes))
    schema.ensure_current(controller.store, lambda note: None)
    yield controller
    controller.stop(1)


@pytest.fixture
def controller(settings: Settings) -> Iterator[Controller]:
    yield from controller_of(settings)


@pytest.fixture
def app(controller: Controller) -> Flask:
    return build(controller)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

"""Browsers that are logged in to the console of an office at work."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.store import audit, console

ANNA = UserName("1001", "pbx.test")
FORM = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
Invite = Callable[..., str]


def form_token(client: FlaskClient) -> str:
    """The token that the forms of a browser's session send."""
    found = FORM.search(client.get("/").text)
    assert found
    return found[1]


@pytest.fixture
def invite(controller: Controller) -> Invite:
    """Makes an invitation; returns the secret of its link."""

    def make(role: Role = Role.USER, user: UserName = ANNA) -> str:
        with controller.store.unit() as unit:
            _, secret = console.invite(unit, user, role)
            unit.commit()
        return secret

    return make


class Browser:
    """A browser of a user of the console."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.client = app.test_client()
        assert self.client.post("/login", data={"secret": secret}).status_code == 303
        self.token = form_token(self.client)

    def open(self, method: str, path: str, **fields: str) -> TestResponse:
        headers = {"Accept": "application/json", "X-Form-Token": self.token}
        return self.client.open(path, method=method, data=fields, headers=headers)

    def get(self, path: str, status: int = 200) -> object:
        answer = self.client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == status, answer.text
        return answer.json

    def post(self, path: str, status: int = 200, **fields: str) -> object:
        answer = self.open("POST", path, **fields)
        assert answer.status_code == status, answer.text
        return answer.json


@pytest.fixture
def browse(app: Flask, invite: Invite) -> Callable[..., Browser]:
    """Makes a browser of a user: 1001 of the office, unless another one is named."""

    def make(role: Role = Role.USER, user: UserName = ANNA) -> Browser:
        return Browser(app, invite(role, user))

    return make


@pytest.fixture
def admin(browse: Callable[..., Browser]) -> Browser:
    return browse(Role.ADMIN)


@pytest.fixture
def tenant(browse: Callable[..., Browser]) -> Browser:
    return browse(Role.TENANT)


def read(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.client.get(f"/console/{path}", headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def send(browser: Browser, path: str, status: int = 303, **fields: object) -> TestResponse:
    fields = {"form_token": browser.token, **fields}
    headers = {"Accept": "text/html"}
    answer = browser.client.post(f"/console/{path}", data=fields, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


def changes(controller: Controller) -> list[tuple[str, str, str, str]]:
    with controller.store.reading() as reading:
        return [(each.actor, each.action, each.subject, each.details) for each in audit.listing(reading)]

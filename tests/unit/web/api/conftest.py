"""Two domains with settings, and a token of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.config import Settings
from controller.domain.api_token import FULL, Scope
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Feature
from controller.store import accept, api_tokens, groups, key_tokens, users
from controller.web import keyring
from tests.databases import migrated
from tests.unit.web.conftest import NOBODY, TOKEN

ONE, TWO = "one.test", "two.test"
ALICE, BOB, STRANGER = UserName("1001", ONE), UserName("1002", ONE), UserName("1001", TWO)


@dataclass
class Api:
    """Asks as who has a token; by default as the administrator of all domains.

    `tokens` has those of `one.test` by scope, `one.test` for one with each scope, `key` for that of a user's
    keys, and `two.test`. `ids` has the numbers of those of `two.test`: `token` and `key`.
    """

    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def __call__(
        self, method: str, path: str, who: str = "", headers: dict[str, str] | None = None, **body: Any
    ) -> TestResponse:
        token = {"Authorization": f"Bearer {self.tokens[who] if who else TOKEN}"}
        return self.client.open(
            f"/api/v1/{path}", method=method, headers=token | (headers or {}), json=body or None
        )


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    """One whose switch cannot be reached; not started."""
    settings = Settings(
        database_url=migrated(tmp_path / "test.db"), switch_url=f"esl://:x@{NOBODY}", api_token=TOKEN
    )
    controller = Controller(settings)
    yield controller
    controller.stop(1)


@pytest.fixture
def api(controller: Controller, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(keyring, "FRESH", 0.0)
    api = Api(client)
    with controller.store.unit() as unit:
        for name in (ALICE, BOB, STRANGER):
            users.add(unit, name, {})
        for name in ("sales", f"sales@{ONE}", f"sales@{TWO}"):
            groups.add(unit, GroupName(name), {})
        accept.add(unit, ALICE, Feature.WHISPER, BOB)
        for scope in FULL:
            _, api.tokens[scope] = api_tokens.issue(unit, ONE, "", {scope})
        _, api.tokens[ONE] = api_tokens.issue(unit, ONE, "", FULL)
        foreign, api.tokens[TWO] = api_tokens.issue(unit, TWO, "", FULL)
        _, api.tokens["kiosk"] = api_tokens.issue(unit, ONE, "", {Scope.KIOSK}, "lobby", ["visitor"])
        _, api.tokens["key"] = key_tokens.issue(unit, ALICE)
        foreign_key, _ = key_tokens.issue(unit, STRANGER)
        unit.commit()
    api.ids = {"token": foreign.id, "key": foreign_key.id}
    return api

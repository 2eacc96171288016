"""Access to the API: which tokens are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Blueprint, Flask

from controller.domain.api_token import ApiToken
from controller.domain.key_token import KeyToken
from controller.domain.names import UserName
from controller.web.access import bearer, caller

TOKEN = "0123456789abcdef"
ALICE = UserName("1001", "pbx.test")
NOW = datetime(2025, 1, 31, tzinfo=UTC)


@dataclass
class Ring:
    """A keyring with one token."""

    asked: int = 0

    def key(self, token: str, address: str) -> KeyToken | ApiToken | None:
        self.asked += 1
        if token == "a-domains-token":
            return ApiToken(1, "one.test", "", NOW)
        return KeyToken(1, ALICE, "", NOW) if token == "alices-key" else None


def api(token: str, ring: Ring | None = None) -> Flask:
    app = Flask(__name__)
    blueprint = Blueprint("api", __name__)
    blueprint.before_request(bearer(token, ring or Ring()))  # type: ignore[arg-type]
    blueprint.add_url_rule("/it", "it", lambda: str(caller().user))
    app.register_blueprint(blueprint)
    return app


def test_the_token_of_the_api_is_the_administrators() -> None:
    answer = api(TOKEN).test_client().get("/it", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.text == "None"


def test_the_token_of_a_key_is_its_users() -> None:
    answer = api(TOKEN).test_client().get("/it", headers={"Authorization": "Bearer alices-key"})
    assert answer.text == str(ALICE)


def test_the_token_of_a_domain_is_its_administrators() -> None:
    app = Flask(__name__)
    with app.test_request_context(headers={"Authorization": "Bearer a-domains-token"}):
        bearer(TOKEN, Ring())()  # type: ignore[arg-type]
        assert not caller().of_all
        assert caller().may_act_for(UserName("1", "one.test"))
        assert not caller().may_act_for(UserName("1", "two.test"), None)


WITHOUT = [
    {},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": TOKEN},
]
WRONG = [
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": "Bearer \xff\xfe"},
]


@pytest.mark.parametrize("headers", [*WITHOUT, *WRONG])
def test_nobody_else_is_let_in(headers: dict[str, str]) -> None:
    answer = api(TOKEN).test_client().get("/it", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("headers", WITHOUT)
def test_a_request_without_a_token_does_not_reach_the_database(headers: dict[str, str]) -> None:
    ring = Ring()
    api(TOKEN, ring).test_client().get("/it", headers=headers)
    assert ring.asked == 0


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer x", "Bearer alices-key"])
def test_the_api_is_off_without_a_token_in_the_settings(sent: str) -> None:
    assert api("").test_client().get("/it", headers={"Authorization": sent}).status_code == 404

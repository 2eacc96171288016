"""The API's bearer token."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from controller.web.token import bearer

TOKEN = "0123456789abcdef"


def api(token: str) -> Flask:
    app = Flask(__name__)
    blueprint = Blueprint("api", __name__)
    blueprint.before_request(bearer(token))
    blueprint.add_url_rule("/it", "it", lambda: "in")
    app.register_blueprint(blueprint)
    return app


def test_who_brings_the_token_is_let_in() -> None:
    answer = api(TOKEN).test_client().get("/it", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.text == "in"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": TOKEN},
    ],
)
def test_nobody_else_is(headers: dict[str, str]) -> None:
    answer = api(TOKEN).test_client().get("/it", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}])
def test_without_a_token_of_its_own_the_api_is_not_there(headers: dict[str, str]) -> None:
    assert api("").test_client().get("/it", headers=headers).status_code == 404

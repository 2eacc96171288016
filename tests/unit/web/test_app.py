"""The behaviour of the application itself: errors, limits, headers."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from controller.web.body import MAX_BODY, read_body


def length() -> str:
    read_body()
    return str(len(request.get_data()))


@pytest.fixture
def routes(app: Flask) -> Flask:
    """Some routes that only tests need."""

    def fail() -> str:
        raise ValueError("the secret inside")

    app.add_url_rule("/fail/<token>", "fail", lambda token: fail())
    app.add_url_rule("/length", "length", length, methods=["POST"])
    return app


def test_an_unknown_path_is_answered_with_problem_details(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == "about:blank"
    assert answer.json["title"] == "Not Found"
    assert answer.json["status"] == 404
    assert answer.content_length == len(answer.data)


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/v1", "/api/v1/people", "/keys", "/keys/x"])
def test_an_unknown_path_points_to_the_existing_ones(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    for there in ("/healthz", "/readyz", "/metrics", "/api/v1/pages", "/api/v1/status", "/keys/"):
        assert there in answer.json["detail"]
    assert answer.headers["Link"] == '</api/v1/openapi.json>; rel="service-desc"'


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/api/v1/page", "/api/v1/pages"), ("/api/v1/status/", "/api/v1/status"), ("/health", "/healthz")],
)
def test_a_nearly_right_path_is_answered_with_the_right_one(
    client: FlaskClient, path: str, meant: str
) -> None:
    assert f"Did you mean {meant}?" in client.get(path).json["detail"]


def test_a_path_that_may_hold_a_token_is_not_repeated(client: FlaskClient) -> None:
    assert "secret" not in client.get("/key/secret/mute").text


def test_a_wrong_method_is_answered_with_the_right_ones(routes: Flask) -> None:
    answer = routes.test_client().get("/length")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["detail"] == "This path takes POST alone."


def test_an_internal_fault_is_logged_and_not_shown_to_the_client(routes: Flask) -> None:
    with capture_logs() as logs:
        answer = routes.test_client().get("/fail/1")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ValueError" not in answer.text
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["http.failed"]


def test_the_access_log_has_the_rule_and_not_the_path(routes: Flask) -> None:
    with capture_logs() as logs:
        routes.test_client().get("/fail/token-in-path?token=in-query")
    assert "/fail/<token>" in str(logs)
    assert "in-path" not in str(logs)
    assert "in-query" not in str(logs)


def test_a_body_longer_than_the_limit_is_refused(routes: Flask) -> None:
    client = routes.test_client()
    assert client.post("/length", data=b"x" * MAX_BODY).text == str(MAX_BODY)
    assert client.post("/length", data=b"x" * (MAX_BODY + 1)).status_code == 413


def test_caches_keep_nothing(client: FlaskClient) -> None:
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"

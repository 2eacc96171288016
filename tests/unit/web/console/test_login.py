"""Logging in to the console by a link, staying logged in, and logging out."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.store import console
from controller.web.console import sessions
from tests.unit.web.console.conftest import Invite, form_token


def enter(client: FlaskClient, secret: str, **headers: str) -> TestResponse:
    return client.post("/login", data={"secret": secret}, headers=headers)


def test_a_link_shows_a_page_that_uses_nothing_up(client: FlaskClient, invite: Invite) -> None:
    secret = invite()
    for _ in range(3):
        assert client.get(f"/login/{secret}").status_code == 200
    assert enter(client, secret).status_code == 303


def test_the_page_behind_a_link_says_nothing_of_whether_it_is_valid(
    client: FlaskClient, invite: Invite
) -> None:
    right, wrong = invite(), "x" * 43
    pages = [client.get(f"/login/{secret}").text.replace(secret, "") for secret in (right, wrong)]
    assert pages[0] == pages[1]


def test_a_link_leads_to_the_console_once(app: Flask, invite: Invite) -> None:
    secret = invite()
    first, second = app.test_client(), app.test_client()
    assert enter(first, secret).headers["Location"] == "/"
    assert first.get("/").status_code == 200
    assert enter(second, secret).status_code == 403
    assert second.get("/").status_code == 403


def test_the_cookie_is_for_our_own_pages_and_for_no_script(client: FlaskClient, invite: Invite) -> None:
    cookie = enter(client, invite()).headers["Set-Cookie"]
    assert cookie.startswith("whisperpage=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_is_for_tls_alone(client: FlaskClient, invite: Invite) -> None:
    cookie = enter(client, invite(), **{"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-whisperpage=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Secure"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.test"}],
)
def test_another_site_logs_nobody_in(client: FlaskClient, invite: Invite, headers: dict[str, str]) -> None:
    secret = invite()
    assert enter(client, secret, **headers).status_code == 403
    assert enter(client, secret).status_code == 303


def test_who_logs_out_is_out(client: FlaskClient, invite: Invite) -> None:
    enter(client, invite())
    cookie = client.get_cookie("whisperpage")
    assert cookie
    assert client.post("/logout", data={"form_token": form_token(client)}).headers["Location"] == "/left"
    assert client.get_cookie("whisperpage") is None
    client.set_cookie("whisperpage", cookie.value)
    assert client.get("/").status_code == 403


def test_a_revoked_session_ends_within_a_second(
    client: FlaskClient, controller: Controller, invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "FRESH", 0.0)
    enter(client, invite())
    assert client.get("/").status_code == 200
    with controller.store.unit() as unit:
        console.revoke(unit, 1)
        unit.commit()
    assert client.get("/").status_code == 403


def test_without_a_session_a_person_reads_where_to_get_one_and_a_script_gets_data(
    client: FlaskClient,
) -> None:
    page = client.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page.content_type) == (403, "text/html; charset=utf-8")
    assert "open the link" in unescape(page.text)
    data = client.get("/console/colleagues", headers={"Accept": "application/json"})
    assert (data.status_code, data.content_type) == (403, "application/problem+json")


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_change_needs_the_token_of_the_session(client: FlaskClient, invite: Invite, token: str) -> None:
    enter(client, invite())
    assert client.post("/logout", data={"form_token": token}).status_code == 403
    assert client.get("/").status_code == 200


def test_the_token_of_an_older_session_is_of_no_use(app: Flask, invite: Invite) -> None:
    client = app.test_client()
    enter(client, invite())
    old = form_token(client)
    enter(client, invite())
    assert client.post("/logout", data={"form_token": old}).status_code == 403


def test_a_page_of_another_site_changes_nothing_even_with_the_token(
    client: FlaskClient, invite: Invite
) -> None:
    enter(client, invite())
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/logout", data={"form_token": form_token(client)}, headers=headers)
    assert answer.status_code == 403


def test_who_sends_too_many_wrong_links_waits_and_a_right_one_still_works(app: Flask, invite: Invite) -> None:
    secret = invite()
    stranger = app.test_client()
    answers = [enter(stranger, f"wrong-{number}").status_code for number in range(25)]
    assert answers == [403] * 20 + [429] * 5
    assert int(enter(stranger, "wrong").headers["Retry-After"]) > 0
    assert enter(app.test_client(), secret).status_code == 303


def test_wrong_cookies_count_too(app: Flask, invite: Invite) -> None:
    client, stranger = app.test_client(), app.test_client()
    enter(client, invite())
    for number in range(25):
        stranger.set_cookie("whisperpage", f"wrong-{number}")
        last = stranger.get("/").status_code
    assert last == 429
    assert client.get("/").status_code == 200


def test_a_session_that_asks_too_much_waits(
    client: FlaskClient, invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "USES", sessions.RateLimit(3, 60.0))
    enter(client, invite())
    assert [client.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    "path", ["/", "/login/x", "/left", "/console/colleagues", "/console/files/x/console.js"]
)
def test_nothing_but_our_own_files_is_run_or_loaded(client: FlaskClient, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)
    assert client.get(path).headers["Referrer-Policy"] == "same-origin"
    assert client.get(path).headers["X-Frame-Options"] == "DENY"


def test_a_session_is_used_without_a_wait_and_its_use_is_noted(
    client: FlaskClient, controller: Controller, invite: Invite, eventually: Callable[..., None]
) -> None:
    enter(client, invite())
    with controller.store.reading() as reading:
        (before,) = console.listing(reading)
    client.get("/")

    def noted() -> bool:
        with controller.store.reading() as reading:
            (now,) = console.listing(reading)
        return now.last_used_at != before.last_used_at

    eventually(noted)


@pytest.mark.parametrize(
    ("wanted", "title"), [("de-AT,de;q=0.9", "Anmelden"), ("es", "Entrar"), ("fr", "Log in")]
)
def test_a_page_is_in_the_language_of_the_browser(client: FlaskClient, wanted: str, title: str) -> None:
    assert title in client.get("/login/x", headers={"Accept-Language": wanted}).text

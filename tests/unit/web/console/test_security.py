"""Every path of the console, without a session, with another role, from another domain, from another site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from controller.app import Controller
from controller.domain.console import Role
from controller.domain.names import UserName
from controller.simulator.office import Office
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work

Browse = Callable[..., Browser]
#: What everybody may ask for: to log in, and the page of a kiosk, which has its own token.
PUBLIC = {"/console/files/<version>/<name>", "/login/<secret>", "/login", "/left", "/lobby"}


def rules(app: Flask, *blueprints: str) -> Iterator[Rule]:
    """The paths of the console that are for those who are logged in."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in blueprints:
            yield rule


def asked(rule: Rule) -> Iterator[tuple[str, str]]:
    """Each method of a path, with something in its places."""
    path = rule.rule
    for argument in rule.arguments:
        converter = "int:" if f"<int:{argument}>" in path else ""
        path = path.replace(f"<{converter}{argument}>", "7")
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield method, path


@pytest.fixture(autouse=True)
def work(controller: Controller, office: Office) -> None:
    at_work(controller, office)


def test_what_everybody_may_ask_for_is_what_logs_in_and_the_page_of_a_kiosk(app: Flask) -> None:
    assert {rule.rule for rule in rules(app, "console")} == PUBLIC


def test_nothing_is_to_be_had_without_a_session(app: Flask) -> None:
    for rule in rules(app, "inside", "admin"):
        for method, path in asked(rule):
            answer = app.test_client().open(path, method=method, headers={"Accept": "application/json"})
            assert answer.status_code == 403, (method, path)
            assert "Nobody is logged in" in answer.text


def test_nothing_is_to_be_had_by_a_forged_cookie(app: Flask) -> None:
    for rule in rules(app, "inside", "admin"):
        for method, path in asked(rule):
            client = app.test_client()
            client.set_cookie("whisperpage", "0" * 43)
            assert client.open(path, method=method).status_code in (403, 429), (method, path)


@pytest.mark.parametrize("role", Role)
def test_nothing_is_changed_without_the_token_of_the_session(app: Flask, browse: Browse, role: Role) -> None:
    browser = browse(role)
    old = browse(role).token
    for rule in rules(app, "inside", "admin"):
        for method, path in asked(rule):
            if method != "GET":
                for headers in ({}, {"X-Form-Token": old}, {"X-Form-Token": "x"}):
                    answer = browser.client.open(path, method=method, headers=headers)
                    assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_nothing_is_changed_by_another_site(app: Flask, browse: Browse, site: str) -> None:
    browser = browse(Role.ADMIN)
    headers = {"X-Form-Token": browser.token, "Sec-Fetch-Site": site}
    for rule in rules(app, "inside", "admin"):
        for method, path in asked(rule):
            if method != "GET":
                assert browser.client.open(path, method=method, headers=headers).status_code == 403


def test_a_user_finds_nothing_of_the_administrators(app: Flask, browse: Browse) -> None:
    browser = browse(Role.USER)
    for rule in rules(app, "admin"):
        for method, path in asked(rule):
            headers = {"X-Form-Token": browser.token}
            answer = browser.client.open(path, method=method, headers=headers)
            assert answer.status_code == 404, (method, path)


def test_no_get_changes_anything(app: Flask) -> None:
    for rule in rules(app, "console", "inside", "admin"):
        assert not {"GET", "POST"} <= (rule.methods or set()), rule.rule


def test_every_answer_has_the_policy(app: Flask, browse: Browse) -> None:
    browser = browse(Role.ADMIN)
    for rule in rules(app, "console", "inside", "admin"):
        for method, path in asked(rule):
            if path != "/console/events":
                answer = browser.client.open(path, method=method)
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_colleague_of_another_domain_is_as_one_that_does_not_exist(browse: Browse) -> None:
    stranger = browse(user=UserName("2001", "two.test"))
    verdicts = stranger.get("/console/verdicts?ext=1002&ext=7777")
    assert verdicts["1002"] == verdicts["7777"]  # type: ignore[index]
    answers = [stranger.post("/console/page", 409, ext=ext) for ext in ("1002", "7777")]
    assert len({answer["reason"] for answer in answers}) == 1  # type: ignore[index]


def test_no_script_stands_in_a_page(app: Flask, browse: Browse) -> None:
    page = browse(Role.ADMIN).client.get("/").text
    for part in page.split("<script")[1:]:
        tag = part.partition(">")[0]
        assert "src=" in tag or 'type="application/json"' in tag
    assert "style=" not in page
    assert not re.search(r"<[^>]*\son\w+=", page)

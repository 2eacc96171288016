"""Domains over HTTP: a token sees and makes the pages of its domain, and none leads to another one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.names import GroupName, UserName
from controller.domain.policy import Accept
from controller.domain.toggle import Toggle
from controller.simulator.configuration import User
from controller.simulator.office import DOMAIN, Office
from controller.store import accept, api_tokens, groups, users
from controller.store.settings import UserChanges
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, talk, whispering

PAGES, STATUS = "/api/v1/pages", "/api/v1/status"
OTHER = "other.test"
EXTENSIONS = ("1001", "1002", "1003", "1004", "1005")


class Tenants:
    """Two domains with the same extensions, everything permitted in both, and a token of each kind."""

    def __init__(self, controller: Controller, office: Office, client: FlaskClient) -> None:
        self.controller, self.office, self.client = controller, office, client
        self.keys = at_work(controller, office)
        for extension in EXTENSIONS:
            office.switch.configuration.users[f"{extension}@{OTHER}"] = User(extension, OTHER)
        with controller.store.unit() as unit:
            for extension in EXTENSIONS:
                users.add(unit, UserName(extension, OTHER), UserChanges(whisper_accept=Accept.ALL))
            self.tokens = {domain: api_tokens.issue(unit, domain)[1] for domain in (DOMAIN, OTHER, "")}
            unit.commit()

    def ask(self, method: str, path: str, token: str, **asked: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.open(path, method=method, headers=headers, json=asked or None)

    def going_on(self, token: str) -> list[tuple[str, str]]:
        pages = self.ask("GET", PAGES, token).json["pages"]
        return [(page["pager"], page["target"]) for page in pages]


@pytest.fixture
def tenants(controller: Controller, office: Office, app: Flask, client: FlaskClient) -> Tenants:
    return Tenants(controller, office, client)


def test_a_token_of_a_domain_sees_the_pages_of_its_users_and_no_others(tenants: Tenants) -> None:
    talk(tenants.office, tenants.controller)
    tenants.office.dial(1001, "*191002")
    tenants.office.settle(lambda: whispering(tenants.controller), "the page")
    page = [(f"1001@{DOMAIN}", f"1002@{DOMAIN}")]
    assert tenants.going_on(tenants.tokens[DOMAIN]) == tenants.going_on(tenants.tokens[""]) == page
    assert tenants.going_on(tenants.tokens[OTHER]) == []
    page_id = tenants.ask("GET", PAGES, TOKEN).json["pages"][0]["id"]
    for method in ("GET", "DELETE"):
        assert tenants.ask(method, f"{PAGES}/{page_id}", tenants.tokens[OTHER]).status_code == 404
    assert whispering(tenants.controller)
    assert tenants.ask("DELETE", f"{PAGES}/{page_id}", tenants.tokens[DOMAIN]).status_code == 204


def test_a_token_of_a_domain_pages_for_its_users_alone(tenants: Tenants) -> None:
    asked = {"pager": f"1001@{DOMAIN}", "target": f"1003@{DOMAIN}"}
    assert tenants.ask("POST", PAGES, tenants.tokens[OTHER], **asked).status_code == 403
    assert tenants.ask("POST", PAGES, tenants.tokens[DOMAIN], **asked).status_code == 202


def test_the_events_of_a_domain_are_for_its_own_token_until_it_is_revoked(tenants: Tenants) -> None:
    headers = {"Authorization": f"Bearer {tenants.tokens[OTHER]}"}
    with tenants.client.get("/api/v1/events", headers=headers) as stream:
        told = stream.iter_encoded()
        assert b"event: start" in next(told) + next(told)
        tenants.controller.blocked.block(UserName("1002", DOMAIN), Toggle.ON)
        tenants.controller.blocked.block(UserName("1003", OTHER), Toggle.ON)
        assert b"1003@other.test" in next(told)


def test_the_status_is_only_for_those_who_may_see_every_domain(tenants: Tenants) -> None:
    assert tenants.ask("GET", STATUS, tenants.tokens[""]).status_code == 200
    assert tenants.ask("GET", STATUS, tenants.tokens[OTHER]).status_code == 403


def test_a_token_of_the_api_is_no_key(tenants: Tenants) -> None:
    for token in tenants.tokens.values():
        assert tenants.client.get(f"/keys/{token}/page/1002").status_code == 403


def test_a_revoked_token_is_refused(tenants: Tenants) -> None:
    with tenants.controller.store.unit() as unit:
        for token in list(api_tokens.listing(unit)):
            api_tokens.revoke(unit, token.id)
        unit.commit()
    for token in tenants.tokens.values():
        assert tenants.ask("GET", PAGES, token).status_code == 401


def test_no_list_or_group_of_another_domain_permits_anything(tenants: Tenants) -> None:
    """With rows that a script has written without the program's checks, where the database accepts them."""
    from controller.store import policy
    from controller.store.models import AcceptEntry

    stranger, target = UserName("1001", OTHER), UserName("1002", DOMAIN)
    with tenants.controller.store.unit() as unit:
        users.change(unit, target, UserChanges(whisper_accept=Accept.LISTED))
        entry = AcceptEntry(
            feature="whisper",
            owner_user_id=users.existing(unit, target).id,
            allowed_user_id=users.existing(unit, stranger).id,
        )
        unit.session.add(entry)
        groups.add(unit, GroupName(f"sales@{OTHER}"), {})
        unit.session.flush()
        found = policy.decide(unit, stranger, target)
        assert not found.whisper.accepted
        assert not found.whisper.initiate
        assert accept.listing(unit, target)

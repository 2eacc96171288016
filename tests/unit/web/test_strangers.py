"""What is of another domain is looked for as what does not exist is: by the same SQL, with the same sentence.

So the time of an answer tells no more than the answer does. The times themselves are measured by
benchmarks/strangers.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.app import Controller
from controller.domain.api_token import FULL, Scope
from controller.domain.console import Role
from controller.domain.names import GroupName, UserName
from controller.domain.page_group import PageGroupName
from controller.domain.record import PageRecord, Treatment
from controller.domain.reply import Reply
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, console, groups, key_tokens, page_groups, pages, replies, users
from tests.unit.web.console.conftest import Browser, browse, invite
from tests.unit.web.office import at_work

__all__ = ["browse", "invite"]

OTHER = "two.test"
STRANGER = UserName("2001", OTHER)
PAGE, NO_PAGE = (f"3b241101-e2bb-4255-8caf-4136c566a96{digit}" for digit in "01")
#: Marks of statements by which sessions and tokens are looked up, which is done now and then; and of what
#: goes around each transaction, theirs too.
LOOKED_UP = ("token_hash", "last_used_at=", "PRAGMA", "BEGIN")
Ask = Callable[[str], TestResponse]


@dataclass
class Statements:
    """The SQL that is run, without its values."""

    found: list[str] = field(default_factory=list)

    def take(self, *arguments: Any) -> None:
        if not any(mark in arguments[2] for mark in LOOKED_UP):
            self.found.append(arguments[2])

    def of(self, ask: Ask, what: str) -> tuple[list[str], int, str]:
        """The statements of a request; and its answer, in which what was asked for has another name."""
        self.found = []
        answer = ask(what)
        shown = re.search(r"<main.*</main>", answer.text, re.DOTALL)
        name = re.escape(what.partition(" ")[0])
        text = re.sub(rf"(?<!\w){name}(?!\w)", "it", (shown or [answer.text])[0])
        return self.found, answer.status_code, text


@pytest.fixture
def statements(controller: Controller, office: Office) -> Iterator[Statements]:
    """In an office beside another domain, which has one of everything."""
    at_work(controller, office)
    with controller.store.unit() as unit:
        users.add(unit, STRANGER, {})
        groups.add(unit, GroupName(f"sales@{OTHER}"), {})
        replies.put(unit, f"@{OTHER}", Reply("7", "words"))
        page_groups.add(unit, PageGroupName("600", OTHER), "label")
        now = datetime.now(UTC)
        pages.save(unit, PageRecord(PAGE, "pbx", STRANGER, STRANGER, Treatment.REFUSED, now, "oneself"))
        unit.commit()
    statements = Statements()
    sa.event.listen(controller.store.engine, "before_cursor_execute", statements.take)
    yield statements
    sa.event.remove(controller.store.engine, "before_cursor_execute", statements.take)


def numbers(controller: Controller) -> dict[str, str]:
    """The number of a token, a key and an invitation of the other domain, by their paths."""
    with controller.store.unit() as unit:
        token, _ = api_tokens.issue(unit, OTHER, "", {Scope.READ})
        key, _ = key_tokens.issue(unit, STRANGER)
        invitation, _ = console.invite(unit, STRANGER, Role.USER)
        unit.commit()
    return {
        "tokens/revoke": str(token.id),
        "keys/revoke": str(key.id),
        "invitations/revoke": str(invitation.id),
    }


def test_a_page_of_the_console_tells_no_more_by_its_time(
    statements: Statements, browse: Callable[..., Browser]
) -> None:
    browser = browse(Role.TENANT)
    for path, there, nowhere in (
        ("users/edit?name=", "2001@two.test", "7777@two.test"),
        ("users?search=", "2001", "7777"),
        ("groups/edit?name=", "sales@two.test", "nosuch@two.test"),
        ("page-groups/edit?name=", "600@two.test", "666@two.test"),
        ("replies/edit?name=", "@two.test *7", "@six.test *7"),
        ("history?user=", "2001@two.test", "7777@two.test"),
        ("explain?pager=1001&target=", "2001@two.test", "7777@two.test"),
    ):

        def ask(what: str, path: str = path) -> TestResponse:
            return browser.client.get(f"/console/{path}{what}", headers={"Accept": "text/html"})

        assert statements.of(ask, there) == statements.of(ask, nowhere), path
        assert statements.of(ask, there)[1] in (200, 404)


def test_a_change_in_the_console_tells_no_more_by_its_time(
    statements: Statements, controller: Controller, browse: Callable[..., Browser]
) -> None:
    browser = browse(Role.TENANT)
    user = (STRANGER, "7777@two.test")
    for path, name, there, nowhere in (
        ("users/add", "name", *user),
        ("users/change", "name", *user),
        ("users/remove", "name", *user),
        ("users/bulk", "chosen", *user),
        ("groups/change", "name", "sales@two.test", "nosuch@two.test"),
        ("groups/remove", "name", "sales@two.test", "nosuch@two.test"),
        ("lists/add", "allowed", *user),
        ("page-groups/remove", "name", "600@two.test", "666@two.test"),
        ("page-groups/members/add", "name", "600@two.test", "666@two.test"),
        ("replies/remove", "name", "@two.test *7", "@six.test *7"),
        ("keys/issue", "name", *user),
        ("invitations/invite", "name", *user),
        *((path, "number", number, "999") for path, number in numbers(controller).items()),
    ):
        fields = {"form_token": browser.token, "owner": f"1001@{DOMAIN}", "feature": "whisper"}
        fields |= {"pages_off": "yes", "role": "user", "days": "1"}

        def ask(what: str, path: str = path, fields: dict[str, str] = fields, name: str = name) -> Any:
            headers = {"Accept": "text/html"}
            return browser.client.post(f"/console/{path}", data=fields | {name: what}, headers=headers)

        found = statements.of(ask, str(there))
        assert found == statements.of(ask, str(nowhere)), path
        assert found[1] in (403, 404), path


def test_the_api_tells_no_more_by_its_time(
    statements: Statements, controller: Controller, client: FlaskClient
) -> None:
    with controller.store.unit() as unit:
        _, token = api_tokens.issue(unit, DOMAIN, "", FULL)
        unit.commit()
    of_others = {path.partition("/")[0]: number for path, number in numbers(controller).items()}
    for path, there, nowhere in (
        ("users/", "2001@two.test", "7777@two.test"),
        ("groups/", "sales@two.test", "nosuch@two.test"),
        ("page-groups/", "600@two.test", "666@two.test"),
        ("pages/", PAGE, NO_PAGE),
        ("tokens/", of_others["tokens"], "999"),
        ("keys/", of_others["keys"], "999"),
    ):
        for method in ("GET", "DELETE"):

            def ask(what: str, path: str = path, method: str = method) -> TestResponse:
                headers = {"Authorization": f"Bearer {token}"}
                return client.open(f"/api/v1/{path}{what}", method=method, headers=headers)

            found = statements.of(ask, there)
            assert found == statements.of(ask, nowhere), (method, path)
            assert found[1] in (404, 405), (method, path)


def test_a_colleague_of_another_domain_takes_as_long_as_nobody(
    statements: Statements, browse: Callable[..., Browser]
) -> None:
    browser = browse(user=STRANGER)  # 1002 is somebody in the other domain, and nobody in this one

    def verdict(what: str) -> TestResponse:
        return browser.client.get(f"/console/verdicts?ext={what}")

    verdict("9")
    assert statements.of(verdict, "1002") == statements.of(verdict, "7777")

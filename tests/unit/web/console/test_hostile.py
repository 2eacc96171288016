"""Markup in everything that SQL can hold and that phones can send is text on every page of the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from controller.app import Controller
from controller.domain.console import Actor, Role
from controller.domain.message import Message
from controller.domain.names import GroupName
from controller.domain.page_group import PageGroupName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.errors import Rejected, StoreError
from controller.simulator.office import Office
from controller.store import (
    accept,
    api_tokens,
    audit,
    favourites,
    groups,
    key_tokens,
    messages,
    page_groups,
    pages,
)
from controller.store.models import Base
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work, user

HOSTILE = "<script>owned()</script>"
PAGE = "3b241101-e2bb-4255-8caf-4136c566a962"
#: The columns that take it; all others refuse it by their constraints.
TAKES_ANYTHING = {
    "api_tokens.label",
    "audit_entries.action",
    "audit_entries.actor",
    "audit_entries.address",
    "audit_entries.details",
    "audit_entries.domain",
    "audit_entries.subject",
    "console_invitations.created_by",
    "console_sessions.address",
    "key_tokens.label",
    "pages.cause",
    "pages.ending",
    "pages.message",
    "pages.part_of",
    "pages.reason",
    "pages.reply",
    "pages.switch",
    "pages.target",
    "messages.words",
    "page_groups.label",
    "phone_rules.pattern",
    "phone_rules.vendor",
    "replies.words",
}
#: Pages beside those without an argument.
EDITED = (
    "users/edit?name=1002@pbx.test",
    "groups/edit?name=sales",
    f"phones/edit?name={HOSTILE}",
    "replies/edit?name=* *1",
    "messages/edit?name=* lobby",
    "page-groups/edit?name=600@pbx.test",
)


@pytest.fixture
def browser(controller: Controller, office: Office, browse: Callable[..., Browser]) -> Browser:
    """An administrator's, in an office with something in each table; its phones send markup, too."""
    for extension in (1002, 1005):
        office.phone(extension).user_agent = f"{HOSTILE} {extension}"
    names = office.switch.configuration.users["1005@pbx.test"].variables
    names["effective_caller_id_name"] = HOSTILE  # type: ignore[index]
    at_work(controller, office)
    with controller.store.unit() as unit:
        groups.add(unit, GroupName("sales"), {})
        messages.add(unit, "*", Message("lobby", words="hello"))
        page_groups.add(unit, PageGroupName("600", "pbx.test"), "a label")
        page_groups.add_member(unit, PageGroupName("600", "pbx.test"), user(1002))
        accept.add(unit, user(1002), Feature.WHISPER, GroupName("sales"))
        api_tokens.issue(unit, "pbx.test", "a label", {"read"})  # type: ignore[arg-type]
        key_tokens.issue(unit, user(1002), "a label")
        audit.record(unit, Actor("somebody"), "user changed", "1002@pbx.test", "details")
        favourites.keep(unit, user(1001), user(1002))
        record = PageRecord(
            PAGE, "pbx", user(1001), user(1002), Treatment.REFUSED, datetime.now(UTC), "oneself"
        )
        pages.save(unit, record)
        unit.commit()
    controller.call_backs.ask(Feature.WHISPER, user(1901), user(1902))
    return browse(Role.ADMIN)


def filled(controller: Controller) -> Iterator[str]:
    """Write it into one row of each column of text, where SQL takes it; these columns."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, sa.String) or column.computed is not None:
                continue
            first = list(table.primary_key.columns)
            try:
                with controller.store.unit() as unit:
                    row = unit.session.execute(sa.select(*first).limit(1)).one()
                    where = [key == value for key, value in zip(first, row, strict=True)]
                    unit.session.execute(sa.update(table).where(*where).values({column.name: HOSTILE}))
                    unit.commit()
            except (StoreError, Rejected):
                continue
            yield f"{table.name}.{column.name}"


def test_it_is_text_wherever_it_comes_from(browser: Browser, controller: Controller, app: Flask) -> None:
    assert set(filled(controller)) == TAKES_ANYTHING
    explained = "explain?pager=1001@pbx.test&target=1005@pbx.test"
    plain = [
        rule.rule.removeprefix("/console/")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("admin.") and "GET" in (rule.methods or ()) and "edit" not in rule.rule
    ]
    seen = 0
    for path in (*plain, *EDITED, explained):
        answer = browser.client.get(f"/console/{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 200, path
        if not path.endswith(".csv"):
            assert HOSTILE not in answer.text, path
            assert "<script>owned" not in answer.text, path
            seen += answer.text.count("&lt;script&gt;owned()")
    assert seen >= len(TAKES_ANYTHING)


def test_data_with_it_is_no_page(browser: Browser) -> None:
    for path in ("roll", "colleagues", "verdicts?ext=1005"):
        answer = browser.client.get(f"/console/{path}")
        assert answer.content_type == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

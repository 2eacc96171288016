"""A lobby's tablet in a real browser: the page of the console, and the example of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE, TOP, Office, serious
from tests.browser.test_pages import check

EXAMPLE = TOP / "examples/lobby.html"
Lobby = Callable[..., Any]


@pytest.fixture
def lobby(browser: Any, office: Office, wrong: list[str]) -> Iterator[Lobby]:
    """Opens the page of a kiosk, or with `example` the file, in a browser of its own."""
    contexts: list[Any] = []

    def make(*, example: bool = False, **options: Any) -> Any:
        address = office.do("kiosk")
        contexts.append(
            browser.new_context(**{"viewport": {"width": 800, "height": 1200}, "locale": "en-US"} | options)
        )
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        if example:
            page.route("**/tablet.html", lambda route: route.fulfill(path=EXAMPLE, content_type="text/html"))
            address = address.replace("/lobby#", "/tablet.html#")
        page.goto(address)
        return page

    yield make
    for context in contexts:
        context.close()
    office.do("hang_up")
    assert serious(wrong) == []


def said(page: Any, text: str) -> None:
    page.get_by_role("status").filter(has_text=text).wait_for()


@pytest.mark.parametrize("example", [False, True])
def test_a_visitor_is_announced_and_reads_the_reply(lobby: Lobby, office: Office, example: bool) -> None:
    office.do("call", "1002", "9555")
    page = lobby(example=example)
    page.get_by_role("button", name="Ext 1002").press("Enter")
    page.get_by_role("heading", name="Ext 1002").wait_for()
    said(page, "You have been announced")
    check(page)
    office.do("press", "1002", "*2")
    said(page, "Answer: “five minutes”")
    check(page)
    page.get_by_role("button", name="Back to the start").click()
    page.get_by_role("heading", name="Whom are you visiting?").wait_for()
    check(page)
    assert "owned" not in page.title()  # 1006 has a name that is hostile


def test_a_visitor_of_somebody_who_is_not_there_is_sent_to_the_front_desk(lobby: Lobby) -> None:
    page = lobby(locale="de-DE", viewport={"width": 360, "height": 740})
    page.get_by_role("heading", name="Wen besuchen Sie?").wait_for()
    page.get_by_label("Nach Namen suchen").fill("1010")
    assert page.get_by_role("listitem").count() == 1
    page.get_by_role("button", name="1010").click()
    said(page, "Nicht da.")


def test_a_link_that_is_not_valid_shows_nobody(lobby: Lobby) -> None:
    page = lobby()
    page.get_by_role("button", name="Ext 1002").wait_for()
    page.evaluate("location.hash = 'x'.repeat(43)")
    said(page, "This tablet is not set up")
    assert page.get_by_role("listitem").count() == 0
    check(page)


def test_a_visitor_is_told_when_the_network_has_failed_and_the_answer_comes_afterwards(
    lobby: Lobby, office: Office
) -> None:
    office.do("call", "1003", "9555")
    page = lobby()
    failed: list[int] = []

    def fail_once(route: Any) -> None:
        failed.append(1)
        route.abort() if len(failed) == 1 else route.continue_()

    page.route("**/api/v1/messages/*", fail_once)
    page.get_by_role("button", name="Ext 1003").click()
    said(page, "You have been announced")
    office.do("press", "1003", "*3")
    said(page, "Answer: “I cannot")
    assert len(failed) > 1

"""Every page of the console in a real browser: by axe, on a narrow and a wide screen, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import NAME, Office

OpenPage = Callable[..., Any]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
ADMIN = ("board", "history", "users", "users/new", "users/edit?name=1010@pbx.test", "groups",
         "groups/edit?name=default", "replies", "replies/edit?name=* *1", "users/file",
         "messages", "messages/new", "page-groups", "page-groups/edit?name=600@pbx.test", "call-backs",
         "keys/buttons", "phones", "tokens", "tokens/new", "invitations", "audit", "explain")  # fmt: skip
#: The pages are looked at on each of them, one after the other, by these rules: on the second by those of axe
#: whose findings depend on the screen.
SCREENS: tuple[tuple[int, str, list[str] | None], ...] = (
    (1280, "light", None),
    (360, "dark", ["color-contrast", "target-size", "scrollable-region-focusable"]),
)


def check(page: Any) -> None:
    """Assert that axe finds nothing wrong with a page, and that it fits every screen."""
    # Playwright runs it beside the page's policy
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width, scheme, rules in SCREENS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
        found = page.evaluate("options => axe.run(document, options)", options)
        faults = [
            f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]
        assert (page.url, width, scheme, faults) == (page.url, width, scheme, [])
        sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert sizes[0] <= sizes[1], (page.url, width)


def test_the_receptionists_page_is_for_everybody(open_page: OpenPage, office: Office) -> None:
    office.do("call", "1002", "9555")
    page = open_page()
    page.locator("#c-1002 .verdict", has_text="Whisper").wait_for()
    check(page)
    page.locator("#c-1002").click()
    check(page)
    page.keyboard.press("Enter")
    page.locator("#bar-text", has_text="only your colleague").wait_for()
    check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    check(page)


def test_the_administrators_pages_are_for_everybody(open_page: OpenPage) -> None:
    page = open_page("admin")
    start = page.url
    for path in ADMIN:
        page.goto(f"{start}console/{path}")
        check(page)


def test_the_page_behind_a_link_is_for_everybody(browser: Any, office: Office) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(office.do("link", "user", "1001"))
    check(page)
    context.close()


@pytest.mark.parametrize(("host", "extension"), [("127.0.0.1", "1007"), (NAME, "1008")])
def test_a_user_is_added_by_an_administrator(open_page: OpenPage, host: str, extension: str) -> None:
    page = open_page("admin", host=host)
    page.get_by_role("link", name="Users").click()
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Name").fill(f"{extension}@pbx.test")
    page.get_by_label("May start whisper pages").select_option("no")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
    page.get_by_label("Search").fill(extension)
    page.wait_for_url(f"**search={extension}**")
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="Audit").click()
    page.get_by_role("cell", name="user added").first.wait_for()


def test_an_answer_that_does_not_come_does_not_keep_a_newer_one_away(open_page: OpenPage) -> None:
    page = open_page("admin")
    page.get_by_role("link", name="Users").click()
    page.route("**/console/users?search=10", lambda route: None)
    with page.expect_request("**/console/users?search=10"):
        page.get_by_label("Search").fill("10")
    page.get_by_label("Search").fill("1010")
    page.wait_for_url("**search=1010**")
    assert page.locator("tbody tr").count() == 1


def test_the_board_shows_what_goes_on_without_a_reload(open_page: OpenPage, office: Office) -> None:
    page = open_page("admin")
    page.get_by_role("link", name="Board").click()
    page.get_by_text("No pages now.").wait_for()
    office.do("call", "1002", "9555")
    office.do("call", "1003", "*191002")
    page.get_by_role("cell", name="1003@pbx.test").wait_for()

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
         "groups/edit?name=default", "phones", "tokens", "invitations", "audit", "explain")  # fmt: skip
SCREENS = [
    {"viewport": {"width": width, "height": 740}, "color_scheme": scheme, "reduced_motion": "reduce"}
    for width, scheme in ((360, "dark"), (1280, "light"))
]


def faults(page: Any) -> list[str]:
    """What axe finds wrong. Playwright runs it beside the page's policy."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def wider_than_the_screen(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("screen", SCREENS)
def test_the_receptionists_page_is_for_everybody(
    open_page: OpenPage, office: Office, screen: dict[str, Any]
) -> None:
    office.do("call", "1002", "9555")
    page = open_page(**screen)
    page.locator("#c-1002 .verdict", has_text="Whisper").wait_for()
    assert faults(page) == []
    page.locator("#c-1002").click()
    assert faults(page) == []
    assert not wider_than_the_screen(page)
    page.keyboard.press("Enter")
    page.locator("#bar-text", has_text="only your colleague").wait_for()
    assert faults(page) == []
    assert not wider_than_the_screen(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_the_administrators_pages_are_for_everybody(open_page: OpenPage, screen: dict[str, Any]) -> None:
    page = open_page("admin", **screen)
    start = page.url
    for path in ADMIN:
        page.goto(f"{start}console/{path}")
        assert faults(page) == [], path
        assert not wider_than_the_screen(page), path


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_behind_a_link_is_for_everybody(
    browser: Any, office: Office, screen: dict[str, Any]
) -> None:
    context = browser.new_context(**screen)
    page = context.new_page()
    page.goto(office.do("link", "user", "1001"))
    assert faults(page) == []
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


def test_the_board_shows_what_goes_on_without_a_reload(open_page: OpenPage, office: Office) -> None:
    page = open_page("admin")
    page.get_by_role("link", name="Board").click()
    page.get_by_text("No pages now.").wait_for()
    office.do("call", "1002", "9555")
    office.do("call", "1003", "*191002")
    page.get_by_role("cell", name="1003@pbx.test").wait_for()

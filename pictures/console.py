"""The console in Debian's Chromium, on the demonstration's simulated switch."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import sync_playwright

from pictures.style import FOLDER, TOP


@contextmanager
def _opened(**options: Any) -> Iterator[tuple[Any, str]]:
    """A page that nobody has logged in to, and the links of a receptionist and an administrator."""
    command = [sys.executable, "-c", "from controller.cli.main import main; main()", "demo", "--stay"]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        told = ""
        for line in demo.stdout:
            told += line
            if "Ctrl-C ends it" in line:
                break
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            yield browser.new_page(locale="en-GB", **options), told
            browser.close()
        demo.terminate()


def _log_in(page: Any, told: str, number: int) -> None:
    page.goto(re.findall(r"http://\S+/login/\S+", told)[number])
    page.get_by_role("button", name="Log in").click()
    page.locator("#c-1005 .name", has_text="Elif").wait_for()
    page.locator("#c-1005 .verdict", has_text="Intercom").wait_for()


def receptionist() -> None:
    """A whisper page is up."""
    with _opened(viewport={"width": 960, "height": 620}) as (page, told):
        _log_in(page, told, 0)
        page.locator("#c-1002").click()
        page.locator("#bar-text", has_text="Whisper").wait_for()
        page.keyboard.press("Enter")
        page.locator("#c-1002 .state", has_text="Being paged").wait_for()
        page.locator("#timer", has_text="0:07").wait_for()
        page.screenshot(path=FOLDER / "console.png")


def telephone() -> None:
    """A narrow screen in the dark."""
    screen = {"viewport": {"width": 360, "height": 640}, "color_scheme": "dark"}
    with _opened(**screen) as (page, told):
        _log_in(page, told, 0)
        for extension in ("1005", "1002"):
            page.locator(f"#c-{extension}").click()
            page.keyboard.press("Alt+f")
        page.locator("#bar-text", has_text="Whisper").wait_for()
        page.screenshot(path=FOLDER / "console-phone.png")


def history() -> None:
    """The history of the demonstration."""
    with _opened(viewport={"width": 960, "height": 720}) as (page, told):
        _log_in(page, told, 1)
        page.get_by_role("link", name="History").click()
        page.get_by_role("cell", name="whisper").first.wait_for()
        page.screenshot(path=FOLDER / "console-history.png")

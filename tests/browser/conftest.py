"""Debian's Chromium, on the console of an office that runs as a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
#: The one without windows takes half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
#: The controller by a name, as in an office without TLS: a browser trusts it less than 127.0.0.1.
NAME = "controller.test"
#: Milliseconds for which a page is waited for; only a failing test waits so long.
PATIENCE = 60_000


class Office:
    """The process (served.py), and what is said to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.served"],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._line("ready")

    def _line(self, wanted: str = "") -> str:
        assert self._process.stdout
        for line in self._process.stdout:
            if not line.startswith("20") and (not wanted or line.strip() == wanted):  # no line of the log
                return line.strip()
        raise AssertionError("the office has ended")

    def do(self, *words: str) -> str:
        """Have something done; the answer."""
        assert self._process.stdin
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        assert self._process.stdin
        with self._process:  # its end closes what is left of the pipes
            self._process.stdin.close()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One for each file: while it is open, an event loop of asyncio counts as running."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt install chromium-headless-shell")
    with playwright.sync_playwright() as running:
        arguments = ["--no-sandbox", f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
        browser = running.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def office(browser: Any) -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


@pytest.fixture
def wrong() -> list[str]:
    """What the pages of a test complain of: errors of scripts, and refusals of the policy."""
    return []


@pytest.fixture
def open_page(browser: Any, office: Office, wrong: list[str]) -> Iterator[Callable[..., Any]]:
    """Opens the console of a user in a browser of its own; all that is wrong there fails the test."""
    pages: list[Any] = []

    def make(role: str = "user", extension: str = "1001", host: str = "127.0.0.1", **options: Any) -> Any:
        link = office.do("link", role, extension).replace("127.0.0.1", host)
        pages.append(log_in(browser, link, wrong, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()
    office.do("hang_up")
    assert serious(wrong) == []


@pytest.fixture(scope="module")
def page(browser: Any, office: Office) -> Iterator[Any]:
    """The console of 1001, for all tests that leave it as they have found it."""
    wrong: list[str] = []
    page = log_in(browser, office.do("link", "user", "1001"), wrong)
    yield page
    page.context.close()
    assert serious(wrong) == []


def log_in(browser: Any, link: str, wrong: list[str], **options: Any) -> Any:
    """A browser of its own that is logged in by a link; `wrong` gets what its pages complain of."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-US"} | options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(link)
    page.get_by_role("button", name="Log in").press("Enter")
    page.wait_for_selector("#list li:not([hidden])")
    return page


def serious(wrong: list[str]) -> list[str]:
    """What is wrong but for connections that a test has cut, and requests in whose place came newer ones.

    Of a request that fails in another way htmx tells more than `htmx:afterRequest`.
    """
    expected = ("ERR_", "Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
    return [each for each in wrong if not any(sign in each for sign in expected)]

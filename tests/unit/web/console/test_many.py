"""The console of an office with 2,000 users: what is loaded, and how long the server works for it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.simulator.office import Office
from controller.store import bulk
from controller.switch.queries import SwitchQueries
from tests.unit.web.console.conftest import Browser
from tests.unit.web.office import at_work

USERS = 2000
#: The most bytes of a first load, as they are sent; and the most milliseconds of the server's own time.
LOAD, TIME = 150_000, 50


@pytest.fixture
def browser(
    controller: Controller,
    office: Office,
    browse: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> Browser:
    # the time of the simulated switch is not the controller's
    monkeypatch.setattr(SwitchQueries, "display_name", lambda self, user: f"Person {user.extension}")
    at_work(controller, office)
    with controller.store.unit() as unit:
        names = [UserName(str(20_000 + number), "pbx.test") for number in range(USERS)]
        bulk.put(unit, {name: {} for name in names}, lambda _: None)
        unit.commit()
    return browse()


def sent(browser: Browser, path: str) -> bytes:
    """An answer as it is sent."""
    answer = browser.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, path
    return answer.data


def test_a_first_load_is_small_and_all_of_it_is_ours(browser: Browser) -> None:
    page = browser.client.get("/").text
    files = re.findall(r'<(?:link|script)[^>]*? (?:href|src)="([^"]+)"', page)
    assert len(files) > 8
    assert all(path.startswith("/console/files/") for path in files)
    scripts = {path.rpartition("/")[2] for path in files}
    for path in files:
        if path.endswith(".js"):
            named = re.findall(r'from "\./([^"]+)"', browser.client.get(path).text)
            assert scripts.issuperset(named), path
    loaded = {
        path: len(sent(browser, path)) for path in ("/", *files, "/console/roll", "/console/colleagues")
    }
    assert sum(loaded.values()) < LOAD, loaded


def test_the_server_works_for_a_moment_alone(browser: Browser) -> None:
    for path in ("/", "/console/roll", "/console/colleagues", "/console/verdicts?{}"):
        took = []
        for first in range(20_000, 20_200, 40):  # other colleagues each time, of whom nothing is known yet
            asked = path.format("&".join(f"ext={first + each}" for each in range(40)))
            began = time.process_time()
            sent(browser, asked)
            took.append(1000 * (time.process_time() - began))
        assert min(took) < TIME, (path, took)

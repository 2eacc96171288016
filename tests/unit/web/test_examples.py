"""The examples in docs/http.md are like the answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from controller.app import Controller
from controller.simulator.office import Office
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work, talk, whispering

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text()
#: What is of one switch, one page and one moment, by its name.
TIMES = ("now", "since", "started_at", "answered_at", "ended_at")
OF_ITS_OWN = {*TIMES, "id", "switch", "legs", "events_queued", "waiting"}


def example(heading: str) -> Any:
    """The first JSON block under a heading."""
    found = re.search(r"^```json\n(.*?)^```", PAGE.partition(f"## {heading}\n")[2], re.M | re.S)
    assert found
    return json.loads(found[1])


def alike(told: Any) -> Any:
    """An answer in which each value that may differ is replaced by its type."""
    if isinstance(told, dict):
        return {
            name: type(value).__name__ if name in OF_ITS_OWN else alike(value) for name, value in told.items()
        }
    if isinstance(told, list):
        return [alike(each) for each in told]
    return told


@pytest.fixture
def ask(client: FlaskClient, controller: Controller, office: Office) -> Callable[..., Any]:
    at_work(controller, office)

    def ask(method: str, path: str, **body: object) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return client.open(path, method=method, headers=headers, json=body or None).json

    return ask


def test_the_status_is_like_its_example(
    ask: Callable[..., Any],
    office: Office,
    controller: Controller,
    eventually: Callable[[Callable[[], object]], None],
) -> None:
    office.dial("1001", "*191099")
    eventually(lambda: controller.stations[0].metrics.lately)
    talk(office, controller)
    office.dial("1001", "*191002")
    eventually(lambda: whispering(controller))
    told = ask("GET", "/api/v1/status")
    told["switches"] = told["switches"][:1]  # not the second switch, which the tests have
    wanted = example("The status")
    assert wanted["version"] == version("whisperpage")
    assert alike(told) == alike(wanted)


def test_the_error_for_an_invalid_body_is_like_its_example(ask: Callable[..., Any]) -> None:
    assert ask("POST", "/api/v1/pages", pager="1001@pbx.test", urgent=True) == example("The API")


def test_the_events_are_like_their_example(
    ask: Callable[..., Any], client: FlaskClient, office: Office, controller: Controller
) -> None:
    answer = client.get("/api/v1/events", headers={"Authorization": f"Bearer {TOKEN}"})
    pieces = answer.iter_encoded()
    told = next(pieces) + next(pieces)
    talk(office, controller)
    office.dial("1001", "*191002")
    while b'"state": "up"' not in told or b"presence" not in told:
        told += next(pieces)
    office.dial("1002", "*20")
    while b"pages-off" not in told:
        told += next(pieces)
    answer.close()
    wanted = PAGE.partition("## Events\n")[2].partition("```sh\n")[2].partition("```")[0]
    assert events(told.decode()) == events(wanted)


def events(stream: str) -> dict[str, Any]:
    """The last event of each name that is no ending, without its own values; of presence only the form."""
    found = re.findall(r"^event: (\S+)\nid: [0-9a-f]{16}\ndata: (.*)$", stream, re.M)
    told = {name: alike(json.loads(data)) for name, data in found if '"state": "ended"' not in data}
    for user in told["presence"]["users"]:
        assert user["user"] in ("1001@pbx.test", "1002@pbx.test")
        assert user["state"] in ("calling", "on_call", "ringing", "free")
    return told | {"presence": sorted(told["presence"]["users"][0])}


def test_a_user_is_like_its_example(ask: Callable[..., Any]) -> None:
    told = ask("PATCH", "/api/v1/users/1002@pbx.test", whisper_accept="listed")
    assert told == example("Settings")

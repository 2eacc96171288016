"""Requests that the OpenAPI document allows, and requests that it does not allow.

Each answer must agree with the document: its status, its content type, its headers, its body, and whether the
request is allowed. A 5xx always fails, although the document has one for a switch that is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response

from controller.app import Controller
from controller.domain.api_token import FULL
from controller.domain.names import GroupName, UserName
from controller.ratelimit import RateLimit
from controller.simulator.office import DOMAIN, Office
from controller.store import api_tokens, groups, key_tokens, pages, phone_rules, users
from controller.store.settings import UserChanges
from controller.web import keyring
from controller.web.feed import Feed
from controller.web.keys import WRONG
from controller.web.openapi import document
from tests.unit.web.conftest import TOKEN
from tests.unit.web.office import at_work

#: Requests of each kind for each operation, through the whole application to a switch and a database.
EXAMPLES = 2
fuzzing = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a failure would take minutes
)

OPERATIONS = [
    (method, path) for path, item in document()["paths"].items() for method in item if method != "parameters"
]
#: Method, path, what is changed in each request, what else must be so of each answer.
Fuzz = Callable[[str, str, Callable[[Case], None], Callable[[Response], None]], None]
API = [each for each in OPERATIONS if each[1].startswith("/api/v1/pages")]
KEYS = [each for each in OPERATIONS if each[1].startswith("/keys/")]
EVENTS, STATUS, MESSAGES = "/api/v1/events", "/api/v1/status", "/api/v1/messages"
#: Settings, messages, history and presence.
SETTINGS = [
    each
    for each in OPERATIONS
    if each not in (*API, *KEYS) and not each[1].startswith((EVENTS, STATUS, "/api/v1/openapi"))
]
OTHER = "other.test"


@pytest.fixture
def tokens(controller: Controller, office: Office, monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """The tokens of users' keys, without limits."""
    for limit in ("WRONG", "USES"):
        monkeypatch.setattr(keyring, limit, RateLimit(1_000_000, 1.0))
    return at_work(controller, office)


@pytest.fixture
def fuzz(app: Flask, tokens: dict[int, str]) -> Fuzz:
    """Request one operation again and again; check each answer against the document and by `judge`."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    schema.config.analysis.constants.enabled = False  # to read the whole program for each test takes longer

    def run(
        method: str, path: str, change: Callable[[Case], None], judge: Callable[[Response], None]
    ) -> None:
        allowed, not_allowed = (
            schema[path][method].as_strategy(generation_mode=mode) for mode in GenerationMode
        )

        @fuzzing
        @given(allowed | not_allowed)
        def ask(case: Case) -> None:
            change(case)
            answer = case.call()
            assert answer.status_code < 500, answer.text
            case.validate_response(answer)
            judge(answer)

        ask()

    return run


def bearer(token: str) -> Callable[[Case], None]:
    """Requests with this token, in which the example of a pager is replaced by an existing user.

    A message gets a sender.
    """

    def change(case: Case) -> None:
        case.headers["Authorization"] = f"Bearer {token}"
        if isinstance(case.body, dict) and str(case.body.get("pager")).startswith("1001@"):
            case.body["pager"] = "1001@pbx.test"
        if isinstance(case.body, dict) and case.path == MESSAGES:
            case.body.setdefault("from", "1001@pbx.test")  # only the user of a key's token may leave it out

    return change


def of_other_domains(controller: Controller) -> set[str]:
    """What there is of other domains than pbx.test, as text; phone rules, which are of all."""
    with controller.store.reading() as reading:
        found = {repr(user) for user in users.listing(reading) if user.name.domain != DOMAIN}
        shared = groups.listing(reading)
        found |= {repr(replace(each, members=0)) for each in shared if not each.name.endswith(f"@{DOMAIN}")}
        found |= {repr(each) for each in api_tokens.listing(reading) if each.domain != DOMAIN}
        found |= {repr(each) for each in key_tokens.listing(reading) if each.user.domain != DOMAIN}
        return found | {repr(each) for each in phone_rules.all_rules(reading)}


def key(token: str) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        case.path_parameters["token"] = token

    return change


def without(case: Case) -> None:
    case.headers.pop("Authorization", None)


def whatever(answer: Response) -> None:
    pass


@pytest.mark.parametrize(("method", "path"), API)
def test_the_administrator_is_answered_as_the_document_says(fuzz: Fuzz, method: str, path: str) -> None:
    fuzz(method, path, bearer(TOKEN), whatever)


@pytest.mark.parametrize(("method", "path"), [each for each in API if "{page_id}" in each[1]])
def test_the_answer_about_an_existing_page_is_as_the_document_says(
    fuzz: Fuzz, app: Flask, method: str, path: str
) -> None:
    asked = {"pager": "1001@pbx.test", "target": "1002"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    statuses: set[int] = set()

    def change(case: Case) -> None:
        made = app.test_client().post("/api/v1/pages", json=asked, headers=headers)
        bearer(TOKEN)(case)
        case.path_parameters["page_id"] = made.json["id"]

    fuzz(method, path, change, lambda answer: statuses.add(answer.status_code))
    assert statuses & {200, 204}


@pytest.mark.parametrize(("method", "path"), API)
def test_a_user_is_answered_as_the_document_says_and_pages_for_nobody_else(
    fuzz: Fuzz, tokens: dict[int, str], controller: Controller, method: str, path: str
) -> None:
    fuzz(method, path, bearer(tokens[1001]), whatever)
    controller.history.drain(2)
    with controller.store.reading() as reading:
        assert {str(attempt.pager) for attempt in pages.history(reading)} <= {"1001@pbx.test"}


@pytest.mark.parametrize(("method", "path"), [*API, ("get", EVENTS)])
def test_without_a_token_every_answer_is_the_same(fuzz: Fuzz, app: Flask, method: str, path: str) -> None:
    plain = app.test_client().get("/api/v1/pages")

    def judge(answer: Response) -> None:
        assert (answer.status_code, answer.content) == (401, plain.data)

    fuzz(method, path, without, judge)


@pytest.mark.parametrize(("method", "path"), [*SETTINGS, ("get", STATUS)])
def test_of_settings_the_administrator_is_answered_as_the_document_says(
    fuzz: Fuzz, method: str, path: str
) -> None:
    fuzz(method, path, bearer(TOKEN), whatever)


@pytest.mark.parametrize(("method", "path"), SETTINGS)
def test_a_domains_administrator_sees_and_changes_nothing_of_another_domain(
    fuzz: Fuzz, controller: Controller, method: str, path: str
) -> None:
    with controller.store.unit() as unit:
        users.add(unit, UserName("secret", OTHER), UserChanges())
        groups.add(unit, GroupName(f"secret@{OTHER}"), {})
        key_tokens.issue(unit, UserName("secret", OTHER), "secret")
        api_tokens.issue(unit, OTHER, "secret")
        _, token = api_tokens.issue(unit, DOMAIN, "", FULL)
        unit.commit()
    before = of_other_domains(controller)

    def judge(answer: Response) -> None:
        assert "secret" not in answer.text

    def change(case: Case) -> None:
        bearer(token)(case)
        number = str(case.path_parameters.get("number"))
        if number.isdecimal():  # what is there, in turn
            case.path_parameters["number"] = int(number) % 6

    fuzz(method, path, change, judge)
    assert of_other_domains(controller) == before


@pytest.mark.parametrize("who", ["administrator", "user"])
def test_the_stream_of_events_is_as_the_document_says(
    fuzz: Fuzz, feed: Feed, controller: Controller, tokens: dict[int, str], who: str
) -> None:
    def change(case: Case) -> None:
        bearer(TOKEN if who == "administrator" else tokens[1001])(case)
        controller.clock.later(0.01, feed.close)  # else it does not end

    fuzz("get", EVENTS, change, whatever)


@pytest.mark.parametrize(("method", "path"), KEYS)
def test_a_key_is_answered_as_the_document_says(
    fuzz: Fuzz, tokens: dict[int, str], method: str, path: str
) -> None:
    fuzz(method, path, key(tokens[1002]), whatever)


@pytest.mark.parametrize(("method", "path"), KEYS)
def test_without_the_right_key_every_answer_is_the_same(fuzz: Fuzz, method: str, path: str) -> None:
    def judge(answer: Response) -> None:
        assert (answer.status_code, answer.content.decode()) == (403, WRONG + "\n")

    fuzz(method, path, lambda case: None, judge)

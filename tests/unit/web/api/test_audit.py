"""What the API changes is in the audit: by which token, what, and from where."""

from __future__ import annotations

from controller.app import Controller
from controller.store import audit
from tests.unit.web.api.conftest import ONE, Api


def changes(controller: Controller) -> list[tuple[str, str, str, str]]:
    with controller.store.reading() as reading:
        found = [(each.actor, each.domain, each.action, each.subject) for each in audit.listing(reading)]
    return found[::-1]


def test_a_change_is_there_with_the_token_that_has_made_it(api: Api, controller: Controller) -> None:
    api("POST", "groups", name="desk")
    api("PATCH", f"groups/sales@{ONE}", ONE, whisper_initiate=True)
    number = str(api.ids["token"] - 1)  # issued before that of the other domain
    assert changes(controller) == [
        ("the api_token", "", "group added", "desk"),
        (f"API token {number}", ONE, "group changed", f"sales@{ONE}"),
    ]


def test_what_is_refused_is_not_there(api: Api, controller: Controller) -> None:
    assert api("POST", "groups", name="sales").status_code == 409
    assert changes(controller) == []


def test_what_changes_nothing_is_not_there(api: Api, controller: Controller) -> None:
    assert api("PATCH", "groups/sales", "", whisper_initiate=False).status_code == 200
    assert changes(controller) == []


def test_a_token_that_is_issued_is_not_in_the_audit_itself(api: Api, controller: Controller) -> None:
    token = api("POST", "tokens", "", domain=ONE, label="tablet", scopes=["read"]).json["token"]
    with controller.store.reading() as reading:
        (entry,) = audit.listing(reading)
    assert entry.action == "token added"
    assert token not in str(entry)

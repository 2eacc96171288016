"""What is changed over HTTP is in the audit: who, what, from where; and no secret."""

from __future__ import annotations

from controller.app import Controller
from controller.domain.console import AuditEntry
from controller.store import audit
from tests.unit.web.api.conftest import ALICE, ONE, STRANGER, Api


def entries(controller: Controller, domain: str = "") -> list[AuditEntry]:
    with controller.store.reading() as reading:
        return list(audit.listing(reading, domain))


def test_a_change_is_in_the_audit_with_who_has_made_it_and_from_where(
    api: Api, controller: Controller
) -> None:
    number = next(each["id"] for each in api("GET", "tokens", ONE).json["tokens"] if len(each["scopes"]) == 3)
    api("PATCH", f"users/{ALICE}", ONE, pages_off=True)
    (entry,) = entries(controller, ONE)
    assert (entry.actor, entry.domain, entry.address) == (f"API token {number}", ONE, "127.0.0.1")
    assert (entry.action, entry.subject, entry.details) == (
        "user changed",
        str(ALICE),
        "pages_off: no -> yes",
    )


def test_each_kind_of_change_is_in_the_audit(api: Api, controller: Controller) -> None:
    api("POST", "groups", name="desk")
    api("PUT", f"users/{ALICE}/accept/intercom/group:desk")
    api("POST", "phones", pattern="Acme*", vendor="Acme", kind="desk")
    api("DELETE", "tokens/1")
    api("DELETE", "keys/1")
    told = [(entry.actor, entry.action, entry.subject) for entry in reversed(entries(controller))]
    assert told == [
        ("the api_token", "group added", "desk"),
        ("the api_token", "accept_entry added", f"{ALICE} intercom group:desk"),
        ("the api_token", "phone_rule added", "Acme*"),
        ("the api_token", "token changed", "1"),
        ("the api_token", "key changed", "1"),
    ]


def test_what_changes_nothing_is_not_in_it(api: Api, controller: Controller) -> None:
    api("PATCH", f"users/{ALICE}", ONE, pages_off=False)
    api("PATCH", f"users/{ALICE}", ONE, group="nobody")
    api("PATCH", f"users/{ALICE}", ONE, {"If-Match": '"0"'}, pages_off=True)
    api("DELETE", f"users/{STRANGER}", ONE)
    api("DELETE", "groups/default")
    assert entries(controller) == []


def test_no_token_is_in_it(api: Api, controller: Controller) -> None:
    made = [api("POST", "tokens", label="x").json, api("POST", "keys", user=str(ALICE), label="x").json]
    told = repr(entries(controller))
    assert told.count("added") == 2
    for each in made:
        assert each["token"] not in told

"""Tokens for the API, for one domain or for all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from controller.domain.api_token import USUAL, Scope, read_scopes
from controller.domain.key_token import digest
from controller.errors import NotFound
from controller.store import api_tokens, schema
from controller.store.session import Store, UnitOfWork


def test_a_token_is_found_with_its_domain(unit: UnitOfWork) -> None:
    made, token = api_tokens.issue(unit, "one.test", "tablet")
    found = api_tokens.find(unit, token)
    assert found is not None
    assert (found.id, found.domain, found.label) == (made.id, "one.test", "tablet")


def test_a_token_for_all_domains_has_no_domain(unit: UnitOfWork) -> None:
    _, token = api_tokens.issue(unit)
    assert (found := api_tokens.find(unit, token)) is not None
    assert found.domain == ""


def test_a_revoked_token_is_not_found_and_keeps_its_time(unit: UnitOfWork) -> None:
    made, token = api_tokens.issue(unit)
    api_tokens.revoke(unit, made.id)
    (before,) = api_tokens.listing(unit)
    api_tokens.revoke(unit, made.id)
    assert api_tokens.find(unit, token) is None
    assert api_tokens.digests(unit) == frozenset()
    assert list(api_tokens.listing(unit)) == [before]


def test_tokens_are_listed_by_domain(unit: UnitOfWork) -> None:
    for domain in ("one.test", "two.test", ""):
        api_tokens.issue(unit, domain)
    assert [each.domain for each in api_tokens.listing(unit)] == ["one.test", "two.test", ""]
    assert [each.domain for each in api_tokens.listing(unit, "two.test")] == ["two.test"]


def test_the_last_use_of_a_token_is_noted(unit: UnitOfWork) -> None:
    made, _ = api_tokens.issue(unit)
    api_tokens.used(unit, made.id, datetime(2025, 1, 31, tzinfo=UTC))
    assert next(api_tokens.listing(unit)).last_used_at == datetime(2025, 1, 31, tzinfo=UTC)


def test_an_unknown_token_cannot_be_revoked(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound):
        api_tokens.revoke(unit, 7)


def test_a_token_from_before_there_were_scopes_reads_and_pages(empty_url: str) -> None:
    store = Store(empty_url)
    schema.migrate(store, "0006")
    with store.transaction() as connection:
        connection.execute(
            sa.text("INSERT INTO api_tokens (domain, token_hash) VALUES ('one.test', :hash)"),
            {"hash": digest("an old token")},
        )
    schema.upgrade(store)
    with store.reading() as reading:
        found = api_tokens.find(reading, "an old token")
    assert found is not None
    assert (found.domain, found.scopes) == ("one.test", {Scope.READ, Scope.PAGE})
    schema.migrate(store, "0006")
    schema.upgrade(store)
    with store.reading() as reading:
        assert api_tokens.find(reading, "an old token") == found
    store.close()


@pytest.mark.parametrize("scopes", ["", "everything", "page read", "read  page", "read,page"])
def test_the_database_takes_scopes_in_one_form(unit: UnitOfWork, scopes: str) -> None:
    made, _ = api_tokens.issue(unit)
    with pytest.raises(DatabaseError):
        unit.session.execute(
            sa.text("UPDATE api_tokens SET scopes = :scopes WHERE id = :id"),
            {"scopes": scopes, "id": made.id},
        )


KIOSK = "scopes = 'kiosk', domain = 'one.test', sender = 'lobby', messages = 'visitor'"


def test_the_names_of_a_kiosk_are_found_with_its_token(unit: UnitOfWork) -> None:
    named = ["visitor", "fire", "visitor"]
    made, token = api_tokens.issue(unit, "one.test", "", {Scope.KIOSK}, "lobby", named)
    found = api_tokens.find(unit, token)
    assert found == made
    assert (made.sender, made.messages) == ("lobby", ("visitor", "fire"))


@pytest.mark.parametrize(
    "wrong",
    [
        "scopes = 'read kiosk'",
        "scopes = 'read'",
        "domain = NULL",
        "sender = NULL",
        "messages = NULL",
        "sender = ''",
        "sender = 'a b'",
        "sender = 'a@b'",
        "messages = ''",
        "messages = 'A'",
    ],
)
def test_the_database_takes_no_half_of_a_kiosk(unit: UnitOfWork, wrong: str) -> None:
    made, _ = api_tokens.issue(unit)
    unit.session.execute(sa.text(f"UPDATE api_tokens SET {KIOSK} WHERE id = :id"), {"id": made.id})
    with pytest.raises(DatabaseError):
        unit.session.execute(sa.text(f"UPDATE api_tokens SET {wrong} WHERE id = :id"), {"id": made.id})


def test_an_older_version_has_no_kiosks(empty_url: str) -> None:
    store = Store(empty_url)
    schema.upgrade(store)
    with store.unit() as unit:
        api_tokens.issue(unit, "one.test", "", {Scope.KIOSK}, "lobby", ["visitor"])
        api_tokens.issue(unit)
        unit.commit()
    schema.migrate(store, "0015")
    schema.upgrade(store)
    with store.reading() as reading:
        assert [each.scopes for each in api_tokens.listing(reading)] == [USUAL]
    store.close()


def test_a_scope_that_a_later_version_has_written_is_no_hindrance() -> None:
    assert read_scopes("read listen") == {Scope.READ}

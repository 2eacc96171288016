"""Tokens for the API, for one domain or for all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.errors import NotFound
from controller.store import api_tokens
from controller.store.session import UnitOfWork


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

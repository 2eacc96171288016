"""The tokens of the API and of users' keys, for all domains and for one."""

from __future__ import annotations

import pytest

from controller.administration import keys, tokens, users
from controller.administration.change import Action
from controller.administration.reach import EVERYTHING, Reach
from controller.domain.api_token import USUAL, Scope
from controller.domain.names import UserName
from controller.errors import InvalidValue, NotFound, OutOfReach
from controller.store import api_tokens
from controller.store.session import UnitOfWork

ONE = Reach("one.test")
ALICE, STRANGER = UserName("1001", "one.test"), UserName("1001", "two.test")


def test_a_token_has_the_scopes_that_it_was_issued_for(unit: UnitOfWork) -> None:
    change, token = tokens.issue(unit, EVERYTHING, "", "", {Scope.SETTINGS, Scope.READ})
    assert change.result.scope_text == "read settings"
    found = api_tokens.find(unit, token)
    assert found == change.result == tokens.show(unit, EVERYTHING, change.result.id)


def test_a_token_for_nothing_is_none(unit: UnitOfWork) -> None:
    with pytest.raises(InvalidValue, match="one scope at least"):
        tokens.issue(unit, EVERYTHING, "", "", ())


def test_one_domain_issues_tokens_of_its_own_alone(unit: UnitOfWork) -> None:
    change, _ = tokens.issue(unit, ONE, "", "", USUAL)
    assert change.result.domain == "one.test"
    with pytest.raises(OutOfReach):
        tokens.issue(unit, ONE, "two.test", "", USUAL)


def test_a_token_of_another_domain_or_of_all_is_missing_in_the_same_words(unit: UnitOfWork) -> None:
    made = [tokens.issue(unit, EVERYTHING, domain, "", USUAL)[0].result.id for domain in ("two.test", "")]
    for number in (*made, 999_999):
        for act in (tokens.show, tokens.revoke):
            with pytest.raises(NotFound, match=f"There is no API token {number}."):
                act(unit, ONE, number)
    assert not any(token.revoked_at for token in tokens.listing(unit, EVERYTHING))
    assert tokens.listing(unit, ONE) == ()


def test_a_revoked_token_keeps_the_time_of_the_first_revocation(unit: UnitOfWork) -> None:
    number = tokens.issue(unit, ONE, "", "", USUAL)[0].result.id
    first = tokens.revoke(unit, ONE, number)
    assert first.action is Action.CHANGED
    assert tokens.revoke(unit, ONE, number).action is Action.UNCHANGED


def test_the_keys_of_another_domains_users_are_missing_in_the_same_words(unit: UnitOfWork) -> None:
    for user in (ALICE, STRANGER):
        users.add(unit, EVERYTHING, user, {})
    own, _ = keys.issue(unit, ONE, ALICE, "desk")
    foreign, _ = keys.issue(unit, EVERYTHING, STRANGER, "desk")
    for number in (foreign.result.id, 999_999):
        for act in (keys.show, keys.revoke):
            with pytest.raises(NotFound, match=f"There is no token {number}."):
                act(unit, ONE, number)
    for user in (STRANGER, UserName("9999", "two.test")):
        with pytest.raises(NotFound, match=f"There is no user {user}."):
            keys.issue(unit, ONE, user, "")
        with pytest.raises(NotFound, match=f"There is no user {user}."):
            keys.listing(unit, ONE, user)
    assert keys.listing(unit, ONE) == (own.result,)
    assert keys.revoke(unit, ONE, own.result.id).action is Action.CHANGED

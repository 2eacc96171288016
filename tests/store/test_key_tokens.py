"""Tokens for the keys of phones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from controller.domain.names import UserName
from controller.errors import InvalidValue, NotFound
from controller.store import key_tokens, users
from controller.store.session import UnitOfWork

ALICE, BOB = UserName("1002", "pbx"), UserName("1003", "pbx")
SHA_256 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"  # of "test2"


@pytest.fixture(autouse=True)
def people(unit: UnitOfWork) -> None:
    for name in (ALICE, BOB):
        users.add(unit, name, {})


def test_a_token_finds_its_user(unit: UnitOfWork) -> None:
    made, token = key_tokens.issue(unit, ALICE, "desk phone")
    key_tokens.issue(unit, BOB)
    unit.session.expire_all()
    found = key_tokens.find(unit, token)
    assert found == made
    assert (found.user, found.label) == (ALICE, "desk phone")
    assert datetime.now(UTC) - found.created_at < timedelta(minutes=1)


def test_no_two_tokens_are_the_same_and_none_can_be_guessed(unit: UnitOfWork) -> None:
    tokens = {key_tokens.issue(unit, ALICE)[1] for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43  # 256 bits


def test_the_token_is_not_kept(unit: UnitOfWork) -> None:
    _, token = key_tokens.issue(unit, ALICE)
    (row,) = unit.session.execute(sa.text("SELECT * FROM key_tokens")).all()
    assert token not in map(str, row)


@pytest.mark.parametrize("sent", ["", "x", "\0", "\udcff", "é" * 1000, "' OR 1=1 --", SHA_256])
def test_nothing_else_is_a_token(unit: UnitOfWork, sent: str) -> None:
    key_tokens.issue(unit, ALICE)
    assert key_tokens.find(unit, sent) is None


def test_the_hash_is_no_token(unit: UnitOfWork) -> None:
    key_tokens.issue(unit, ALICE)
    assert key_tokens.find(unit, unit.session.scalar(sa.text("SELECT token_hash FROM key_tokens"))) is None


def test_a_revoked_token_finds_nobody_and_its_user_keeps_the_others(unit: UnitOfWork) -> None:
    (lost, lost_token), (_, kept) = key_tokens.issue(unit, ALICE), key_tokens.issue(unit, ALICE)
    key_tokens.revoke(unit, lost.id)
    assert key_tokens.find(unit, lost_token) is None
    assert key_tokens.find(unit, kept) is not None


def test_the_first_revocation_stays(unit: UnitOfWork) -> None:
    made, _ = key_tokens.issue(unit, ALICE)
    key_tokens.revoke(unit, made.id)
    first = next(key_tokens.listing(unit)).revoked_at
    key_tokens.revoke(unit, made.id)
    assert next(key_tokens.listing(unit)).revoked_at == first


def test_when_it_was_last_used_is_noted(unit: UnitOfWork) -> None:
    made, token = key_tokens.issue(unit, ALICE)
    noon = datetime(2025, 1, 31, 12, tzinfo=UTC)
    key_tokens.used(unit, made.id, noon)
    found = key_tokens.find(unit, token)
    assert found is not None
    assert found.last_used_at == noon
    key_tokens.used(unit, made.id + 1, noon)


def test_tokens_go_with_their_user(unit: UnitOfWork) -> None:
    _, token = key_tokens.issue(unit, ALICE)
    users.remove(unit, ALICE)
    assert key_tokens.find(unit, token) is None
    assert list(key_tokens.listing(unit)) == []


def test_the_obvious_insert_makes_a_token(unit: UnitOfWork) -> None:
    unit.session.execute(
        sa.text(
            "INSERT INTO key_tokens (user_id, token_hash) "
            f"VALUES ((SELECT id FROM users WHERE extension = '1003'), '{SHA_256}')"
        )
    )
    found = key_tokens.find(unit, "test2")
    assert found is not None
    assert found.user == BOB
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=1)


@pytest.mark.parametrize("label", ["x" * 65, "a\nb", "é"])
def test_what_cannot_be_a_label_is_refused(unit: UnitOfWork, label: str) -> None:
    with pytest.raises(InvalidValue, match="is not a label"):
        key_tokens.issue(unit, ALICE, label)


def test_an_unknown_user_has_no_token(unit: UnitOfWork) -> None:
    with pytest.raises(NotFound, match="no user 7@pbx"):
        key_tokens.issue(unit, UserName("7", "pbx"))
    with pytest.raises(NotFound, match="no token 999999"):
        key_tokens.revoke(unit, 999999)

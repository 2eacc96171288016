"""Tokens: whose they are, and how often they may be tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import gevent
import pytest
from werkzeug.exceptions import TooManyRequests

from controller.errors import DatabaseUnavailable
from controller.store.key_tokens import KeyToken
from controller.store.naming import UserName
from controller.web import keyring
from controller.web.keyring import USES, WRONG, Keyring

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")


@dataclass
class Tokens:
    """A store with some tokens; keeps what was asked and noted."""

    tokens: dict[str, KeyToken]
    asked: list[str] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)
    locked: bool = False

    def key(self, token: str) -> KeyToken | None:
        self.asked.append(token)
        return self.tokens.get(token)

    def key_used(self, number: int) -> None:
        if self.locked:
            raise DatabaseUnavailable("locked")
        self.noted.append(number)


@pytest.fixture
def tokens() -> Tokens:
    now = datetime.now(UTC)
    return Tokens({"a": KeyToken(1, ALICE, "", now), "b": KeyToken(2, BOB, "", now)})


@pytest.fixture
def ring(tokens: Tokens) -> Keyring:
    return Keyring(tokens)  # type: ignore[arg-type]


def test_a_token_is_its_users(ring: Keyring) -> None:
    assert (ring.user("a", "10.0.0.1"), ring.user("b", "10.0.0.1")) == (ALICE, BOB)
    assert ring.user("c", "10.0.0.1") is None


def guess(ring: Keyring, address: str) -> None:
    for number in range(WRONG.amount):
        assert ring.user(f"wrong-{number}", address) is None


def test_an_address_that_guesses_is_no_longer_looked_at(ring: Keyring, tokens: Tokens) -> None:
    guess(ring, "10.0.0.1")
    with pytest.raises(TooManyRequests) as refused:
        ring.user("a", "10.0.0.1")
    assert len(tokens.asked) == WRONG.amount
    assert 1 <= refused.value.retry_after <= 60  # type: ignore[operator]


def test_others_are_none_the_worse_for_it(ring: Keyring) -> None:
    guess(ring, "10.0.0.1")
    assert ring.user("a", "10.0.0.2") == ALICE


def test_a_token_that_was_right_lately_is_right_behind_the_same_address(ring: Keyring) -> None:
    ring.user("a", "10.0.0.1")
    guess(ring, "10.0.0.1")
    assert ring.user("a", "10.0.0.1") == ALICE


def test_a_token_that_was_right_lately_and_is_revoked_is_wrong(ring: Keyring, tokens: Tokens) -> None:
    ring.user("a", "10.0.0.1")
    del tokens.tokens["a"]
    assert ring.user("a", "10.0.0.1") is None
    guess_until_refused = WRONG.amount - 1
    for number in range(guess_until_refused):
        ring.user(f"wrong-{number}", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        ring.user("a", "10.0.0.1")


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff"), ("fe80::1%eth0", "fe80::2%eth0"), ("nonsense", "")],
)
def test_addresses_of_one_sender_count_together(ring: Keyring, one: str, other: str) -> None:
    guess(ring, one)
    with pytest.raises(TooManyRequests):
        ring.user("a", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8:0:1::1"), ("::ffff:10.0.0.1", "::ffff:10.0.0.2")],
)
def test_addresses_of_two_senders_do_not(ring: Keyring, one: str, other: str) -> None:
    guess(ring, one)
    assert ring.user("a", other) == ALICE


def test_a_token_may_be_used_so_often_and_no_more(ring: Keyring) -> None:
    for _ in range(USES.amount):
        ring.user("a", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        ring.user("a", "10.0.0.2")
    assert ring.user("b", "10.0.0.1") == BOB


def test_a_use_is_noted_beside_and_at_most_once_a_minute(
    ring: Keyring, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.user("a", "10.0.0.1")
    assert tokens.noted == []
    for _ in range(3):
        ring.user("a", "10.0.0.1")
    gevent.sleep(0)
    assert tokens.noted == [1]
    monkeypatch.setattr(keyring, "NOTED", 0.0)
    ring.user("a", "10.0.0.1")
    gevent.sleep(0)
    assert tokens.noted == [1, 1]


def test_a_key_works_though_its_use_cannot_be_noted(ring: Keyring, tokens: Tokens) -> None:
    tokens.locked = True
    assert ring.user("a", "10.0.0.1") == ALICE
    gevent.sleep(0)
    assert ring.user("a", "10.0.0.1") == ALICE


def test_only_so_many_tokens_are_remembered(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "REMEMBERED", 1)
    ring.user("a", "10.0.0.1")
    ring.user("b", "10.0.0.1")
    guess(ring, "10.0.0.1")
    assert ring.user("b", "10.0.0.1") == BOB
    with pytest.raises(TooManyRequests):
        ring.user("a", "10.0.0.1")

"""Tokens: their users, and the limits on wrong ones."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import gevent
import pytest
from structlog.testing import capture_logs
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from controller.domain.key_token import KeyToken, digest
from controller.domain.names import UserName
from controller.errors import DatabaseUnavailable
from controller.web import keyring
from controller.web.keyring import USES, WRONG, Keyring

ALICE, BOB = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")


@dataclass
class Tokens:
    """A store with some tokens; it records the look-ups and the notes of use."""

    tokens: dict[str, KeyToken]
    asked: list[str] = field(default_factory=list)
    times_read: int = 0
    noted: list[int] = field(default_factory=list)
    locked: bool = False

    def find(self, token: str) -> KeyToken | None:
        self.asked.append(token)
        return self.tokens.get(token)

    def digests(self) -> frozenset[str]:
        self.times_read += 1
        return frozenset(map(digest, self.tokens))

    def used(self, number: int, at: datetime) -> None:
        if self.locked:
            raise DatabaseUnavailable("locked")
        self.noted.append(number)


@pytest.fixture
def tokens() -> Tokens:
    now = datetime.now(UTC)
    return Tokens({"a": KeyToken(1, ALICE, "", now), "b": KeyToken(2, BOB, "", now)})


@pytest.fixture
def ring(tokens: Tokens) -> Keyring:
    return Keyring(tokens, Tokens({}))  # type: ignore[arg-type]


def test_a_token_belongs_to_its_user(ring: Keyring) -> None:
    assert (ring.user("a", "10.0.0.1"), ring.user("b", "10.0.0.1")) == (ALICE, BOB)
    assert ring.user("c", "10.0.0.1") is None


def guess(ring: Keyring, address: str) -> None:
    for number in range(WRONG.times):
        assert ring.user(f"wrong-{number}", address) is None


def test_tokens_from_an_address_that_guesses_are_not_looked_up(ring: Keyring, tokens: Tokens) -> None:
    guess(ring, "10.0.0.1")
    for number in range(2000):
        with pytest.raises(TooManyRequests) as refused:
            ring.user(f"wrong-{number}", "10.0.0.1")
    assert len(tokens.asked) == WRONG.times
    assert tokens.times_read <= 5
    assert 59 <= refused.value.retry_after <= 60  # type: ignore[operator]


def test_guessing_is_logged_but_not_each_time(ring: Keyring) -> None:
    with capture_logs() as logs:
        guess(ring, "10.0.0.1")
        for _ in range(100):
            with pytest.raises(TooManyRequests):
                ring.user("wrong", "10.0.0.1")
    assert [(log["event"], log["address"]) for log in logs] == [("tokens.guessed", "10.0.0.1")]


def test_simultaneous_guesses_are_not_all_looked_up(
    ring: Keyring, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, at_once, most = tokens.find, [0], [0]

    def slowly(token: str) -> KeyToken | None:
        at_once[0] += 1
        most[0] = max(most + at_once)
        gevent.sleep(0.001)
        at_once[0] -= 1
        return key(token)

    def try_one(number: int) -> None:
        with suppress(TooManyRequests):
            assert ring.user(f"wrong-{number}", "10.0.0.1") is None

    monkeypatch.setattr(tokens, "find", slowly)
    gevent.joinall([gevent.spawn(try_one, number) for number in range(200)], raise_error=True)
    assert most[0] == keyring.AT_ONCE
    assert len(tokens.asked) < WRONG.times + keyring.AT_ONCE


def test_the_wait_for_a_look_up_is_limited(
    ring: Keyring, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "TURN", 0.01)
    monkeypatch.setattr(tokens, "find", lambda token: gevent.sleep(60))
    others = [gevent.spawn(ring.user, "a", f"10.0.0.{number}") for number in range(keyring.AT_ONCE)]
    gevent.sleep(0)
    with pytest.raises(ServiceUnavailable):
        ring.user("a", "10.0.1.1")
    gevent.killall(others)
    monkeypatch.setattr(tokens, "find", Tokens(tokens.tokens).find)
    assert ring.user("a", "10.0.1.1") == ALICE


def test_other_addresses_are_not_affected(ring: Keyring) -> None:
    guess(ring, "10.0.0.1")
    assert ring.user("wrong", "10.0.0.2") is None


def test_an_unused_right_token_is_accepted_from_the_same_address(ring: Keyring) -> None:
    guess(ring, "10.0.0.1")
    for _ in range(10):
        with pytest.raises(TooManyRequests):
            ring.user("wrong", "10.0.0.1")
        assert ring.user("a", "10.0.0.1") == ALICE


def test_a_revoked_token_is_wrong_at_once(ring: Keyring, tokens: Tokens) -> None:
    guess(ring, "10.0.0.1")
    assert ring.user("a", "10.0.0.1") == ALICE
    del tokens.tokens["a"]
    assert ring.user("a", "10.0.0.1") is None


def test_a_new_token_is_accepted_a_second_later_from_an_address_that_guesses(
    ring: Keyring, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess(ring, "10.0.0.1")
    assert ring.user("a", "10.0.0.1") == ALICE
    tokens.tokens["c"] = KeyToken(3, BOB, "", datetime.now(UTC))
    with pytest.raises(TooManyRequests):
        ring.user("c", "10.0.0.1")
    monkeypatch.setattr(keyring, "FRESH", 0.0)
    assert ring.user("c", "10.0.0.1") == BOB


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_jumps_lifts_no_limit_and_locks_nobody_out(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    wall, now = time.time, time.monotonic
    for _ in range(USES.times):
        ring.user("a", "10.0.0.1")
    guess(ring, "10.0.0.1")
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    for token in ("a", "wrong"):
        with pytest.raises(TooManyRequests) as refused:
            ring.user(token, "10.0.0.1")
        assert 59 <= refused.value.retry_after <= 60  # type: ignore[operator]
    monkeypatch.setattr(ring._limiter, "_clock", lambda: now() + 60.0)
    assert ring.user("a", "10.0.0.1") == ALICE
    assert ring.user("wrong", "10.0.0.1") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff"), ("fe80::1%eth0", "fe80::2%eth0"), ("nonsense", "")],
)
def test_addresses_of_one_sender_count_together(ring: Keyring, one: str, other: str) -> None:
    guess(ring, one)
    with pytest.raises(TooManyRequests):
        ring.user("wrong", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8:0:1::1"), ("::ffff:10.0.0.1", "::ffff:10.0.0.2")],
)
def test_addresses_of_two_senders_count_apart(ring: Keyring, one: str, other: str) -> None:
    guess(ring, one)
    assert ring.user("wrong", other) is None


def test_the_uses_of_a_token_are_limited(ring: Keyring) -> None:
    for _ in range(USES.times):
        ring.user("a", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        ring.user("a", "10.0.0.2")
    assert ring.user("b", "10.0.0.1") == BOB


def test_a_use_is_noted_in_the_background_at_most_once_a_minute(
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


def test_a_key_works_even_if_its_use_cannot_be_noted(ring: Keyring, tokens: Tokens) -> None:
    tokens.locked = True
    assert ring.user("a", "10.0.0.1") == ALICE
    gevent.sleep(0)
    assert ring.user("a", "10.0.0.1") == ALICE

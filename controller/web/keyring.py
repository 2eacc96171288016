"""Finds the user of a phone key's token, and limits how fast tokens may be tried and used.

Nobody guesses a token of 256 bits. The limits are against the load and the noise of attempts. A valid token
is valid from any address: a whole office may share one address with a phone that has a revoked key, or with
somebody who sends wrong tokens on purpose.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address

import gevent
import structlog
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from controller.domain.names import UserName
from controller.errors import StoreError
from controller.ratelimit import Limiter, RateLimit
from controller.store import key_tokens
from controller.store.gateway import StoreGateway

#: Wrong tokens that an address may send, and uses of a right one.
WRONG, USES = RateLimit(20, 60.0), RateLimit(60, 60.0)
#: How often the log tells of an address that sends too many wrong ones.
TOLD = RateLimit(1, 60.0)
#: Seconds after which the use of a token is noted again.
NOTED = 60.0
#: Seconds after which the valid tokens are read again, while somebody sends too many wrong ones.
FRESH = 1.0
#: Tokens that are looked up at once: fewer than the threads for the database, which pages need too. And the
#: seconds that one may wait for its turn.
AT_ONCE, TURN = 4, 2.0

_log = structlog.get_logger(__name__)


class Keyring:
    """The tokens of phones' keys."""

    def __init__(self, gateway: StoreGateway) -> None:
        self._gateway = gateway
        self._limiter = Limiter()
        self._looking = BoundedSemaphore(AT_ONCE)
        self._reading = BoundedSemaphore(1)
        self._valid: frozenset[str] = frozenset()
        self._read_at = -FRESH
        self._noted: dict[int, float] = {}

    def user(self, token: str, address: str) -> UserName | None:
        """Whose this token is, None if nobody's; `address` sent it.

        Raises StoreError, TooManyRequests, or ServiceUnavailable where too many are looked up.

        Once an address has sent too many wrong ones, the database is asked no more for each: all valid ones
        are known, as they were a second ago, and a token that is none of them is too many.
        """
        where = _network(address)
        if not self._looking.acquire(timeout=TURN):
            raise ServiceUnavailable("Too many tokens are being looked up: try again.")
        try:
            if not self._limiter.test(WRONG, "wrong", where) and not self._is_valid(token):
                if self._limiter.hit(TOLD, "told", where):
                    _log.warning("tokens.guessed", address=address, limit=WRONG.times)
                raise self._too_many(WRONG, "wrong", where)
            key = self._gateway.read(key_tokens.find, token)
            if key is None:
                self._limiter.hit(WRONG, "wrong", where)
                return None
        finally:
            self._looking.release()
        if not self._limiter.hit(USES, "uses", key.id):
            raise self._too_many(USES, "uses", key.id)
        self._note(key.id)
        return key.user

    def _is_valid(self, token: str) -> bool:
        with self._reading:  # who comes meanwhile waits for the same
            if time.monotonic() - self._read_at >= FRESH:
                self._valid = self._gateway.read(key_tokens.digests)
                self._read_at = time.monotonic()
        return key_tokens.digest(token) in self._valid

    def _too_many(self, limit: RateLimit, *key: str | int) -> TooManyRequests:
        seconds = max(1, round(self._limiter.retry_after(limit, *key)))
        return TooManyRequests("Too many requests: try again in a minute.", retry_after=seconds)

    def _note(self, number: int) -> None:
        now = time.monotonic()
        if now - self._noted.get(number, -NOTED) >= NOTED:
            self._noted[number] = now
            gevent.spawn(self._write, number)  # a key does not wait for what is only a note

    def _write(self, number: int) -> None:
        try:
            self._gateway.write(key_tokens.used, number, datetime.now(UTC))
        except StoreError as error:
            _log.warning("key.use_not_noted", key=number, error=str(error))


def _network(address: str) -> str:
    """What counts as one sender: an address, or of IPv6 the /64 that is one sender's own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return str(found)

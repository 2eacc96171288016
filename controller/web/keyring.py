"""Finds whose a token is, of a phone's keys or of the API, and limits how fast tokens can be tried and used.

Nobody can guess a token of 256 bits. The limits are against the load and the noise of attempts. A valid token
works from any address: a whole office may share its address with a phone that has a revoked key, or with
somebody who sends wrong tokens on purpose.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address

import gevent
import structlog
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from controller.app import Tokens
from controller.domain.api_token import ApiToken
from controller.domain.key_token import KeyToken, digest
from controller.domain.names import UserName
from controller.errors import StoreError
from controller.ratelimit import Limiter, RateLimit

#: The limits for wrong tokens from one address, and for uses of one valid token.
WRONG, USES = RateLimit(20, 60.0), RateLimit(60, 60.0)
#: How often the log has an entry about an address that sends too many wrong tokens.
TOLD = RateLimit(1, 60.0)
#: Seconds after which another use of a token is written to the database.
NOTED = 60.0
#: Seconds for which the set of valid tokens is used before it is read again.
FRESH = 1.0
#: How many tokens are looked up at the same time (fewer than the threads for the database, since pages need
#: those, too), and the longest wait for that, in seconds.
AT_ONCE, TURN = 4, 2.0

Used = Callable[[int, datetime], None]
_log = structlog.get_logger(__name__)


class Keyring:
    """The tokens of phones' `keys`, and those of the `api`."""

    def __init__(self, keys: Tokens[KeyToken], api: Tokens[ApiToken]) -> None:
        self._keys = keys
        self._api = api
        self._limiter = Limiter()
        self._looking = BoundedSemaphore(AT_ONCE)
        self._reading = BoundedSemaphore(1)
        self._valid: frozenset[str] = frozenset()
        self._read_at = -FRESH
        self._noted: dict[tuple[Used, int], float] = {}

    def user(self, token: str, address: str) -> UserName | None:
        """The user of a token of phones' keys; None if it is not a valid one. Otherwise as `key`."""
        key = self.key(token, address)
        return key.user if isinstance(key, KeyToken) else None

    def key(self, token: str, address: str) -> KeyToken | ApiToken | None:
        """What is kept about a token that `address` has sent; None if the token is not valid.

        Raises StoreError, TooManyRequests, and ServiceUnavailable while too many tokens are looked up.

        Once an address has sent too many wrong tokens, its tokens are compared with the set of valid tokens,
        which is read once a second, and no longer looked up one by one.
        """
        where = network(address)
        if not self._looking.acquire(timeout=TURN):
            raise ServiceUnavailable("Too many tokens are being looked up: try again.")
        try:
            if not self._limiter.test(WRONG, "wrong", where) and not self.is_valid(token):
                if self._limiter.hit(TOLD, "told", where):
                    _log.warning("tokens.guessed", address=address, limit=WRONG.times)
                raise self._too_many(WRONG, "wrong", where)
            key = self._keys.find(token) or self._api.find(token)
            if key is None:
                self._limiter.hit(WRONG, "wrong", where)
                return None
        finally:
            self._looking.release()
        if isinstance(key, KeyToken):
            self._use("uses", key.id)
        elif key.sender:  # a kiosk's, and no program's: it stands where strangers are
            self._use("uses of a kiosk", key.id)
        self._note(self._keys.used if isinstance(key, KeyToken) else self._api.used, key.id)
        return key

    def is_valid(self, token: str) -> bool:
        """Whether a token is valid, or was a second ago; this is no use of it. Raises StoreError."""
        with self._reading:  # others wait here, and use what was read
            if time.monotonic() - self._read_at >= FRESH:
                self._valid = self._keys.digests() | self._api.digests()
                self._read_at = time.monotonic()
        return digest(token) in self._valid

    def _use(self, *key: str | int) -> None:
        """Count a use of a token. Raises TooManyRequests."""
        if not self._limiter.hit(USES, *key):
            raise self._too_many(USES, *key)

    def _too_many(self, limit: RateLimit, *key: str | int) -> TooManyRequests:
        seconds = max(1, round(self._limiter.retry_after(limit, *key)))
        return TooManyRequests("Too many requests: try again in a minute.", retry_after=seconds)

    def _note(self, used: Used, number: int) -> None:
        now = time.monotonic()
        if now - self._noted.get((used, number), -NOTED) >= NOTED:
            self._noted[used, number] = now
            gevent.spawn(self._write, used, number)  # the request does not wait for this

    def _write(self, used: Used, number: int) -> None:
        try:
            used(number, datetime.now(UTC))
        except StoreError as error:
            _log.warning("key.use_not_noted", key=number, error=str(error))


def network(address: str) -> str:
    """The sender behind an address: with IPv6 one sender has a whole /64."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return str(found)

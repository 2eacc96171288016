"""Whose token this is: the tokens of phones' keys, with limits to how fast they may be tried and used.

Nobody guesses a token of 256 bits; the limits are against the load and the noise of who tries.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

import gevent
import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from controller.errors import StoreError
from controller.paging.policies import Policies
from controller.store.naming import UserName

#: Wrong tokens that an address may send in a minute, and uses of a right one.
WRONG, USES = RateLimitItemPerMinute(20), RateLimitItemPerMinute(60)
#: Seconds after which the use of a token is noted again.
NOTED = 60.0
#: Tokens that were right lately, of which hashes are remembered.
REMEMBERED = 10_000

_log = structlog.get_logger(__name__)


class Keyring:
    """The tokens of phones' keys."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._limits = FixedWindowRateLimiter(MemoryStorage())
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._noted: dict[int, float] = {}

    def user(self, token: str, address: str) -> UserName | None:
        """Whose this token is, None if nobody's; `address` sent it. Raises StoreError, TooManyRequests.

        From an address that has sent too many wrong ones no token is looked at but those that were right
        lately: behind one address there may be a whole office, and one phone in it with a key of last year.
        """
        digest, where = hashlib.sha256(token.encode(errors="replace")).digest(), _network(address)
        if digest not in self._right and not self._limits.test(WRONG, "wrong", where):
            raise self._too_many(WRONG, "wrong", where)
        key = self._policies.key(token)
        if key is None:
            self._right.pop(digest, None)
            self._limits.hit(WRONG, "wrong", where)
            return None
        self._right[digest] = None
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
        if not self._limits.hit(USES, "uses", str(key.id)):
            raise self._too_many(USES, "uses", str(key.id))
        self._note(key.id)
        return key.user

    def _too_many(self, item: RateLimitItem, *names: str) -> TooManyRequests:
        seconds = max(1, round(self._limits.get_window_stats(item, *names).reset_time - time.time()))
        return TooManyRequests("Too many requests: try again in a minute.", retry_after=seconds)

    def _note(self, number: int) -> None:
        now = time.monotonic()
        if now - self._noted.get(number, -NOTED) >= NOTED:
            self._noted[number] = now
            gevent.spawn(self._write, number)  # a key does not wait for what is only a note

    def _write(self, number: int) -> None:
        try:
            self._policies.key_used(number)
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

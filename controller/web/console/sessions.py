"""Who is logged in: a cookie is a session in SQL. Limits how fast cookies and links can be tried.

Nobody can guess a secret of 256 bits. The limits are against the load and the noise of attempts; a valid
secret works from any address, as with the keys of phones (web/keyring.py).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from datetime import UTC, datetime

import gevent
import structlog
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from controller.app import ConsoleAccess
from controller.domain.console import ConsoleSession
from controller.domain.key_token import digest
from controller.errors import StoreError
from controller.ratelimit import Limiter, RateLimit
from controller.web.keyring import network

#: The limits for wrong cookies and links from one address, and for what one session asks for.
WRONG, USES = RateLimit(20, 60.0), RateLimit(600, 60.0)
#: How often the log has an entry about an address that sends too many wrong ones.
TOLD = RateLimit(1, 60.0)
#: Seconds after which another use of a session is written to the database.
NOTED = 60.0
#: Seconds for which the set of valid secrets is used before it is read again.
FRESH = 1.0
#: How many ask the database for the set at the same time, and the longest wait for that, in seconds.
AT_ONCE, TURN = 1, 2.0
#: Sessions that are kept while their cookies are valid.
KEPT = 1000

_log = structlog.get_logger(__name__)


class Sessions:
    """The sessions of one controller's console."""

    def __init__(self, access: ConsoleAccess) -> None:
        self._access = access
        self._limiter = Limiter()
        self._looking = BoundedSemaphore(AT_ONCE)
        self._found: OrderedDict[str, ConsoleSession] = OrderedDict()
        self._valid: frozenset[str] = frozenset()
        self._read_at = -FRESH
        self._noted: dict[int, float] = {}

    def enter(self, secret: str, address: str) -> tuple[ConsoleSession, str] | None:
        """Use a link: the new session and its cookie, or None if it is not valid.

        Raises StoreError, TooManyRequests, ServiceUnavailable.
        """
        self._admit(secret, address)
        done = self._access.enter(secret, address)
        if done is None:
            self._limiter.hit(WRONG, network(address))
        return done

    def find(self, cookie: str, address: str) -> ConsoleSession | None:
        """The session of a cookie, or None. Raises as `enter`."""
        key = digest(cookie)
        session = self._found.get(key)
        if session is None or key not in self._now_valid():
            session = self._look(key, cookie, address)
        if session is None:
            return None
        if not self._limiter.hit(USES, "uses", session.id):
            raise self._too_many(USES, "uses", session.id)
        self._note(session.id)
        return session

    def is_valid(self, cookie: str) -> bool:
        """Whether a cookie still is; this is no use of it. Raises StoreError."""
        return digest(cookie) in self._now_valid()

    def leave(self, session: ConsoleSession, cookie: str) -> None:
        """End a session. Raises StoreError."""
        self._access.leave(session.id)
        self._found.pop(digest(cookie), None)

    def _look(self, key: str, cookie: str, address: str) -> ConsoleSession | None:
        self._found.pop(key, None)
        self._admit(cookie, address)
        session = self._access.find(cookie)
        if session is None:
            self._limiter.hit(WRONG, network(address))
            return None
        self._found[key] = session
        self._valid |= {key}  # it may be newer than the set
        if len(self._found) > KEPT:
            self._found.popitem(last=False)
        return session

    def _admit(self, secret: str, address: str) -> None:
        """Raise TooManyRequests for a wrong secret from an address that has sent too many."""
        where = network(address)
        if self._limiter.test(WRONG, where):
            return
        if digest(secret) not in self._now_valid():
            if self._limiter.hit(TOLD, "told", where):
                _log.warning("console.guessed", address=address, limit=WRONG.times)
            raise self._too_many(WRONG, where)

    def _now_valid(self) -> frozenset[str]:
        """The digests of all secrets that are valid. Raises StoreError, ServiceUnavailable."""
        if time.monotonic() - self._read_at < FRESH:
            return self._valid
        if not self._looking.acquire(timeout=TURN):
            raise ServiceUnavailable("Too many sessions are being looked up: try again.")
        try:
            if time.monotonic() - self._read_at >= FRESH:
                self._valid = self._access.digests()
                self._read_at = time.monotonic()
        finally:
            self._looking.release()
        return self._valid

    def _too_many(self, limit: RateLimit, *key: str | int) -> TooManyRequests:
        seconds = max(1, round(self._limiter.retry_after(limit, *key)))
        return TooManyRequests("Too many requests: try again in a minute.", retry_after=seconds)

    def _note(self, number: int) -> None:
        now = time.monotonic()
        if now - self._noted.get(number, -NOTED) >= NOTED:
            self._noted[number] = now
            gevent.spawn(self._write, number)  # the request does not wait for this

    def _write(self, number: int) -> None:
        try:
            self._access.used(number, datetime.now(UTC))
        except StoreError as error:
            _log.warning("console.use_not_noted", session=number, error=str(error))


def form_token(cookie: str) -> str:
    """The token that a form of this session must send: nobody without the cookie can make it."""
    return hmac.new(cookie.encode(errors="backslashreplace"), b"form", hashlib.sha256).hexdigest()

"""Reads policy without stopping the event socket: the store blocks, so it is asked from a thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import TypeVar, cast

import gevent
from gevent.threadpool import ThreadPool

from controller.errors import DatabaseUnavailable, NotFound
from controller.phones.values import PhoneRule
from controller.store import key_tokens, pages, phone_rules, policy, users
from controller.store.key_tokens import KeyToken
from controller.store.naming import UserName
from controller.store.session import Store
from controller.store.values import PageRecord, Policy

T = TypeVar("T")

#: Threads for the database: a few decisions at once, and one that hangs does not stop the others.
THREADS = 8


class Policies:
    """The store as the service uses it; past `deadline` seconds a call raises DatabaseUnavailable."""

    def __init__(self, store: Store, deadline: float) -> None:
        self._store = store
        self._deadline = deadline
        self._pool = ThreadPool(THREADS)

    def between(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        """What SQL says at this moment of these two users, and the phone rules."""
        return self._run(lambda: self._read(pager, target))

    def block(self, user: UserName, off: bool | None) -> bool:
        """Have pages to a user blocked, or no longer; None: the other. Whether they are blocked now.

        After an error nothing is changed later, when the database comes back.
        """
        until = monotonic() + self._deadline
        return self._run(lambda: self._block(user, off, until))

    def blocked(self) -> frozenset[UserName]:
        """Everybody who has pages to itself blocked."""
        return self._run(self._blocked)

    def claim(self, record: PageRecord) -> bool:
        """Take an attempt, its record being the first word of it; False if another controller has it."""
        return self._run(lambda: self._claim(record))

    def save(self, record: PageRecord) -> None:
        """Write one record of the history."""
        self._run(lambda: self._write(record))

    def open_pages(self, switch: str) -> tuple[PageRecord, ...]:
        """The pages of a switch that have not ended as far as the history knows."""
        return self._run(lambda: self._open(switch))

    def key(self, token: str) -> KeyToken | None:
        """The valid token of a phone's keys that this is; None for whatever else somebody sent."""
        return self._run(lambda: self._key(token))

    def key_digests(self) -> frozenset[str]:
        """The digests of all valid tokens of phones' keys (`key_tokens.digest`)."""
        return self._run(self._key_digests)

    def key_used(self, number: int) -> None:
        """Note that a token is used now."""
        self._run(lambda: self._key_used(number))

    def attempt(self, page_id: str) -> PageRecord | None:
        """What the history has of an attempt so far; None if nothing."""
        return self._run(lambda: self._attempt(page_id))

    def _read(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        with self._store.reading() as reading:
            return policy.decide(reading, pager, target), phone_rules.all_rules(reading)

    def _block(self, user: UserName, off: bool | None, until: float) -> bool:
        with self._store.unit() as unit:
            now_off = users.block(unit, user, off)
            if monotonic() >= until:
                raise self._late()
            unit.commit()
            return now_off

    def _blocked(self) -> frozenset[UserName]:
        with self._store.reading() as reading:
            return frozenset(users.blocked(reading))

    def _claim(self, record: PageRecord) -> bool:
        with self._store.unit() as unit:
            claimed = pages.claim(unit, record)
            unit.commit()
            return claimed

    def _write(self, record: PageRecord) -> None:
        with self._store.unit() as unit:
            pages.save(unit, record)
            unit.commit()

    def _open(self, switch: str) -> tuple[PageRecord, ...]:
        with self._store.reading() as reading:
            return pages.open_pages(reading, switch)

    def _key(self, token: str) -> KeyToken | None:
        with self._store.reading() as reading:
            return key_tokens.find(reading, token)

    def _key_digests(self) -> frozenset[str]:
        with self._store.reading() as reading:
            return key_tokens.digests(reading)

    def _key_used(self, number: int) -> None:
        with self._store.unit() as unit:
            key_tokens.used(unit, number, datetime.now(UTC))
            unit.commit()

    def _attempt(self, page_id: str) -> PageRecord | None:
        try:
            with self._store.reading() as reading:
                return pages.show(reading, page_id)
        except NotFound:
            return None

    def _run(self, work: Callable[[], T]) -> T:
        with gevent.Timeout(self._deadline, self._late()):
            done = self._pool.spawn(work)
            return cast(T, done.get())

    def _late(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"The database did not answer within {self._deadline:g} s: see whether it runs and what locks it."
        )

"""Reads policy without stopping the event socket: the store blocks, so it is asked from a thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import TypeVar, cast

import gevent
from gevent.threadpool import ThreadPool

from controller.clock import REAL, Clock, date
from controller.domain.names import UserName
from controller.domain.policy import Policy
from controller.domain.record import PageRecord
from controller.errors import DatabaseUnavailable, NotFound, WhisperPageError
from controller.phones.values import PhoneRule
from controller.store import key_tokens, pages, phone_rules, policy, retention, users
from controller.store.key_tokens import KeyToken
from controller.store.session import Store, Unit

T = TypeVar("T")

#: Threads for the database, for what asks and for what writes: a few at once, so that one that hangs does not
#: stop the others, and a lock on writing stops no question. Fewer in all than the store has connections.
READERS, WRITERS = 8, 4
#: How much of its time a change may wait for a lock of SQLite's: the rest is for being told of it.
PATIENCE = 0.9


class Policies:
    """The store as the service uses it; past `deadline` seconds a call raises DatabaseUnavailable.

    What writes gives up with who called it: it waits for no lock any longer, keeps no thread from the next,
    and writes nothing later.
    """

    def __init__(self, store: Store, deadline: float, clock: Clock = REAL) -> None:
        self._store = store
        self._clock = clock
        self._deadline = deadline
        self._readers, self._writers = ThreadPool(READERS), ThreadPool(WRITERS)

    def between(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        """What SQL says at this moment of these two users, and the phone rules."""
        return self._run(lambda: self._read(pager, target))

    def block(self, user: UserName, off: bool | None) -> bool:
        """Have pages to a user blocked, or no longer; None: the other. Whether they are blocked now.

        After an error nothing is changed later, when the database comes back.
        """
        return self._change(lambda unit: users.block(unit, user, off))

    def blocked(self) -> frozenset[UserName]:
        """Everybody who has pages to itself blocked."""
        return self._run(self._blocked)

    def claim(self, record: PageRecord) -> bool:
        """Take an attempt, its record being the first word of it; False if another controller has it."""
        return self._change(lambda unit: pages.claim(unit, record))

    def save(self, record: PageRecord) -> None:
        """Write one record of the history."""
        self._change(lambda unit: pages.save(unit, record))

    def prune(self, before: datetime, rows: int) -> int:
        """Delete so many of the oldest attempts that began before a moment; how many went."""
        return self._change(lambda unit: retention.prune_piece(unit, before, rows))

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
        self._change(lambda unit: key_tokens.used(unit, number, date(self._clock)))

    def attempt(self, page_id: str) -> PageRecord | None:
        """What the history has of an attempt so far; None if nothing."""
        return self._run(lambda: self._attempt(page_id))

    def _read(self, pager: UserName, target: UserName) -> tuple[Policy, tuple[PhoneRule, ...]]:
        with self._store.reading() as reading:
            return policy.decide(reading, pager, target), phone_rules.all_rules(reading)

    def _blocked(self) -> frozenset[UserName]:
        with self._store.reading() as reading:
            return frozenset(users.blocked(reading))

    def _open(self, switch: str) -> tuple[PageRecord, ...]:
        with self._store.reading() as reading:
            return pages.open_pages(reading, switch)

    def _key(self, token: str) -> KeyToken | None:
        with self._store.reading() as reading:
            return key_tokens.find(reading, token)

    def _key_digests(self) -> frozenset[str]:
        with self._store.reading() as reading:
            return key_tokens.digests(reading)

    def _attempt(self, page_id: str) -> PageRecord | None:
        try:
            with self._store.reading() as reading:
                return pages.show(reading, page_id)
        except NotFound:
            return None

    def _change(self, work: Callable[[Unit], T]) -> T:
        """Do this in a unit of work; after an error nothing is changed later."""
        until = monotonic() + self._deadline

        def change() -> T:
            with self._store.unit(wait=PATIENCE * (until - monotonic())) as unit:
                done = work(unit)
                if monotonic() >= until:
                    raise self._late()
                unit.commit()
                return done

        return self._run(change, self._writers)

    def close(self, deadline: float) -> None:
        """Wait until no thread is at work any more, for at most `deadline` seconds."""
        with suppress(TimeoutError), gevent.Timeout(deadline, TimeoutError()):
            for pool in (self._readers, self._writers):
                pool.join()

    def _run(self, work: Callable[[], T], pool: ThreadPool | None = None) -> T:
        def run() -> T | WhisperPageError:
            try:
                return work()
            except WhisperPageError as error:
                return error  # one that is raised in a thread is printed there, with all that led to it

        # a thread's time is the machine's, whatever our clock is
        with self._clock.outside(), gevent.Timeout(self._deadline, self._late()):
            done = (pool or self._readers).spawn(run).get()
        if isinstance(done, WhisperPageError):
            raise done
        return cast(T, done)

    def _late(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"The database did not answer within {self._deadline:g} s: see whether it runs and what locks it."
        )

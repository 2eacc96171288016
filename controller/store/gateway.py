"""Asks the store from a thread: the store blocks, and the event socket must not stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Concatenate, ParamSpec, TypeVar, cast

import gevent
from gevent.threadpool import ThreadPool

from controller.errors import DatabaseUnavailable, WhisperPageError
from controller.store.session import ReadSession, Store, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

#: Threads for the database, for what asks and for what writes: a few at once, so that one that hangs does not
#: stop the others, and a lock on writing stops no question. Fewer in all than the store has connections.
READERS, WRITERS = 8, 4
#: How much of its time a change may wait for a lock of SQLite's: the rest is for being told of it.
PATIENCE = 0.9


class StoreGateway:
    """The store for greenlets; past `deadline` seconds a call raises DatabaseUnavailable.

    What writes gives up with who called it: it waits for no lock any longer, keeps no thread from the next,
    and writes nothing later.
    """

    def __init__(self, store: Store, deadline: float) -> None:
        self._store = store
        self._deadline = deadline
        self._readers, self._writers = ThreadPool(READERS), ThreadPool(WRITERS)

    def read(self, query: Callable[Concatenate[ReadSession, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a query of the store finds at this moment. Raises StoreError, and what the query rejects."""

        def look() -> T:
            with self._store.reading() as reading:
                return query(reading, *args, **kwargs)

        return self._run(look, self._readers)

    def write(self, change: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a change in a unit of work of its own; after an error nothing is changed later.

        Raises StoreError, and what the change rejects.
        """
        until = monotonic() + self._deadline

        def work() -> T:
            with self._store.unit(wait=PATIENCE * (until - monotonic())) as unit:
                done = change(unit, *args, **kwargs)
                if monotonic() >= until:
                    raise self._late()
                unit.commit()
                return done

        return self._run(work, self._writers)

    def reader(self, query: Callable[Concatenate[ReadSession, P], T]) -> Callable[P, T]:
        """A query as a function that asks the store by itself: `read`, for who need not know the store."""
        return lambda *args, **kwargs: self.read(query, *args, **kwargs)

    def writer(self, change: Callable[Concatenate[UnitOfWork, P], T]) -> Callable[P, T]:
        """A change as a function that is made by itself: `write`, for who need not know the store."""
        return lambda *args, **kwargs: self.write(change, *args, **kwargs)

    def close(self, deadline: float) -> None:
        """Wait until no thread is at work any more, for at most `deadline` seconds."""
        with suppress(TimeoutError), gevent.Timeout(deadline, TimeoutError()):
            for pool in (self._readers, self._writers):
                pool.join()

    def _run(self, work: Callable[[], T], pool: ThreadPool) -> T:
        def run() -> T | WhisperPageError:
            try:
                return work()
            except WhisperPageError as error:
                return error  # one that is raised in a thread is printed there, with all that led to it

        with gevent.Timeout(self._deadline, self._late()):
            done = pool.spawn(run).get()
        if isinstance(done, WhisperPageError):
            raise done
        return cast(T, done)

    def _late(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"The database did not answer within {self._deadline:g} s: see whether it runs and what locks it."
        )

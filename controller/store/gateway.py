"""Queries the store from a thread: the store blocks, and the event socket must not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar, cast

from gevent.threadpool import ThreadPool

from controller.clock import REAL, Clock
from controller.errors import DatabaseUnavailable, WhisperPageError
from controller.store.session import ReadSession, Store, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")

#: Threads for the database, for queries and for changes. There are several, so that one that hangs does not
#: stop the others, and a lock on writing stops no query. Together they are fewer than the store's
#: connections.
READERS, WRITERS = 8, 4
#: The part of its time for which a change may wait for a lock of SQLite; the rest is for reporting the lock.
PATIENCE = 0.9


class StoreGateway:
    """The store for greenlets; a call that takes longer than `deadline` seconds raises DatabaseUnavailable.

    A change gives up together with its caller: it no longer waits for a lock, releases its thread, and writes
    nothing later.
    """

    def __init__(self, store: Store, deadline: float, clock: Clock = REAL) -> None:
        self._store = store
        self._clock = clock
        self._deadline = deadline
        self._readers, self._writers = ThreadPool(READERS), ThreadPool(WRITERS)

    def read(self, query: Callable[Concatenate[ReadSession, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query of the store and return its result. Raises StoreError, and the query's own errors."""

        def look() -> T:
            with self._store.reading() as reading:
                return query(reading, *args, **kwargs)

        return self._run(look, self._readers)

    def write(self, change: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a change in a unit of work of its own; after an error nothing is changed later.

        Raises StoreError, and the change's own errors.
        """
        until = self._clock.monotonic() + self._deadline

        def work() -> T:
            with self._store.unit(wait=PATIENCE * (until - self._clock.monotonic())) as unit:
                done = change(unit, *args, **kwargs)
                if self._clock.monotonic() >= until:
                    raise self._late()
                unit.commit()
                return done

        return self._run(work, self._writers)

    def reader(self, query: Callable[Concatenate[ReadSession, P], T]) -> Callable[P, T]:
        """A query as a function that asks the store by itself: `read`, for who need not know the store."""
        return lambda *args, **kwargs: self.read(query, *args, **kwargs)

    def writer(self, change: Callable[Concatenate[UnitOfWork, P], T]) -> Callable[P, T]:
        """A function that makes a change with `write`, for parts that do not know the store."""
        return lambda *args, **kwargs: self.write(change, *args, **kwargs)

    def close(self, deadline: float) -> None:
        """End all threads; wait at most `deadline` seconds for those that are at work."""
        with suppress(TimeoutError), self._clock.outside(), self._clock.timeout(deadline, TimeoutError()):
            for pool in (self._readers, self._writers):
                pool.join()
                pool.kill()

    def _run(self, work: Callable[[], T], pool: ThreadPool) -> T:
        def run() -> T | WhisperPageError:
            try:
                return work()
            except WhisperPageError as error:
                return error  # an error that is raised in a thread would be printed there with its traceback

        with self._clock.outside(), self._clock.timeout(self._deadline, self._late()):
            done = pool.spawn(run).get()
        if isinstance(done, WhisperPageError):
            raise done
        return cast(T, done)

    def _late(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"The database did not answer within {self._deadline:g} s: see whether it runs and what locks it."
        )

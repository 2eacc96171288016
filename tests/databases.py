"""SQLite databases for tests, each a copy of one that was made once, which takes as long as many a test."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from controller.store import everybody, schema
from controller.store.session import Store

Prepare = Callable[[Store], None]


@cache
def _content(prepare: Prepare) -> bytes:
    with TemporaryDirectory(prefix="wp-") as folder:
        path = Path(folder) / "template.db"
        with closing(Store(f"sqlite:///{path}")) as store:
            prepare(store)
        return path.read_bytes()


def _copy(path: Path, prepare: Prepare) -> str:
    path.write_bytes(_content(prepare))
    return f"sqlite:///{path}"


def migrated(path: Path) -> str:
    """The URL of a new database with the schema in place."""
    return _copy(path, schema.upgrade)


def open_to_all(path: Path) -> str:
    """The URL of a new database in which everybody may page everybody."""
    return _copy(path, everybody.open_to_all)

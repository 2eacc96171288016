"""The whole state of a FusionPBX: its folders, and the tables of its database with all their rows."""

from __future__ import annotations

import hashlib
import json
import pwd
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Sql = Callable[[str], list[list[str]]]
#: What FusionPBX writes down of its own doings, one row for each.
DIARIES = frozenset(("v_database_transactions", "v_user_logs"))
#: The columns in which FusionPBX keeps when and by whom a row was written last.
TIMES = ("insert_date", "insert_user", "update_date", "update_user")


@dataclass(frozen=True)
class State:
    """`files` has the owner, the mode and the content of each path; `rows` each row of each table."""

    files: dict[str, str]
    rows: Counter[str]
    tables: frozenset[str]

    def changes_to(self, after: State) -> list[str]:
        """Each difference, one a line: what is gone, what is new, and which files have changed."""
        paths = sorted(self.files.keys() | after.files.keys())
        files = [(path, self.files.get(path), after.files.get(path)) for path in paths]
        return [
            *(f"file {path}: {one} -> {other}" for path, one, other in files if one != other),
            *(f"column gone: {column}" for column in sorted(self.tables - after.tables)),
            *(f"column new: {column}" for column in sorted(after.tables - self.tables)),
            *(f"row gone: {row}" for row in sorted((self.rows - after.rows).elements())),
            *(f"row new: {row}" for row in sorted((after.rows - self.rows).elements())),
        ]


def read(sql: Sql, folders: Iterable[Path]) -> State:
    """The state of these folders and of the database behind `sql`."""
    columns = sql(
        "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    tables = sorted({column.partition(".")[0] for (column,) in columns})
    rows = Counter(row for table in tables if table not in DIARIES for row in _rows(sql, table))
    return State(dict(_files(folders)), rows, frozenset(column for (column,) in columns))


def _rows(sql: Sql, table: str) -> Iterator[str]:
    times = ", ".join(f"'{name}'" for name in TIMES)
    for (row,) in sql(f"SELECT replace((to_jsonb(t) - ARRAY[{times}])::text, E'\\t', ' ') FROM {table} t"):
        known = {name: value for name, value in json.loads(row).items() if value is not None}
        yield f"{table} {json.dumps(known, sort_keys=True)}"


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            found = path.lstat()
            content = "folder" if path.is_dir() else "link" if path.is_symlink() else _digest(path)
            yield str(path), f"{pwd.getpwuid(found.st_uid).pw_name} {found.st_mode:o} {content}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]

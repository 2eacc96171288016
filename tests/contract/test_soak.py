"""C5: a short soak; `python -m tests.contract.soak` is the long one, with PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from tests.contract.soak import on_sqlite


def test_pages_survive_what_is_killed_at_random(tmp_path: Path) -> None:
    with on_sqlite(tmp_path, seed=18) as soak:
        soak.run(15)
    assert soak.told["came up"] >= 5

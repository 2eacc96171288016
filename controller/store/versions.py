"""The versions of the schema that this program knows."""

from __future__ import annotations

from controller import resources


def versions() -> list[str]:
    """All of them, the oldest first."""
    # by the files' names: Alembic, which reads them, takes longer to import than most commands to run
    return sorted(path.name.partition("_")[0] for path in resources.migrations().glob("versions/*_*.py"))

"""A command imports only what it needs: nobody waits for the imports of another command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.store import schema
from controller.store.session import Store

#: What takes long to import.
HEAVY = (
    "alembic", "asyncio", "flask", "gevent", "greenswitch", "prometheus_client", "rich", "sqlalchemy",
    "structlog", "yaml",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imports")
    store = Store(f"sqlite:///{folder}/test.db")
    schema.upgrade(store)
    store.close()
    return folder


def imported(folder: Path, *words: str, **environment: str) -> set[str]:
    """The heavy modules that a command has imported when it ends."""
    code = (
        "import sys, atexit; from controller.cli.main import run; "
        f"run({list(words)!r}); print(); print(*({HEAVY!r} & sys.modules.keys()))"
    ).replace(repr(HEAVY), repr(set(HEAVY)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"WHISPERPAGE_DATABASE_URL": "sqlite:///test.db"} | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "--version",
        "groups --help",
        "users set --help",
        "groups list",
        "groups list --json",
        "phones list",
        "phones test Yealink",
        "keys template --vendor snom 1002@pbx.test --page 1003",
        "config",
        "completion bash",
        "nosuch",
    ],
)
def test_a_small_command_imports_nothing_that_takes_long(folder: Path, command: str) -> None:
    assert imported(folder, *command.split()) == set()


@pytest.mark.parametrize("command", ["users list", "pages", "keys list", "groups show default"])
def test_a_command_that_reads_the_store_imports_nothing_else_that_takes_long(
    folder: Path, command: str
) -> None:
    # SQLAlchemy imports asyncio by itself
    assert imported(folder, *command.split()) <= {"sqlalchemy", "asyncio"}


@pytest.mark.parametrize("words", ["", "gr", "groups show ", "users set ", "phones show ", "keys revoke "])
def test_a_tab_imports_nothing_that_takes_long(folder: Path, words: str) -> None:
    line = f"whisperpage {words}"
    environment = {"_WHISPERPAGE_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    assert imported(folder, **environment) == set()

"""A command line that runs in a folder of its own, with an SQLite database of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller import settings_sources
from controller.cli.main import run
from tests.databases import migrated


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs commands."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        self._capsys.readouterr()
        status = run(arguments)
        return Done(status, *self._capsys.readouterr())

    def done(self, *arguments: str) -> Done:
        """A command that must succeed."""
        done = self(*arguments)
        assert done.status == 0, done.err
        return done


@pytest.fixture
def bare_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """A command line without a database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHISPERPAGE_DATABASE_URL", "sqlite:///test.db")
    for name in ("WHISPERPAGE_CONFIG", "WHISPERPAGE_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(settings_sources, "SYSTEM_FILE", str(tmp_path / "etc.toml"))
    return CommandLine(capsys)


@pytest.fixture
def cli(bare_cli: CommandLine, tmp_path: Path) -> CommandLine:
    """A command line with a migrated database."""
    migrated(tmp_path / "test.db")
    return bare_cli

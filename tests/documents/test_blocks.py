"""Runs every shell block of README.md and docs/, page by page."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import pytest

from controller.cli.main import whisperpage
from tests.documents.blocks import PAGES, Block, blocks
from tests.documents.conftest import Machine

EVERY = [block for page in PAGES for block in blocks(page)]
RUN = {page: [block for block in blocks(page) if not block.reason] for page in PAGES}
#: These two pages start on a machine without whisperpage.
README, INSTALL = "README.md", "docs/install.md"
#: tests/store/test_admin_scripts.py runs the scripts of this page on PostgreSQL.
ELSEWHERE = "docs/admin.md"


def ids(block: Block) -> str:
    return block.name


@pytest.mark.parametrize("block", EVERY, ids=ids)
def test_a_shell_can_read_the_block(block: Block) -> None:
    if not block.path:
        subprocess.run(["sh", "-n"], input=block.script, text=True, check=True)


def commands(block: Block) -> Iterator[list[str]]:
    """The words of each `whisperpage` command in a block."""
    if block.path or "$(" in block.script:
        return
    script = re.sub(r"\\\n| +# .*$", " ", block.script, flags=re.M)
    words = shlex.shlex(script, posix=True, punctuation_chars="();<>|&\n")
    words.whitespace, words.whitespace_split, words.commenters = " \t", True, ""
    for operator, group in groupby(words, key=lambda word: word != "" and set(word) <= set("();<>|&\n")):
        command = " ".join(shlex.quote(word) for word in group)
        found = re.fullmatch(
            r"(?:sudo -u whisperpage |docker compose exec (?:--\S+ )*controller )?whisperpage (.*)", command
        )
        if found and not operator:
            yield shlex.split(found[1])


@pytest.mark.parametrize("block", [each for each in EVERY if any(commands(each))], ids=ids)
def test_each_command_is_valid(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("users.csv").touch()
    monkeypatch.setattr("sys.stdin", io.StringIO("a-token"))
    for words in commands(block):
        command: click.Command = whisperpage
        while isinstance(command, click.Group) and words:
            if words[0].startswith("-"):  # an option of `list`, the default command
                words.insert(0, "list")
            _, found, words = command.resolve_command(click.Context(command), words)
            assert found is not None
            command = found
        command.make_context(command.name, words).close()


@pytest.mark.parametrize("block", [each for each in EVERY if each.reason], ids=ids)
def test_a_block_that_is_not_run_says_why(block: Block) -> None:
    assert len(block.reason.split()) > 3


def test_the_readmes_installation_leads_to_a_page(installed: Machine) -> None:
    pages(installed)
    assert installed.run("curl --silent http://192.0.2.10:8019/keys/TOKEN/end").stdout.startswith("Ended")


def test_the_longer_installation_works_on_a_bare_machine(bare: Machine) -> None:
    for block in RUN[INSTALL]:
        bare.follow(block)
    pages(bare)


def pages(machine: Machine) -> None:
    """Check that 1001 can page 1002 on this machine."""
    told = machine.run("whisperpage page 1001 1002")
    assert told.stdout.endswith(f"Paging {machine.here('1002@pbx.example.org')}.\n"), (
        told.stdout + told.stderr
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if RUN[page] and page not in (README, INSTALL, ELSEWHERE)]
)
def test_each_block_of_the_page_runs(page: str, installed: Machine) -> None:
    for block in RUN[page]:
        installed.follow(block)


def test_most_blocks_are_run() -> None:
    scripts = [block for block in EVERY if not block.path]
    assert sum(not block.reason for block in scripts) > 25

"""Every command has a description in one line and an example that works."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from controller.cli.main import whisperpage


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from commands(found, (*path, name))


EVERY = [
    pytest.param(path, command, id=" ".join(path) or "whisperpage") for path, command in commands(whisperpage)
]
LEAVES = [leaf for leaf in EVERY if not isinstance(leaf.values[1], click.Group)]


def example(command: click.Command) -> list[str]:
    words = shlex.split((command.epilog or "").removeprefix("\b\nExample: "))
    while "=" in words[0]:  # settings in the environment come first
        words = words[1:]
    return words[: words.index(">")] if ">" in words else words


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_each_command_says_what_it_does_in_one_line(path: tuple[str, ...], command: click.Command) -> None:
    line, *rest = (command.help or "").splitlines()
    assert 15 < len(line) < 110
    assert line.endswith(".")
    assert not rest or rest[0] == ""


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_each_command_shows_an_example_of_itself(path: tuple[str, ...], command: click.Command) -> None:
    assert (command.epilog or "").startswith("\b\nExample: ")
    words = example(command)
    assert words[: 1 + len(path)] == ["whisperpage", *path]


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_each_example_is_understood(
    path: tuple[str, ...], command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("users.csv").touch()
    with command.make_context(path[-1], example(command)[1 + len(path) :]) as context:
        assert context.params.keys() == {parameter.name for parameter in command.params}


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_each_option_has_a_help_text(path: tuple[str, ...], command: click.Command) -> None:
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []

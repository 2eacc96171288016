"""Wrong usage in one sentence that helps; better than click's own where that is not clear enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from types import MappingProxyType

import click

#: Names that commands have in other programs.
_ALSO_CALLED: Mapping[str, str] = MappingProxyType(
    {"delete": "remove", "rm": "remove", "del": "remove", "create": "add", "new": "add", "ls": "list"}
)
#: Values that people write behind a flag.
_TRUTH = frozenset({"yes", "no", "true", "false", "on", "off", "1", "0"})


def told(error: click.UsageError, arguments: Sequence[str], root: click.Group) -> str:
    """The sentence for an error of a command line, and which help to read."""
    context, command = _place(error, arguments, root)
    if isinstance(error, click.exceptions.NoSuchCommand):
        sentence = _no_command(error, command, context)
    elif isinstance(error, click.BadOptionUsage) and "does not take a value" in error.message:
        sentence = _no_value(error.option_name, command)
    elif isinstance(error, click.exceptions.NoSuchOption) and isinstance(command, click.Group):
        sentence = f"There is no option {error.option_name} here: options stand behind their command."
    else:
        sentence = _behind_a_flag(error, arguments, command) or error.format_message()
    sentence = " ".join(sentence.split())
    return f"{sentence if sentence.endswith(('.', '?')) else sentence + '.'} See `{context} --help`."


def refuse_contradiction(arguments: Sequence[str]) -> None:
    """Refuse `--x --no-x`: click would silently take the later one. Raises UsageError."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for option in options:
        if option.startswith("--no-") and (other := f"--{option[5:]}") in options:
            raise click.UsageError(f"{other} and {option} contradict each other.")


def _place(error: click.UsageError, arguments: Sequence[str], root: click.Group) -> tuple[str, click.Command]:
    """The path of the command that was meant, and the command."""
    if error.ctx:
        return error.ctx.command_path, error.ctx.command
    command: click.Command = root
    path, context = "whisperpage", click.Context(root)
    for word in arguments:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            break
        path, command = f"{path} {word}", found
    return path, command


def _no_command(error: click.exceptions.NoSuchCommand, group: click.Command, path: str) -> str:
    """The sentence for an unknown command: the likely one, or those that exist."""
    known = group.list_commands(click.Context(group)) if isinstance(group, click.Group) else []
    name = _ALSO_CALLED.get(error.command_name, error.command_name)
    near = [name] if name in known else get_close_matches(name, known, 1, 0.75)
    there = f"did you mean `{path} {near[0]}`?" if near else f"there are {', '.join(known)}."
    return f"There is no command {error.command_name!r}: {there}"


def _behind_a_flag(error: click.UsageError, arguments: Sequence[str], command: click.Command) -> str:
    """The sentence for `--flag yes`, which click reports as an extra argument; empty for all other errors."""
    if "unexpected extra argument" not in error.message:
        return ""
    for before, word in pairwise(arguments):
        if before.startswith("--") and word.lower() in _TRUTH and f"({word}" in error.message:
            return _no_value(before, command)
    return ""


def _no_value(flag: str, command: click.Command) -> str:
    options = ({*each.opts, *each.secondary_opts} for each in command.params)
    names = next((each for each in options if flag in each), {flag})
    opposite = "".join(f", or {each} for the opposite" for each in sorted(names - {flag}))
    return f"{flag} takes no value: write it alone{opposite}."

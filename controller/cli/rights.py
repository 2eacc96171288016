"""The options that groups and users share: what one may start, and whose pages one takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from controller.cli.arguments import one_of
from controller.domain.policy import Accept

Command = TypeVar("Command", bound=Callable[..., Any])

INHERIT = "inherit"


def initiate(feature: str, what: str) -> Callable[[Command], Command]:
    """`--FEATURE-initiate/--no-FEATURE-initiate`: None if neither is given."""
    return click.option(
        f"--{feature}-initiate/--no-{feature}-initiate", default=None, help=f"May, or may not, start {what}."
    )


def accept(feature: str, what: str, choices: Sequence[str]) -> Callable[[Command], Command]:
    """`--FEATURE-accept`: None if not given."""
    return click.option(f"--{feature}-accept", type=one_of(choices), help=f"Whose {what} to take.")


def rights(*, inheriting: bool) -> Callable[[Command], Command]:
    """The four options of both features; with `inheriting` they also take `inherit`."""
    choices = [*map(str, Accept), *([INHERIT] if inheriting else [])]

    def add(command: Command) -> Command:
        for feature, what in (("intercom", "intercom calls"), ("whisper", "whisper pages")):
            command = initiate(feature, what)(accept(feature, what, choices)(command))
        return command

    return add


def given(**options: Any) -> dict[str, Any]:
    """The options that were given, by name."""
    return {name: value for name, value in options.items() if value is not None}

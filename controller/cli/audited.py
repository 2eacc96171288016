"""A change by the command line, as the audit has it: who, which command, and with what."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from controller.domain.console import Actor

if TYPE_CHECKING:
    from controller.store.session import UnitOfWork


def record(unit: UnitOfWork) -> None:
    """Write the present command to the audit, in the unit of work of its change."""
    from controller.store import audit

    context = click.get_current_context()
    action = context.command_path.partition(" ")[2]
    subject, details = _given(context)
    audit.record(unit, actor(), action, subject, details)


def actor() -> Actor:
    """The person at the command line, by the login; the one behind `sudo`, if there is one."""
    login = os.environ.get("SUDO_USER") or _login()
    return Actor(f"{login}, by the command line")


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number without a name
        return str(os.getuid())


def _given(context: click.Context) -> tuple[str, str]:
    """The arguments, and the options, as far as they were written."""
    arguments, options = [], []
    for each in context.command.params:
        name = each.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        text = _text(context.params.get(name))
        if isinstance(each, click.Argument):
            arguments.append(text)
        else:
            options.append(f"{name.replace('_', ' ')}: {text}")
    return " ".join(arguments), ", ".join(options)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)

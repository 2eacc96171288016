"""`whisperpage users`: users and their own settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import click

from controller.cli import accept, stores, transfer
from controller.cli.arguments import DOMAIN, GROUP, HEADER, NEW_USER, USER, one_of
from controller.cli.output import YES, Form, agree, emit, emit_one, listing
from controller.cli.rights import INHERIT, given, rights
from controller.domain.names import GroupName, UserName
from controller.phones.auto_answer import write_headers
from controller.phones.values import PhoneKind
from controller.store.settings import User, UserChanges

Command = TypeVar("Command", bound=Callable[..., Any])

COLUMNS = (
    "user",
    "group",
    "whisper_initiate",
    "whisper_initiate_from",
    "whisper_accept",
    "whisper_accept_from",
    "intercom_initiate",
    "intercom_initiate_from",
    "intercom_accept",
    "intercom_accept_from",
    "when_not_accepted",
    "pages_off",
    "phone_kind",
    "auto_answer",
)
IN_TABLE = tuple(column for column in COLUMNS if not column.endswith("_from") and column != "auto_answer")
INHERITED = (
    "whisper-initiate",
    "whisper-accept",
    "intercom-initiate",
    "intercom-accept",
    "phone-kind",
    "auto-answer",
)
NAME = click.argument("name", type=USER, metavar="EXT@DOMAIN")


class Inheriting(click.Command):
    """A command whose options take `inherit`: `--whisper-initiate inherit` is `--inherit whisper-initiate`.

    A flag takes no value, so that pair is rewritten before click reads it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        return super().parse_args(ctx, list(rewritten(args)))


def rewritten(args: Sequence[str]) -> list[str]:
    """The arguments, with `--inherit NAME` in place of each `--NAME inherit` of a flag."""
    result: list[str] = []
    for argument in args:
        if argument == INHERIT and result and result[-1] in ("--whisper-initiate", "--intercom-initiate"):
            result[-1:] = ["--inherit", result[-1].removeprefix("--")]
        else:
            result.append(argument)
    return result


def settings(command: Command) -> Command:
    """Add the options that change the settings of a user."""
    for option in (
        click.option(
            "--inherit",
            type=one_of(INHERITED),
            multiple=True,
            help="Take this from the group, or from the phone rules, again. May be given several times.",
        ),
        click.option(
            "--header", "headers", type=HEADER, multiple=True, help="A header that makes its phone answer."
        ),
        click.option(
            "--phone-kind",
            type=one_of([*PhoneKind, INHERIT]),
            help="What its phone is to a page.",
        ),
        click.option("--pages-off/--no-pages-off", default=None, help="Block, or do not block, pages to it."),
        rights(inheriting=True),
        click.option("--group", type=GROUP, help="Its settings group."),
    ):
        command = option(command)
    return command


@click.group(epilog="Example: whisperpage users list")
def users() -> None:
    """Users: their settings group, and settings of their own."""


@users.command(cls=Inheriting, epilog="Example: whisperpage users add 1002@pbx.example.org --group reception")
@click.argument("name", type=NEW_USER, metavar="EXT@DOMAIN")
@settings
def add(name: UserName, **options: Any) -> None:
    """Add a user; what is not given is as its group says."""
    from controller.administration import users as services

    with stores.changing() as settings:
        settings.change(services.add, name, changes(**options))


@users.command(
    "set",
    cls=Inheriting,
    epilog="Example: whisperpage users set 1002@pbx.example.org --whisper-accept inherit",
)
@NAME
@settings
def change(name: UserName, **options: Any) -> None:
    """Change a user; what is not given stays as it is."""
    wanted = changes(**options)
    if not wanted:
        raise click.UsageError("Nothing to change is given.")
    from controller.administration import users as services

    with stores.changing() as settings:
        settings.change(services.change, name, wanted)


@users.command("list", epilog="Example: whisperpage users list --group reception --csv")
@click.option("--group", type=GROUP, help="Only those of this settings group.")
@click.option("--domain", type=DOMAIN, help="Only those of this domain.")
@listing
def list_all(group: GroupName | None, domain: str | None, form: Form) -> None:
    """Show every user, with what is in effect for it."""
    from controller.store import groups
    from controller.store import users as store_users

    with stores.current() as store, store.streaming() as reading:
        if group is not None:
            groups.existing(reading, group)
        emit(COLUMNS, map(row, store_users.listing(reading, group, domain or "")), form, IN_TABLE)


@users.command(epilog="Example: whisperpage users show 1002@pbx.example.org")
@NAME
@listing
def show(name: UserName, form: Form) -> None:
    """Show one user: what is in effect for it, and where each setting comes from."""
    from controller.store import users as store_users

    with stores.current() as store, store.reading() as reading:
        emit_one(row(store_users.show(reading, name)), form)


@users.command(epilog="Example: whisperpage users remove 1002@pbx.example.org")
@NAME
@YES
def remove(name: UserName, yes: bool) -> None:
    """Remove a user, its tokens and its accept lists; it then is as one in the default group."""
    from controller.administration import users as services

    with stores.changing() as settings:
        lost = settings.read(services.loss, name)
        if loss := _loss(lost.tokens, lost.entries):
            agree(f"With the user {name} {loss}.", yes)
        settings.change(services.remove, name)


def _loss(tokens: int, entries: int) -> str:
    """What will be deleted together with a user; empty if nothing."""
    parts = [
        *([f"{tokens} valid token{'' if tokens == 1 else 's'}"] if tokens else []),
        *([f"{entries} entr{'y' if entries == 1 else 'ies'} of its accept lists"] if entries else []),
    ]
    return f"{' and '.join(parts)} will be deleted" if parts else ""


users.add_command(transfer.import_users)
users.add_command(transfer.export_users)
users.add_command(accept.commands("user", USER, "1002@pbx.example.org"), "accept")


def changes(
    group: GroupName | None, headers: tuple[Any, ...], inherit: tuple[str, ...], **options: Any
) -> UserChanges:
    """The changes that the options ask for; raises UsageError if they contradict each other."""
    values = given(**options)
    if group is not None:
        values["settings_group"] = group.name
    if headers:
        values["auto_answer"] = headers
    for option in inherit:
        column = option.replace("-", "_")
        if column in values:
            raise click.UsageError(f"--inherit {option} contradicts the value given for it.")
        values[column] = INHERIT
    none = {column: None for column, value in values.items() if value == INHERIT}
    return cast(UserChanges, values | none)  # options are named as the columns are


def row(user: User) -> dict[str, object]:
    """A user as a line of a listing."""
    headers = user.phone.headers
    return {
        "user": str(user.name),
        "group": user.group,
        "whisper_initiate": user.whisper.initiate,
        "whisper_initiate_from": str(user.whisper.initiate_source),
        "whisper_accept": user.whisper.accept,
        "whisper_accept_from": str(user.whisper.accept_source),
        "intercom_initiate": user.intercom.initiate,
        "intercom_initiate_from": str(user.intercom.initiate_source),
        "intercom_accept": user.intercom.accept,
        "intercom_accept_from": str(user.intercom.accept_source),
        "when_not_accepted": user.when_not_accepted,
        "pages_off": user.pages_off,
        "phone_kind": user.phone.kind,
        "auto_answer": None if headers is None else write_headers(headers),
    }

"""`whisperpage fusionpbx`: into a running FusionPBX, and out of it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from controller import settings_sources
from controller.cli import transfer
from controller.cli.arguments import Parsed
from controller.errors import SettingsError, SwitchError
from controller.fusion import codes, parts
from controller.fusion.site import CONFIG, find

if TYPE_CHECKING:
    from controller.fusion.codes import Code
    from controller.fusion.site import FusionPbx

_CODE = Parsed("CODE", codes.parse)


@click.group(epilog="Example: whisperpage fusionpbx status")
def fusionpbx() -> None:
    """Whisper Page in a FusionPBX on this machine: install, look, upgrade, remove."""


_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="FusionPBX's configuration.",
)
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@fusionpbx.command(epilog="Example: whisperpage fusionpbx install --dry-run")
@_config
@_dry_run
@click.option("--page-code", type=_CODE, help="Instead of *19, which pages.")
@click.option("--intercom-code", type=_CODE, help="Instead of *15, which calls.")
@click.option("--off-code", type=_CODE, help="Instead of *20, which switches pages to oneself off.")
@click.option("--message-code", type=_CODE, help="Instead of *18, which sends messages.")
def install(
    config: Path,
    dry_run: bool,
    page_code: str | None,
    intercom_code: str | None,
    off_code: str | None,
    message_code: str | None,
) -> None:
    """Put the app, the dialplan, a login, settings, codes and users where they belong; what is right stays.

    It can be run again at any time, also after it was interrupted.
    """
    given = {"page": page_code, "intercom": intercom_code, "off": off_code, "message": message_code}
    _install(config, {name: code for name, code in given.items() if code}, dry_run)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx upgrade")
@_config
@_dry_run
def upgrade(config: Path, dry_run: bool) -> None:
    """Bring what is in FusionPBX to this version; own codes, orders and disabled codes stay."""
    _install(config, {}, dry_run)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx status")
@_config
def status(config: Path) -> None:
    """Say what of Whisper Page is in FusionPBX; exits with 1 where something is missing."""
    there = find(config)
    wanted = codes.chosen(there, {})
    found = [(part.what, part.right) for part in parts.parts(there, wanted, *_settings())]
    for what, right in found:
        click.echo(f"{'ok' if right else 'MISSING':9}  {what}")
    for each in codes.taken(there, wanted):
        click.echo(f"{'TAKEN':9}  {each}")
    if not all(right for _, right in found):
        click.get_current_context().exit(1)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx remove")
@_config
@_dry_run
def remove(config: Path, dry_run: bool) -> None:
    """Take everything of Whisper Page out of FusionPBX again; its settings and database stay."""
    there = find(config)
    click.echo("Would remove:" if dry_run else "Removed:")
    for what in parts.remove(there, dry_run=dry_run):
        click.echo(f"  {what}")
    if not dry_run:
        _reload(there)


def _install(config: Path, given: dict[str, str], dry_run: bool) -> None:
    there = find(config)
    wanted = codes.chosen(there, given)
    _refuse_taken(there, wanted)
    for part in parts.parts(there, wanted, *_settings()):
        if not part.right and not dry_run:
            part.do()
        _tell("as it was" if part.right else "would do" if dry_run else "done", part.what)
    if dry_run:
        return
    _reload(there)
    added, others = transfer.add_fusionpbx_users(config)
    _tell("done" if added else "as it was", f"users: {added} added, {others} there already")


def _refuse_taken(there: FusionPbx, wanted: tuple[Code, ...]) -> None:
    if others := codes.taken(there, wanted):
        raise SettingsError(
            f"A code is taken: {', '.join(others)}. Nothing was changed: move that one, or give another by "
            "`whisperpage fusionpbx install` and --page-code, --intercom-code, --off-code or --message-code."
        )
    if len({code.number for code in wanted}) < len(wanted):
        raise SettingsError("Two of the codes are the same. Nothing was changed.")


def _settings() -> tuple[Path, str | None]:
    """The controller's settings, and the password that they have for the login."""
    file = Path(os.environ.get(settings_sources.PREFIX + "CONFIG") or settings_sources.SYSTEM_FILE)
    if not file.exists():
        return file, None
    switches = settings_sources.load().addresses
    return file, next((each.password for each in switches if each.user == parts.USER), None)


def _reload(there: FusionPbx) -> None:
    """Have the switch read its files again, and FusionPBX's handler its tables."""
    from controller.eventsocket import api
    from controller.eventsocket.connection import Connection

    _tell("done", f"{there.flush_cache()} kept dialplans flushed")
    connection = Connection(parts.event_socket(there))
    try:
        connection.connect()
        outcome = connection.api(api.call("reloadxml"), 30.0)
        _tell("done" if outcome.done else "FAILED", "reloadxml")
    except SwitchError as error:
        _tell("LEFT", f"reloadxml, once the switch runs: {error}")
    finally:
        connection.stop()


def _tell(state: str, what: str) -> None:
    click.echo(f"{state:9}  {what}")

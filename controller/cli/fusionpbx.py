"""`whisperpage fusionpbx`: into a running FusionPBX, and out of it again."""

from __future__ import annotations

import configparser
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from controller import resources
from controller.errors import SettingsError

CONFIG = Path("/etc/fusionpbx/config.conf")
APP = Path("app/whisper_page")
#: Files of the switch's configuration that are ours, and the login, which has a password.
DIALPLAN, LOGIN = Path("dialplan/whisperpage.xml"), Path("directory/whisperpage.xml")
APP_UUIDS = tuple(f"6f4a1a51-9d0e-4d5b-8a3e-5f1b7c2d0e1{number}" for number in (1, 2, 3))
CODES = ("*19", "*15", "*20")
_PASSWORD = re.compile(r'(?<=name="esl-password" value=")[^"]*(?=")')
IN_EVERY_DOMAIN = "feature codes in every domain"
#: Seconds for one of FusionPBX's own programs.
PATIENCE = 300.0


@dataclass(frozen=True)
class FusionPbx:
    """Where FusionPBX and its switch's configuration are, and how its database is reached."""

    root: Path
    conf: Path
    cache: Path
    php: str
    database: dict[str, str]

    def run_sql(self, statement: str) -> list[list[str]]:
        """The rows of a statement, by `psql`. Raises SettingsError."""
        words = ("psql", "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement)
        environment = {f"PG{key}": value for key, value in self.database.items() if value}
        return [line.split("\t") for line in _run(words, environment).splitlines()]

    def upgrade_defaults(self) -> None:
        """Run FusionPBX's own upgrade, which imports the app's dialplans. Raises SettingsError."""
        _run((self.php, str(self.root / "core/upgrade/upgrade.php"), "--defaults"))

    def flush_cache(self) -> int:
        """Remove the dialplans that FusionPBX's handler has kept; how many."""
        kept = list(self.cache.glob("dialplan.*")) if self.cache.is_dir() else []
        for each in kept:
            each.unlink(missing_ok=True)
        return len(kept)


def find(config: Path) -> FusionPbx:
    """The FusionPBX of a config.conf. Raises SettingsError."""
    try:
        lines = "[all]\n" + config.read_text()
    except OSError as error:
        raise SettingsError(
            f"There is no FusionPBX here: {config} cannot be read ({error.strerror})."
        ) from None
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(lines)
    except configparser.Error as error:
        raise SettingsError(f"{config} cannot be understood: {error.message.splitlines()[0]}.") from None
    values = {key: value.strip("'\"") for key, value in parser.items("all")}
    root, conf = Path(values.get("document.root", "")), Path(values.get("switch.conf.dir", ""))
    root /= values.get("project.path", "") or values.get("document.path", "")
    if values.get("database.0.type") != "pgsql":
        raise SettingsError(f"{config} names a database that is not PostgreSQL, which this command needs.")
    for folder in (root / "core/upgrade", conf / "directory", conf / "dialplan"):
        if not folder.is_dir():
            raise SettingsError(f"{config} leads to {folder}, which is not there.")
    names = {"HOST": "host", "PORT": "port", "DATABASE": "name", "USER": "username", "PASSWORD": "password"}
    return FusionPbx(
        root=root,
        conf=conf,
        cache=Path(values.get("cache.location") or "/var/cache/fusionpbx"),
        php=str(Path(values.get("php.dir", "")) / (values.get("php.bin") or "php")),
        database={key: values.get(f"database.0.{name}", "") for key, name in names.items()},
    )


def _run(words: tuple[str, ...], environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            words,
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(f"`{words[0]}` could not be run: {error}.") from None
    if done.returncode:
        raise SettingsError(f"`{words[0]}` failed: {(done.stderr or done.stdout).strip()[-300:]}.")
    return done.stdout


@dataclass(frozen=True)
class Step:
    """A line of what is done: what, whether it is right already, and what makes it so."""

    what: str
    right: bool
    do: Callable[[], object]


def login_file(password: str) -> str:
    """The controller's login, with this password in the file itself: FusionPBX rewrites vars.xml."""
    return _PASSWORD.sub(lambda _: password, (resources.fusionpbx() / "eventsocket.xml").read_text())


def steps(there: FusionPbx) -> Iterator[Step]:
    """What an installation consists of; each step is looked at as its turn comes."""
    app, shipped = there.root / APP, resources.fusionpbx() / APP
    yield Step(f"app {app}", _same(shipped, app), lambda: _replace(shipped, app))
    file, own = there.conf / DIALPLAN, resources.dialplan() / "whisperpage.xml"
    yield Step(
        f"dialplan {file}",
        file.exists() and file.read_bytes() == own.read_bytes(),
        lambda: _write(file, own.read_text(), 0o644),
    )
    login = there.conf / LOGIN
    found = _PASSWORD.search(login.read_text()) if login.exists() else None
    password = found.group() if found else secrets.token_hex(16)
    yield Step(
        f"login {login}",
        login.exists() and login.read_text() == login_file(password),
        lambda: _write(login, login_file(password), 0o640, like=there.conf),
    )
    yield Step(IN_EVERY_DOMAIN, not missing(there), there.upgrade_defaults)


def missing(there: FusionPbx) -> list[str]:
    """The codes that a domain lacks, or has of another version, as `CODE in DOMAIN`."""
    versions = ", ".join(f"('{uuid}', '{code}', '{text}')" for uuid, code, text in _codes())
    rows = there.run_sql(
        f"SELECT c.code, d.domain_name FROM v_domains d CROSS JOIN (VALUES {versions}) AS c(app, code, words)"
        " WHERE NOT EXISTS (SELECT 1 FROM v_dialplans p WHERE p.domain_uuid = d.domain_uuid "
        "AND p.app_uuid = c.app::uuid AND p.dialplan_description = c.words) ORDER BY 2, 1"
    )
    return [f"{code} in {domain}" for code, domain in rows]


def taken(there: FusionPbx) -> list[str]:
    """Dialplans of others that have one of our codes, as `CODE by NAME in CONTEXT`."""
    ours, codes = (", ".join(f"'{each}'" for each in group) for group in (APP_UUIDS, CODES))
    rows = there.run_sql(
        "SELECT dialplan_number, dialplan_name, dialplan_context FROM v_dialplans "
        f"WHERE dialplan_number IN ({codes}) AND (app_uuid IS NULL OR app_uuid::text NOT IN ({ours})) "
        "ORDER BY 1"
    )
    return [f"{number} by {name} in {context}" for number, name, context in rows]


def _codes() -> Iterator[tuple[str, str, str]]:
    from xml.etree import ElementTree

    for file in sorted((resources.fusionpbx() / APP / "resources/switch/conf/dialplan").glob("*.xml")):
        extension = ElementTree.parse(file).getroot()
        yield extension.get("app_uuid", ""), extension.get("number", ""), extension.get("description", "")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _same(one: Path, other: Path) -> bool:
    return other.is_dir() and _files(one) == _files(other)


def _replace(source: Path, target: Path) -> None:
    """Copy a folder in place of another: beside it first, so that an interruption leaves no half of it."""
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside)
    _as(beside, target.parent)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def _write(file: Path, text: str, mode: int, like: Path | None = None) -> None:
    beside = file.with_name(f".{file.name}.new")
    beside.touch(mode)
    beside.chmod(mode)
    beside.write_text(text)
    _as(beside, like or file.parent)
    beside.rename(file)


def _as(path: Path, model: Path) -> None:
    """Give a file or a folder the owner of another, where that is ours to do."""
    if os.geteuid() == 0:
        owner = model.stat()
        for each in (path, *path.rglob("*")):
            os.chown(each, owner.st_uid, owner.st_gid)


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


def _install(config: Path, dry_run: bool) -> None:
    there = find(config)
    if others := taken(there):
        raise SettingsError(
            f"A code is taken: {', '.join(others)}. Nothing was changed: move that one first."
        )
    changed = False
    for step in steps(there):
        done = step.right and not (changed and step.what == IN_EVERY_DOMAIN)  # what changed is imported
        click.echo(f"{'as it was' if done else 'would do' if dry_run else 'done':9}  {step.what}")
        if not done:
            changed = True
            if not dry_run:
                step.do()
    if changed and not dry_run:
        click.echo(f"done       {there.flush_cache()} kept dialplans flushed")
        click.echo("Now run `fs_cli -x reloadxml`.")


@fusionpbx.command(epilog="Example: whisperpage fusionpbx install --dry-run")
@_config
@_dry_run
def install(config: Path, dry_run: bool) -> None:
    """Put the app, the dialplan, a login and the feature codes into FusionPBX; what is right stays.

    It can be run again at any time, also after it was interrupted.
    """
    _install(config, dry_run)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx upgrade")
@_config
@_dry_run
def upgrade(config: Path, dry_run: bool) -> None:
    """Bring what is in FusionPBX to this version; own codes, orders and disabled codes stay."""
    _install(config, dry_run)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx status")
@_config
def status(config: Path) -> None:
    """Say what of Whisper Page is in FusionPBX; exits with 1 where something is missing."""
    there = find(config)
    found = [(step.what, step.right) for step in steps(there)]
    for what, right in found:
        click.echo(f"{'ok' if right else 'MISSING':9}  {what}")
    for each in taken(there):
        click.echo(f"{'TAKEN':9}  {each}")
    if not all(right for _, right in found):
        click.get_current_context().exit(1)


@fusionpbx.command(epilog="Example: whisperpage fusionpbx remove")
@_config
@_dry_run
def remove(config: Path, dry_run: bool) -> None:
    """Take everything of Whisper Page out of FusionPBX again."""
    there = find(config)
    click.echo("Would remove:" if dry_run else "Removed:")
    # the folder first: as long as it is there, FusionPBX's own upgrade brings the codes back
    for path in (there.root / APP, there.conf / DIALPLAN, there.conf / LOGIN):
        if path.exists():
            click.echo(f"  {path}")
            if not dry_run:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    ours = ", ".join(f"'{uuid}'" for uuid in APP_UUIDS)
    which = f"SELECT dialplan_uuid FROM v_dialplans WHERE app_uuid IN ({ours})"
    rows = there.run_sql(which)
    click.echo(f"  {len(rows)} dialplans")
    if not dry_run:
        there.run_sql(
            f"BEGIN; DELETE FROM v_dialplan_details WHERE dialplan_uuid IN ({which}); "
            f"DELETE FROM v_dialplans WHERE app_uuid IN ({ours}); COMMIT"
        )
        there.flush_cache()
        click.echo("Now run `fs_cli -x reloadxml`.")

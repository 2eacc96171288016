"""The parts of an installation in a FusionPBX: whether each is right, and the work that makes it so."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from controller import resources
from controller.errors import SettingsError
from controller.fusion import codes, menu
from controller.fusion.codes import APP, Code
from controller.fusion.ownership import acting_as, owner_of
from controller.fusion.site import FusionPbx
from controller.switch_address import SwitchAddress

#: Our files in the switch's configuration; that of the login has a password.
DIALPLAN, LOGIN = Path("dialplan/whisperpage.xml"), Path("directory/whisperpage.xml")
#: The user of the login.
USER = "controller@eventsocket"
#: The target's keys during a page. FusionPBX itself uses 1 to 7 (bind_digit_action, a recording and its
#: masking, follow-me).
KEYS = {"mute_key": "8", "end_key": "9", "off_key": "0"}
ITS_KEYS = frozenset("1234567")
_PASSWORD = re.compile(r'(?<=name="esl-password" value=")[^"]*(?=")')
#: A password that may be ours: nothing in it has a meaning in XML, TOML or a URL.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(frozen=True)
class Part:
    """A part of the installation: its name, whether it is right already, and the work that makes it so."""

    what: str
    right: bool
    do: Callable[[], object]


def parts(there: FusionPbx, wanted: tuple[Code, ...], settings: Path, password: str | None) -> Iterator[Part]:
    """The parts in their order; each is checked when its turn comes.

    `settings` is the controller's file, which is written if it does not exist. `password` is the password of
    the login in that file, or None.
    """
    changed = [
        (old, new)
        for old in codes.installed(there)
        for new in wanted
        if old.name == new.name and old.number != new.number
    ]
    for before, after in changed:
        yield Part(
            f"code {after.number} in place of {before.number}",
            not codes.renumbered(there, before, after),
            lambda old=before, new=after: codes.renumber(there, old, new),  # type: ignore[misc]
        )
    app, own = there.root / APP, codes.files(wanted)
    yield Part(f"app {app}", _files(app) == own, lambda: _replace(own, app))
    file, text = there.conf / DIALPLAN, (resources.dialplan() / "whisperpage.xml").read_text()
    yield Part(f"dialplan {file}", _text(file) == text, lambda: _write(file, text, 0o644))
    login = there.conf / LOGIN
    secret = login_password(there) or password or secrets.token_hex(16)
    yield Part(
        f"login {login}",
        _text(login) == _login(secret),
        lambda: _write(login, _login(secret), 0o640, like=there.conf),
    )
    yield Part(f"settings {settings}", settings.exists(), lambda: _write_settings(settings, there, secret))
    right = not codes.missing(there, wanted) and menu.is_known(there)
    yield Part("feature codes in every domain, page in the menu", right, there.upgrade_defaults)


def remove(there: FusionPbx, *, dry_run: bool) -> Iterator[str]:
    """Remove the whole installation; yields the name of each removed part.

    The app's folder is removed first: while it exists, FusionPBX's own upgrade adds the codes again.
    """
    for path in (there.root / APP, there.conf / DIALPLAN, there.conf / LOGIN):
        if path.exists():
            if not dry_run:
                with acting_as(owner_of(path.parent)):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            yield str(path)
    yield f"{codes.remove(there, codes.shipped(), dry_run=dry_run)} codes"
    yield f"{menu.remove(there, dry_run=dry_run)} menu items"


def login_password(there: FusionPbx) -> str:
    """The password in the login's file; empty if there is none that could be ours."""
    found = _PASSWORD.search(_text(there.conf / LOGIN) or "")
    return found.group() if found and _PLAIN.fullmatch(found.group()) else ""


def event_socket(there: FusionPbx) -> SwitchAddress:
    """The switch's event socket, with the password that opens everything. Raises SettingsError."""
    file = there.conf / "autoload_configs/event_socket.conf.xml"
    try:
        found = {each.get("name"): each.get("value", "") for each in ElementTree.parse(file).iter("param")}
        host = found.get("listen-ip") or "127.0.0.1"
        local = host in ("0.0.0.0", "::", "localhost")
        port = int(found.get("listen-port") or 8021)
        return SwitchAddress("127.0.0.1" if local else host, port, found["password"] or "ClueCon")
    except (OSError, ElementTree.ParseError, KeyError, ValueError):
        raise SettingsError(f"{file} does not say how to reach the switch's event socket.") from None


def address(there: FusionPbx, password: str) -> str:
    """The `switch_url` of a login with this password."""
    return f"esl://{USER.replace('@', '%40')}:{password}@{event_socket(there)}"


def make_folder(folder: Path) -> None:
    """Make a folder to which the controller's own user may write, unless it exists."""
    if folder.is_dir():
        return
    folder.mkdir(0o750, parents=True)
    with suppress(KeyError, PermissionError):
        shutil.chown(folder, "whisperpage", "whisperpage")


def like_folder(*paths: Path) -> None:
    """Give files the owner of their folder, if this process may."""
    for path in paths:
        if path.exists() and os.geteuid() == 0:
            owner = path.parent.stat()
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _login(password: str) -> str:
    """The file of the login with this password, which cannot be in vars.xml: FusionPBX rewrites that."""
    return _PASSWORD.sub(
        lambda _: escape(password, {'"': "&quot;"}), (resources.fusionpbx() / "eventsocket.xml").read_text()
    )


def _write_settings(file: Path, there: FusionPbx, password: str) -> None:
    make_folder(file.parent)
    lines = [
        'database_url = "sqlite:////var/lib/whisperpage/whisperpage.db"',
        f'switch_url = "{address(there, password)}"',
        "# FusionPBX has the other digits for itself.",
        *(f'{key} = "{digit}"' for key, digit in KEYS.items()),
    ]
    if len(there.domains()) > 1:
        lines += ["# A phone that lies about its domain would be told the lamps of others.", "lamps = false"]
    _write(file, "\n".join(lines) + "\n", 0o640)


def _text(file: Path) -> str | None:
    """The text of a file; None if it is not there, or is no file (a pipe would never end)."""
    return file.read_text(errors="replace") if file.is_file() else None


def _files(folder: Path) -> dict[Path, str | None]:
    return {path.relative_to(folder): _text(path) for path in folder.rglob("*") if not path.is_dir()}


def _replace(files: dict[Path, str], target: Path) -> None:
    """Replace a folder. The new one is written beside it first, so an interruption leaves no half of it."""
    beside, before = (target.with_name(f".{target.name}.{end}") for end in ("new", "old"))
    with acting_as(owner_of(target.parent)):
        for each in (beside, before):
            if each.is_symlink():
                each.unlink()
            shutil.rmtree(each, ignore_errors=True)
        for name, text in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_text(text)
        if target.exists():
            target.rename(before)
        beside.rename(target)
        shutil.rmtree(before, ignore_errors=True)


def _write(file: Path, text: str, mode: int, like: Path | None = None) -> None:
    beside = file.with_name(f".{file.name}.new")
    with acting_as(owner_of(like or file.parent)):
        beside.unlink(missing_ok=True)
        beside.touch(mode, exist_ok=False)
        beside.chmod(mode)
        beside.write_text(text)
        beside.rename(file)

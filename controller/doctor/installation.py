"""Looks whether everything that a page needs is there, and says for each thing that is not what to do."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from controller import resources
from controller.config import Settings, SwitchAddress
from controller.database_url import read_url
from controller.doctor.check import Check
from controller.errors import SwitchError, WhisperPageError
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.eventsocket.connection import Connection

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from controller.store.schema import SchemaState

#: What the dialplan and the controller use of the switch (`module_exists`).
MODULES = (
    "mod_commands",
    "mod_dptools",
    "mod_dialplan_xml",
    "mod_event_socket",
    "mod_loopback",
    "mod_sofia",
    "mod_tone_stream",
)
CONTEXTS = ("whisperpage", "whisperpage-end")
FEATURE_CODES = "whisperpage_page"


def examine(
    settings: Settings, users_context: str, schema_state: Callable[[str], SchemaState]
) -> Iterator[Check]:
    """Check after check, as each is done.

    `users_context` is the dialplan context of the users' phones. `schema_state` gives the version of the
    database at a URL.
    """
    yield _database(settings.database_url, schema_state)
    for address in settings.switches:
        for check in _switch(address, settings.command_deadline, users_context):
            yield replace(check, switch=str(address))


def _switch(address: SwitchAddress, deadline: float, users_context: str) -> Iterator[Check]:
    connection = Connection(address, timeout=deadline)
    try:
        connection.connect()
    except SwitchError as error:
        yield Check("switch", False, "cannot be talked to", str(error))
        return
    try:
        ask = asker(connection, deadline)
        yield Check("switch", True, f"{address}, {ask(api.call('version')).splitlines()[0]}")
        yield look_at_modules(ask)
        yield from look_at_dialplan(ask, users_context)
    except SwitchError as error:
        yield Check("switch", False, "stopped answering", str(error))
    finally:
        connection.stop()


def _database(address: str, schema_state: Callable[[str], SchemaState]) -> Check:
    try:
        url, found = read_url(address), schema_state(address)
    except WhisperPageError as error:
        return Check("database", False, "cannot be used", str(error))
    store = url.render_as_string(hide_password=True)
    if found.up_to_date and (exposed := _exposed(url)):
        others = f"{store}: everybody on this machine can read {', '.join(path.name for path in exposed)}"
        return Check("database", False, others, f"Run `chmod 600 {' '.join(map(str, exposed))}`.")
    if found.up_to_date:
        return Check("database", True, f"{store}, version {found.current}")
    version = found.current or "none"
    fix = (
        "Run `whisperpage db upgrade`."
        if found.known
        else "Upgrade whisperpage: the database is newer than it."
    )
    return Check("database", False, f"{store}, version {version} and not {found.head}", fix)


def _exposed(url: URL) -> list[Path]:
    """The files of an SQLite database that every user of this machine can read; its group is left to it."""
    name = str(url.database)
    if url.get_backend_name() != "sqlite" or name.startswith("file:"):  # SQLite's own URIs are left to SQLite
        return []
    try:
        path = Path(name).absolute()
        if not all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents):
            return []
    except OSError:  # of a folder that we may not look into ourselves
        return []
    files = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
    return [each for each in files if each.exists() and each.stat().st_mode & stat.S_IROTH]


Ask = Callable[[ApiCall], str]


def asker(connection: Connection, deadline: float) -> Ask:
    """Asks a switch for the output of a call; raises SwitchError when the connection has ended."""

    def ask(call: ApiCall) -> str:
        outcome = connection.api(call, deadline)
        if connection.error:
            raise connection.error
        return outcome.text.strip()

    return ask


def look_at_modules(ask: Ask) -> Check:
    """Whether everything is loaded that a page is made of; `ask` gives a call's output."""
    missing = [module for module in MODULES if ask(api.module_exists(module)) != "true"]
    load = f"Load {', '.join(missing)} in modules.conf.xml, and now with `fs_cli -x 'load NAME'`."
    return Check("modules", not missing, f"{len(MODULES) - len(missing)} of {len(MODULES)} loaded", load)


def look_at_dialplan(ask: Ask, users_context: str) -> Iterator[Check]:
    """Whether the contexts of a page are there, and whether the users' phones can dial the feature codes."""
    for name in CONTEXTS:
        shipped, found = _shipped(name), _extensions(ask(api.xml_locate("dialplan", "context", "name", name)))
        state = "there" if found == shipped else "of another version" if found else "missing"
        yield Check(f"context {name}", found == shipped, state, _copy())
    codes = FEATURE_CODES in _extensions(ask(api.xml_locate("dialplan", "context", "name", users_context)))
    yield Check(
        f"feature codes in context {users_context}",
        codes,
        "there" if codes else "missing",
        f"{_copy()} Where the users' phones are in another context, include default/whisperpage.xml there "
        "and name the context with --context.",
    )


def _copy() -> str:
    return f"Copy {resources.dialplan()}/ over FreeSWITCH's conf/dialplan/ and run `fs_cli -x reloadxml`."


def _shipped(context: str) -> list[str]:
    root = ElementTree.parse(resources.dialplan() / "whisperpage.xml").getroot()
    return _names(root.find(f"context[@name='{context}']"))


def _extensions(xml: str) -> list[str]:
    try:
        return _names(ElementTree.fromstring(xml))
    except ElementTree.ParseError:  # `-ERR ...`: there is no such context
        return []


def _names(context: ElementTree.Element | None) -> list[str]:
    return [] if context is None else [each.get("name", "") for each in context.iter("extension")]

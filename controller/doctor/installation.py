"""Checks whether everything that a page needs is installed, and names a remedy for each missing part."""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from controller.config import Settings
from controller.database_url import read_url
from controller.doctor.check import Check
from controller.doctor.cluster import look_at_cluster
from controller.doctor.conferences import look_at_conferences
from controller.doctor.dialplan import Ask, look_at_dialplan, look_at_replies
from controller.doctor.messages import look_at_sounds, look_at_speech
from controller.doctor.profiles import look_at_profiles
from controller.domain.message import Message
from controller.domain.policy import Feature, Permitted
from controller.errors import LoginRefused, SwitchError, WhisperPageError
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall
from controller.eventsocket.connection import Connection
from controller.switch_address import SwitchAddress

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from controller.store.schema import SchemaState

#: The modules of the switch that the dialplan and the controller use (`module_exists`).
MODULES = (
    "mod_commands",
    "mod_dptools",
    "mod_dialplan_xml",
    "mod_event_socket",
    "mod_loopback",
    "mod_sofia",
    "mod_tone_stream",
)
#: The password that every FreeSWITCH comes with (conf/vanilla/autoload_configs/event_socket.conf.xml).
WELL_KNOWN = "ClueCon"
#: The command that permits everything to everybody.
PERMIT = (
    "whisperpage groups set default --whisper-initiate --whisper-accept all "
    "--intercom-initiate --intercom-accept all"
)


def examine(
    settings: Settings,
    users_context: str | None,
    schema_state: Callable[[str], SchemaState],
    permitted: Callable[[str], Mapping[Feature, Permitted]],
    controller: Callable[[], Check],
    replies: Callable[[str], Collection[str]] = lambda url: (),
    messages: Callable[[str], Collection[Message]] = lambda url: (),
    others: Callable[[Collection[str]], Iterable[Check]] = lambda replies: (),
) -> Iterator[Check]:
    """The checks, each as soon as it is done.

    `users_context` is the dialplan context of the users' phones, None if no file has it. `schema_state`
    returns the version of the database at a URL, and `permitted` what is possible for its users as a whole.
    `controller` checks whether a controller serves. `replies` returns the digits of all replies, and
    `messages` all messages. `others` returns checks to be made at the end; it gets the digits.
    """
    database = _database(settings.database_url, schema_state)
    yield database.check
    if database.usable:
        yield look_at_rights(permitted(settings.database_url))
    yield controller()
    replied = replies(settings.database_url) if database.usable else frozenset()
    told = messages(settings.database_url) if database.usable else ()
    yield from look_at_speech(settings, told)
    for address in settings.addresses:
        for check in _switch(address, settings, users_context, replied, told):
            yield replace(check, switch=str(address))
    yield from others(replied)


def _switch(
    address: SwitchAddress,
    settings: Settings,
    users_context: str | None,
    replies: Collection[str],
    messages: Collection[Message],
) -> Iterator[Check]:
    deadline = settings.command_deadline
    connection = Connection(address, timeout=deadline)
    try:
        connection.connect()
    except SwitchError as error:
        yield Check("switch", False, "cannot be used", str(error))
        return
    try:
        ask = asker(connection, deadline)
        yield Check("switch", True, f"{address}, {ask(api.call('version')).splitlines()[0]}")
        yield from look_at_password(address, deadline)
        yield look_at_modules(ask)
        yield look_at_conferences(ask)
        yield from look_at_dialplan(ask, users_context)
        yield from look_at_replies(ask, settings, replies)
        yield from look_at_sounds(ask, settings, messages)
        yield from look_at_profiles(ask, lamps=settings.lamps)
        if address.dial:
            connection.send(commands.subscribe(("BACKGROUND_JOB",)), deadline)
            yield from look_at_cluster(ask, connection.identify(deadline), address)
    except SwitchError as error:
        yield Check("switch", False, "stopped answering", str(error))
    finally:
        connection.stop()


def look_at_rights(permitted: Mapping[Feature, Permitted]) -> Check:
    """Check whether anybody may page anybody."""
    words = {Feature.WHISPER: "whisper pages", Feature.INTERCOM: "intercom calls"}
    found = [f"{words[feature]}: {_permitted(each)}" for feature, each in permitted.items()]
    right = any(each.possible for each in permitted.values())
    fix = f"For everybody at once, run `{PERMIT}`; docs/admin.md has other ways."
    return Check("rights", right, "; ".join(found), fix)


def _permitted(permitted: Permitted) -> str:
    if permitted.possible:
        return "permitted"
    start = [] if permitted.started else ["nobody may start one"]
    return " and ".join([*start, *([] if permitted.taken else ["nobody takes one"])])


def look_at_password(address: SwitchAddress, deadline: float) -> Iterator[Check]:
    """Check whether the event socket accepts the password that every FreeSWITCH comes with."""
    trial = Connection(replace(address, user="", password=WELL_KNOWN), timeout=deadline)
    try:
        trial.connect()
        known = True
    except LoginRefused:
        known = False
    except SwitchError:
        return
    finally:
        trial.stop()
    yield Check(
        "password",
        not known,
        f"is {WELL_KNOWN}, which everybody knows" if known else f"is not {WELL_KNOWN}",
        "Change it in autoload_configs/event_socket.conf.xml, run `fs_cli -x 'reload mod_event_socket'`, "
        "and write the new one into switch_url.",
        needed=False,
    )


@dataclass(frozen=True)
class _Database:
    check: Check
    usable: bool


def _database(address: str, schema_state: Callable[[str], SchemaState]) -> _Database:
    try:
        url, found = read_url(address), schema_state(address)
    except WhisperPageError as error:
        return _Database(Check("database", False, "cannot be used", str(error)), usable=False)
    return _Database(_state(url, found), found.up_to_date)


def _state(url: URL, found: SchemaState) -> Check:
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
    """The files of an SQLite database that every user of this machine can read; their group may read them."""
    name = str(url.database)
    if url.get_backend_name() != "sqlite" or name.startswith("file:"):  # SQLite's own URIs are not checked
        return []
    try:
        path = Path(name).absolute()
        if not all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents):
            return []
    except OSError:  # this process may not read one of the folders
        return []
    files = [Path(f"{path}{end}") for end in ("", "-wal", "-shm")]
    return [each for each in files if each.exists() and each.stat().st_mode & stat.S_IROTH]


def asker(connection: Connection, deadline: float) -> Ask:
    """A function that runs a call and returns its output; it raises SwitchError if the connection ends."""

    def ask(call: ApiCall) -> str:
        outcome = connection.api(call, deadline)
        if connection.error:
            raise connection.error
        return outcome.text.strip()

    return ask


def look_at_modules(ask: Ask) -> Check:
    """Check whether all modules that a page needs are loaded; `ask` returns a call's output."""
    missing = [module for module in MODULES if ask(api.module_exists(module)) != "true"]
    load = f"Load {', '.join(missing)} in modules.conf.xml, and now with `fs_cli -x 'load NAME'`."
    return Check("modules", not missing, f"{len(MODULES) - len(missing)} of {len(MODULES)} loaded", load)

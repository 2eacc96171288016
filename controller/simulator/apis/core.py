"""API calls about the switch as a whole (mod_commands.c)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from controller.simulator import calls, expansion, headers
from controller.simulator.events import one
from controller.simulator.switch import Api, Switch

VERSION = "1.10.12-release~64bit"


def _status(switch: Switch, argument: str) -> str:
    up = int(switch.clock.time() - switch.started)
    return (
        f"UP 0 years, 0 days, {up // 3600} hours, {up // 60 % 60} minutes, {up % 60} seconds, "
        "0 milliseconds, 0 microseconds\n"
        f"FreeSWITCH (Version {VERSION}) is ready\n"
        f"{len(switch.channels)} session(s) - peak {len(switch.channels)}, last 5min 0\n"
    )


def _version(switch: Switch, argument: str) -> str:
    return f"FreeSWITCH Version {VERSION} (simulated)\n"


def _create_uuid(switch: Switch, argument: str) -> str:
    return str(uuid4())


def _module_exists(switch: Switch, argument: str) -> str:
    return "true" if argument in switch.configuration.modules else "false"


def _hupall(switch: Switch, argument: str) -> str:
    cause = argument.split()[0] if argument.split() else "MANAGER_REQUEST"
    for channel in list(switch.channels.values()):
        calls.hang_up(switch, channel, cause)
    return f"+OK hangup all channels with cause {cause}\n"


def _eval(switch: Switch, argument: str) -> str:
    """`eval [uuid:UUID ]TEXT`: with a leg, the text may use the headers of its events (eval_function)."""
    if not argument.startswith("uuid:"):
        return expansion.expand(argument, switch.configuration.variables.get, switch.call)
    uuid, _, text = argument.removeprefix("uuid:").partition(" ")
    channel = switch.locate(uuid)
    if channel is None:
        return "-ERR No such channel!\n"
    told = {name: one(value) for name, value in [*headers.basic(channel), *headers.extended(channel)]}

    def read(name: str) -> str | None:
        return told.get(name) or told.get(f"variable_{name}") or switch.variable(channel, name)

    return expansion.expand(text, read, switch.call)


def _global_getvar(switch: Switch, argument: str) -> str:
    """Empty for a variable that is not set (global_getvar_function)."""
    return switch.configuration.variables.get(argument.strip(), "")


def _sched_api(switch: Switch, argument: str) -> str:
    """`+SECONDS GROUP CALL` (sched_api_function); the scheduler counts whole seconds."""
    when, group, text = (*argument.split(" ", 2), "", "", "")[:3]
    if not when.removeprefix("+").isdigit() or not text:
        return "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"
    name, _, rest = text.removesuffix("&").partition(" ")
    task = switch.schedule(int(when.removeprefix("+")), group, lambda: switch.call(name, rest))
    return f"+OK Added: {task}\n"


def _sched_del(switch: Switch, argument: str) -> str:
    """`TASK|GROUP` (sched_del_function)."""
    return f"+OK Deleted: {switch.unschedule(argument.strip())}\n"


def _xml_locate(switch: Switch, argument: str) -> str:
    """A domain of the directory, a context of the dialplan, or the configuration of conferences, as XML.

    (xml_locate_function)
    """
    section, tag, key, name = (*argument.split(), "", "", "", "")[:4]
    found = ""
    if (section, tag, key) == ("directory", "domain", "name"):
        found = _domain(switch, name)
    elif (section, tag, key) == ("dialplan", "context", "name"):
        found = _context(switch, name)
    elif (section, key, name) == ("configuration", "name", "conference.conf"):
        found = _conferences(switch)
    return found or "can't find anything\n"


def _domain(switch: Switch, name: str) -> str:
    users = [user for user in switch.configuration.users.values() if user.domain == name]
    inner = "".join(
        f'<user id="{user.extension}"><variables>'
        + "".join(f'<variable name="{name}" value="{value}"/>' for name, value in user.variables.items())
        + "</variables></user>"
        for user in users
    )
    groups = f'<groups><group name="default"><users>{inner}</users></group></groups>'
    return f'<domain name="{name}">{groups}</domain>' if users else ""


def _conferences(switch: Switch) -> str:
    rooms = switch.configuration.rooms
    params = "".join(f'<param name="{name}" value="{value}"/>' for name, value in rooms.items())
    profile = f'<profile name="whisperpage">{params}</profile>' if rooms else ""
    return f'<configuration name="conference.conf"><profiles>{profile}</profiles></configuration>'


def _context(switch: Switch, name: str) -> str:
    """A context with its extensions, their conditions left out."""
    extensions = switch.configuration.dialplan.contexts.get(name)
    if extensions is None:
        return ""
    root = Element("context", name=name)
    for extension in extensions:
        SubElement(root, "extension", name=extension.name)
    return tostring(root, encoding="unicode")


def _user_exists(switch: Switch, argument: str) -> str:
    """`id EXTENSION DOMAIN` (user_exists_function)."""
    words = argument.split()
    known = len(words) == 3 and words[0] == "id" and f"{words[1]}@{words[2]}" in switch.configuration.users
    return "true" if known else "false"


def _user_data(switch: Switch, argument: str) -> str:
    """`EXTENSION@DOMAIN var NAME`: one variable of a user; empty if it is not set (user_data_function).

    `EXTENSION@DOMAIN attr id` is its own name, `attr number-alias` its alias, which also finds it.
    """
    user, what, name = (*argument.split(), "", "", "")[:3]
    users = switch.configuration.users
    found = users.get(user) or next(
        (each for each in users.values() if each.alias and f"{each.alias}@{each.domain}" == user), None
    )
    if found and what == "attr":
        return {"id": found.extension, "number-alias": found.alias}.get(name, "")
    return found.variables.get(name, "") if found and what == "var" else ""


def _acl(switch: Switch, argument: str) -> str:
    """`ADDRESS LIST`; false for a list that does not exist (acl_function)."""
    address, _, name = argument.partition(" ")
    return "true" if address in switch.configuration.acls.get(name, ()) else "false"


APIS: Mapping[str, Api] = MappingProxyType(
    {
        "acl": _acl,
        "status": _status,
        "version": _version,
        "create_uuid": _create_uuid,
        "module_exists": _module_exists,
        "hupall": _hupall,
        "eval": _eval,
        "global_getvar": _global_getvar,
        "sched_api": _sched_api,
        "sched_del": _sched_del,
        "xml_locate": _xml_locate,
        "user_exists": _user_exists,
        "user_data": _user_data,
    }
)

"""API calls that change legs (mod_commands.c)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import bridging, calls, dialstring, displays, originate
from controller.simulator.channel import Channel, State
from controller.simulator.dialplan import Action
from controller.simulator.switch import Api, Switch

NO_CHANNEL = "-ERR No such channel!\n"


def _originate(switch: Switch, argument: str) -> str:
    """`originate DIAL EXTENSION|&APP(ARGUMENT) [DIALPLAN] [CONTEXT]`; waits for the answer."""
    words = dialstring.words(argument)
    if len(words) < 2:
        return "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>]\n"
    try:
        channel, cause = originate.call(switch, words[0], None)
    except ValueError:
        return "-ERR DESTINATION_OUT_OF_ORDER\n"
    if channel is None:
        return f"-ERR {cause}\n"
    target = words[1]
    if target.startswith("&"):
        application, _, data = target[1:].partition("(")
        channel.actions = deque([Action(application, data.removesuffix(")"))])
        calls.send(channel, State.EXECUTE)
    else:
        dialplan, context = (*words[2:4], "", "")[:2]
        calls.transfer(switch, channel, target, dialplan or "XML", context or "default")
    return f"+OK {channel.uuid}\n"


def _conference(switch: Switch, argument: str) -> str:
    """`NAME lock`: let nobody enter who does not belong there (conference_api_sub_lock). `NAME kick all`."""
    name, _, what = argument.partition(" ")
    if what not in ("lock", "kick all"):
        switch.unknown.append(f"api conference {argument}")
        return "-ERR\n"
    if name not in switch.rooms:
        return f"-ERR Conference {name} not found\n"
    if what == "lock":
        switch.locked.add(name)
        return f"+OK {name} locked\n"
    for channel in [switch.channels[uuid] for uuid in switch.rooms[name]]:
        channel.conference = ""
        channel.poke()
    return "+OK kicked all\n"


def _bridge(switch: Switch, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    legs = [switch.locate(word) for word in words[:2]]
    if legs[0] is None or legs[1] is None or not bridging.uuid_bridge(switch, legs[0], legs[1]):
        return "-ERR Invalid uuid\n"
    return f"+OK {words[1]}\n"


def _kill(switch: Switch, argument: str) -> str:
    uuid, cause = (*argument.split(), "NORMAL_CLEARING")[:2] if argument.split() else ("", "")
    channel = switch.locate(uuid)
    if channel is None:
        return NO_CHANNEL if uuid else "-USAGE: <uuid> [cause]\n"
    calls.hang_up(switch, channel, cause)
    return "+OK\n"


def _transfer(switch: Switch, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    channel = switch.locate(words.pop(0))
    if channel is None:
        return NO_CHANNEL
    legs = [channel]
    if words[0] in ("-bleg", "-both"):
        side = words.pop(0)
        if channel.link is None:
            return "-ERR\n"
        legs = [channel.link.other(channel), *([channel] if side == "-both" else [])]
    number, dialplan, context = (*words, "", "", "")[:3]
    for leg in legs:
        calls.transfer(switch, leg, number, dialplan, context)
    return "+OK\n"


def _answer(switch: Switch, argument: str) -> str:
    channel = switch.locate(argument.strip())
    if channel is None:
        return "-ERROR\n"
    calls.answer(switch, channel)
    return "+OK\n"


def _pre_answer(switch: Switch, argument: str) -> str:
    channel = switch.locate(argument.strip())
    if channel is None:
        return "-ERROR\n"
    calls.open_media(switch, channel)
    return "+OK\n"


def _media(switch: Switch, argument: str) -> str:
    """`[off] UUID` (uuid_media_function)."""
    off, _, uuid = argument.strip().rpartition(" ")
    channel = switch.locate(uuid)
    change = bridging.send_media_past if off == "off" else bridging.bring_media_back
    if channel is None or not change(switch, channel):
        return "-ERR Operation failed\n"
    return "+OK Success\n"


def _display(switch: Switch, argument: str) -> str:
    """`UUID NAME|NUMBER` (uuid_display_function)."""
    uuid, _, shown = argument.partition(" ")
    name, _, number = shown.partition("|")
    channel = switch.locate(uuid)
    if not name:
        return "-USAGE: <uuid> <display>\n"
    if channel is None:
        return "-ERR Operation failed\n"
    displays.show(switch, channel, name, number)
    return "+OK Success\n"


def _setvar(switch: Switch, argument: str) -> str:
    uuid, name, value = (*argument.split(" ", 2), "", "")[:3]
    channel = switch.locate(uuid)
    if channel is None:
        return NO_CHANNEL
    if not name:
        return "-USAGE: <uuid> <var> [value]\n"
    channel.set(name, value.strip("'"))
    return "+OK\n"


def _setvar_multi(switch: Switch, argument: str) -> str:
    uuid, _, pairs = argument.partition(" ")
    channel = switch.locate(uuid)
    if channel is None:
        return NO_CHANNEL
    marked = pairs.replace("\\;", "\0")
    for pair in marked.split(";")[:64]:
        name, _, value = pair.replace("\0", ";").partition("=")
        if not name:
            return "-ERR No variable specified\n"
        channel.set(name, value)
    return "+OK\n"


def _getvar(switch: Switch, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> <var>\n"
    channel: Channel | None = switch.locate(words[0])
    if channel is None:
        return NO_CHANNEL
    return switch.variable(channel, words[1]) or "_undef_"


APIS: Mapping[str, Api] = MappingProxyType(
    {
        "conference": _conference,
        "originate": _originate,
        "uuid_bridge": _bridge,
        "uuid_kill": _kill,
        "uuid_transfer": _transfer,
        "uuid_answer": _answer,
        "uuid_pre_answer": _pre_answer,
        "uuid_media": _media,
        "uuid_display": _display,
        "uuid_setvar": _setvar,
        "uuid_setvar_multi": _setvar_multi,
        "uuid_getvar": _getvar,
    }
)

"""API calls that read the state of legs (mod_commands.c)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import headers
from controller.simulator.apis.legs import NO_CHANNEL
from controller.simulator.channel import Channel
from controller.simulator.switch import Api, Switch


def _exists(switch: Switch, argument: str) -> str:
    return "true" if switch.locate(argument.strip()) else "false"


def _dump(switch: Switch, argument: str) -> str:
    """`uuid_dump UUID json|plain`: all data of a leg as an event (uuid_dump_function)."""
    words = argument.split()
    channel = switch.locate(words[0]) if words else None
    if channel is None:
        return NO_CHANNEL if words else "-USAGE: <uuid> [format]\n"
    event = switch.event("CHANNEL_DATA", [*headers.basic(channel), *headers.extended(channel)])
    text = event.json() if words[1:] == ["json"] else event.plain()
    return text.decode("utf-8", "surrogateescape")


def _buglist(switch: Switch, argument: str) -> str:
    """switch_core_media_bug_enumerate (switch_core_media_bug.c); empty for a leg that does not exist."""
    channel = switch.locate(argument.strip())
    if channel is None:
        return ""
    bugs = "".join(
        f" <media-bug>\n  <function>{bug.function}</function>\n  <target>{bug.target}</target>\n"
        "  <thread-locked>0</thread-locked>\n </media-bug>\n"
        for bug in channel.bugs
    )
    return f"<media-bugs>\n{bugs}</media-bugs>\n"


def _show(switch: Switch, argument: str) -> str:
    """`show channels [count] [as json]`, `show registrations as json`; without any there is no `rows`.

    (show_function)
    """
    words = argument.split()
    if words == ["registrations", "as", "json"]:
        return _registrations(switch)
    if words[:1] != ["channels"]:
        switch.unknown.append(f"api show {argument}")
        return f"-ERR show {argument} Command not found!\n"
    # from the switch's own database, which has a leg until it is destroyed
    rows = [_row(switch, channel) for channel in switch.channels.values()]
    if "count" in words:
        return f"{len(rows)} total.\n"
    if "json" in words:
        if not rows:
            return '{"row_count": 0}'
        return json.dumps({"row_count": len(rows), "rows": rows}, separators=(",", ":"))
    lines = [",".join(row.values()) for row in rows]
    return "\n".join([*([",".join(rows[0])] if rows else []), *lines, "", f"{len(rows)} total.", ""])


def _registrations(switch: Switch) -> str:
    """The table `registrations` (switch_core_add_registration, switch_core_sqldb.c)."""
    rows = [
        {
            "reg_user": each.user.partition("@")[0],
            "realm": each.user.partition("@")[2],
            "token": str(number),
            "url": f"sofia/{each.profile}/sip:{each.contact}",
            "expires": "0",
            "network_ip": each.contact.rpartition("@")[2].partition(":")[0],
            "network_port": each.contact.rpartition(":")[2],
            "network_proto": "udp",
            "hostname": switch.configuration.name,
            "metadata": "",
        }
        for number, each in enumerate(switch.configuration.registrations, start=1)
    ]
    if not rows:
        return '{"row_count": 0}'
    return json.dumps({"row_count": len(rows), "rows": rows}, separators=(",", ":"))


def _row(switch: Switch, channel: Channel) -> dict[str, str]:
    """A row of the table `channels` (core_event_handler, switch_core_sqldb.c)."""
    profile, codec = channel.profile, channel.codec
    seconds = channel.created // 1_000_000
    rate = str(codec.rate) if codec else ""
    name = codec.name if codec else ""
    return {
        "uuid": channel.uuid,
        "direction": channel.direction,
        "created": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)),
        "created_epoch": str(seconds),
        "name": channel.name,
        "state": channel.state,
        "cid_name": profile.caller_name,
        "cid_num": profile.caller_number,
        "ip_addr": profile.address,
        "dest": profile.number,
        "application": channel.shown.get("Application", ""),
        "application_data": channel.shown.get("Application-Data", ""),
        "dialplan": profile.dialplan,
        "context": profile.context,
        "read_codec": name,
        "read_rate": rate,
        "write_codec": name,
        "write_rate": rate,
        "secure": "",
        "hostname": switch.configuration.name,
        "presence_id": channel.presence_id,
        "presence_data": "",
        "accountcode": channel.text("accountcode"),
        "callstate": channel.callstate,
        "call_uuid": channel.call_uuid,
    }


APIS: Mapping[str, Api] = MappingProxyType(
    {"uuid_exists": _exists, "uuid_dump": _dump, "uuid_buglist": _buglist, "show": _show}
)

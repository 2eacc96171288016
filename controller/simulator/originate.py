"""Originate: makes legs from a dial string, and rings them until one answers (switch_ivr_originate.c)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from gevent.event import Event

from controller.simulator import calls, dialstring, life
from controller.simulator.channel import Channel, Codec, Profile
from controller.simulator.dialstring import Destination
from controller.simulator.loopback import DEFAULT
from controller.simulator.null import NullEnd, null_codec
from controller.simulator.switch import Switch

#: The default of originate_timeout, in seconds.
RINGING = 60.0
_ADDRESS = re.compile(r"(?P<user>[^@]*)@(?P<host>\[[^\]]*\]|[^:;]*)(?::(?P<port>\d+))?")
_CODECS = {"PCMU": 8000, "PCMA": 8000, "G722": 16000, "OPUS": 48000, "L16": 8000}


def codec_named(name: str) -> Codec:
    """The codec with this name."""
    return Codec(name, _CODECS[name.upper()])


def call(switch: Switch, dial: str, caller: Channel | None) -> tuple[Channel | None, str]:
    """Ring the groups of a dial string one after the other; return the answered leg, or the last cause."""
    cause = "DESTINATION_OUT_OF_ORDER"
    for group in dialstring.parse(dial):
        answered, cause = _ring(switch, group, caller)
        if answered or cause == "ORIGINATOR_CANCEL":
            return answered, cause
    return None, cause


def _ring(switch: Switch, group: list[Destination], caller: Channel | None) -> tuple[Channel | None, str]:
    legs: list[Channel] = []
    cause = "DESTINATION_OUT_OF_ORDER"
    for destination in group:
        for each in _resolve(switch, destination, caller):
            made = _make(switch, each, caller)
            if isinstance(made, Channel):
                legs.append(made)
            else:
                cause = made
    if not legs:
        return None, cause
    return _first_answer(switch, legs, caller)


def _first_answer(switch: Switch, legs: list[Channel], caller: Channel | None) -> tuple[Channel | None, str]:
    wake = caller.wake if caller else Event()
    for leg in legs:
        leg.watchers.append(wake)
        life.begin(switch, leg)
    seconds = float(legs[0].text("originate_timeout") or legs[0].text("leg_timeout") or RINGING)
    if caller and caller.answered:
        calls.set_callstate(switch, caller, "RING_WAIT")
    _await(switch, legs, caller, wake, seconds)
    if caller and caller.answered:
        calls.set_callstate(switch, caller, "ACTIVE")
    winner = next((leg for leg in legs if _taken(leg)), None)
    cancelled = caller is not None and not caller.ready
    for leg in legs:
        leg.watchers.remove(wake)
        if leg is not winner or cancelled:
            why = "ORIGINATOR_CANCEL" if cancelled else "LOSE_RACE" if winner else "NO_ANSWER"
            calls.hang_up(switch, leg, why)
    if cancelled:
        return None, "ORIGINATOR_CANCEL"
    return winner, "SUCCESS" if winner else legs[-1].cause


def _await(switch: Switch, legs: list[Channel], caller: Channel | None, wake: Event, seconds: float) -> None:
    def settled() -> bool:
        if caller and caller.endpoint and any(leg.callstate == "RINGING" for leg in legs):
            caller.endpoint.rings()
        return any(_taken(leg) for leg in legs) or all(leg.down for leg in legs)

    def wait(until: Callable[[], bool], limit: float) -> None:
        if caller:
            calls.wait(switch, caller, until, limit)
            return
        deadline = switch.clock.monotonic() + limit
        while not until() and (left := deadline - switch.clock.monotonic()) > 0:
            wake.clear()
            switch.clock.wait(wake, left)

    progress = float(legs[0].text("leg_progress_timeout") or 0)
    if 0 < progress < seconds:
        wait(lambda: settled() or any(map(_progresses, legs)), progress)
        if not any(map(_progresses, legs)):
            for leg in legs:
                calls.hang_up(switch, leg, "PROGRESS_TIMEOUT")
    wait(settled, seconds)


def _progresses(leg: Channel) -> bool:
    return leg.down or leg.media_up or leg.callstate == "RINGING"


def _taken(leg: Channel) -> bool:
    early = leg.media_up and not leg.true("ignore_early_media") and leg.loopback is None
    return not leg.down and (leg.answered or early)


def _resolve(switch: Switch, destination: Destination, caller: Channel | None) -> list[Destination]:
    """Replace `user/` by the directory's dial string (user_outgoing_channel, mod_dptools.c)."""
    kind, _, rest = destination.endpoint.partition("/")
    if kind != "user":
        return [destination]
    if rest not in switch.configuration.users:
        return [Destination("error/subscriber_absent")]
    number, _, domain = rest.partition("@")
    text = switch.configuration.dial_string
    for name, value in (("dialed_user", number), ("dialed_domain", domain)):
        text = text.replace(f"${{{name}}}", value)
    contact = switch.call("sofia_contact", f"*/{rest}")
    text = re.sub(r"\$\{sofia_contact\([^)]*\)\}", lambda _: contact, text)
    extra = {"dialed_user": number, "dialed_domain": domain}
    if caller:
        caller.variables.update(extra)
    return [
        Destination(each.endpoint, {**extra, **each.variables, **destination.variables})
        for group in dialstring.parse(text)
        for each in group
    ]


def _make(switch: Switch, destination: Destination, caller: Channel | None) -> Channel | str:
    """A new leg that is not yet started, or the cause of the failure."""
    kind, _, rest = destination.endpoint.partition("/")
    if kind == "error":
        return rest.upper()
    if kind == "loopback":
        return _loopback(switch, rest, destination, caller)
    if kind == "null":
        return _null(switch, rest, destination, caller)
    if kind == "sofia":
        return _sofia(switch, rest, destination, caller)
    switch.unknown.append(f"endpoint {destination.endpoint}")
    return "CHAN_NOT_IMPLEMENTED"


def _loopback(switch: Switch, rest: str, destination: Destination, caller: Channel | None) -> Channel:
    number, context, dialplan = (*rest.split("/"), "default", "XML")[:3]
    if caller:
        calls.open_media(switch, caller)
    # channel_outgoing_channel (mod_loopback.c) opens the codec before it has the variables, so
    # loopback_initial_codec comes too late: measured, an originated loopback always has L16 at 8000 Hz
    codec = caller.codec if caller and caller.codec else DEFAULT
    profile = Profile(number, context, dialplan, source="mod_loopback")
    channel = _new(switch, f"loopback/{number}-a", profile, destination, caller, codec)
    channel.loopback_to = (number, context, dialplan)
    return channel


def _null(switch: Switch, number: str, destination: Destination, caller: Channel | None) -> Channel:
    codec = null_codec(destination.variables.get("rate", ""))
    profile = Profile(number, "default", source="mod_loopback")
    channel = _new(switch, f"null/{number}", profile, destination, caller, codec)
    channel.endpoint = NullEnd(switch, channel)
    return channel


def _sofia(switch: Switch, rest: str, destination: Destination, caller: Channel | None) -> Channel | str:
    profile, _, address = rest.partition("/")
    address, _, parameters = address.removeprefix("sip:").partition(";")
    found = _ADDRESS.match(address)
    # the request goes there, whatever its own address is (sofia_glue_do_invite, sofia_glue.c)
    through = dict(each.partition("=")[::2] for each in parameters.split(";")).get("fs_path", "")
    place = f"{found['host']}:{found['port'] or 5060}" if found else ""
    if through:
        place = through.removeprefix("sip:")
    callee = switch.configuration.places.get(place)
    if callee is None or found is None:
        return "NORMAL_TEMPORARY_FAILURE"
    context = caller.profile.context if caller else "default"
    number = found["user"]
    channel = _new(switch, f"sofia/{profile}/{address}", Profile(number, context), destination, caller)
    if (
        caller and caller.text("sip_copy_custom_headers") != "false"
    ):  # sofia_glue_get_extra_headers, sofia_glue.c
        for name in [name for name in caller.variables if name.startswith("sip_h_X-")]:
            channel.set(name, channel.text(name) or caller.text(name))
    channel.set("sofia_profile_name", profile)
    channel.set("sip_profile_name", profile)
    if caller and caller.true("bypass_media"):
        channel.bypass = True
    callee.called(channel)
    return channel


def _new(
    switch: Switch,
    name: str,
    profile: Profile,
    destination: Destination,
    caller: Channel | None,
    codec: Codec | None = None,
) -> Channel:
    channel = Channel(str(uuid4()), name, "outbound", profile, switch.date(), codec=codec)
    if caller:
        shown = caller.text("effective_caller_id_name"), caller.text("effective_caller_id_number")
        channel.profile = Profile(
            profile.number,
            profile.context,
            profile.dialplan,
            shown[0] or caller.profile.caller_name,
            shown[1] or caller.profile.caller_number,
            caller.profile.address,
            rdnis=caller.profile.rdnis,
        )
        channel.other, channel.other_type = caller, "originator"
        caller.other, caller.other_type = channel, "originatee"
        channel.set("originator", caller.uuid)
        channel.set("signal_bond", caller.uuid)
        channel.set("call_uuid", caller.uuid)
        for name in filter(None, caller.text("export_vars").split(",")):
            plain = name.removeprefix("nolocal:")
            channel.originated_with[plain] = caller.text(name) or caller.text(plain)
            channel.set(plain, channel.originated_with[plain])
    channel.set("is_outbound", "true")
    for variable, value in destination.variables.items():
        channel.set(variable, value)
    channel.originated_with |= destination.variables
    channel.profile = replace(
        channel.profile,
        caller_name=channel.text("origination_caller_id_name") or channel.profile.caller_name,
        caller_number=channel.text("origination_caller_id_number") or channel.profile.caller_number,
    )
    if wanted := destination.variables.get("origination_uuid"):
        take_uuid(switch, channel, wanted)
    return channel


def take_uuid(switch: Switch, channel: Channel, uuid: str) -> None:
    """Give a leg the wanted uuid; if another leg has that uuid, it keeps its own.

    switch_core_session_set_uuid logs "Duplicate UUID!" and goes on (switch_core_session.c).
    """
    if uuid in switch.channels:
        return
    old, channel.uuid = channel.uuid, uuid
    switch.tell("CHANNEL_UUID", channel, before=[("Old-Unique-ID", old)])

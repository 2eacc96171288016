"""The headers of a leg in its events (switch_channel_event_set_data, switch_channel.c)."""

from __future__ import annotations

from controller.simulator.channel import Channel, State
from controller.simulator.events import Value

#: switch_channel_state_t counts from CS_NEW, 0 (switch_types.h).
_NUMBERS = {
    state: str(number)
    for number, state in enumerate(
        (
            State.INIT, State.ROUTING, State.SOFT_EXECUTE, State.EXECUTE, State.EXCHANGE_MEDIA, State.PARK,
            State.CONSUME_MEDIA, State.HIBERNATE, State.RESET, State.HANGUP, State.REPORTING,
        ),
        start=1,
    )
}  # fmt: skip
_BITS = {"L16": 16, "PCMU": 8, "PCMA": 8}

Header = tuple[str, Value]


def basic(channel: Channel) -> list[Header]:
    """The headers of every event of a leg (switch_channel_event_set_basic_data)."""
    headers: list[tuple[str, str]] = [
        ("Channel-State", channel.state),
        ("Channel-Call-State", channel.callstate),
        ("Channel-State-Number", _NUMBERS.get(channel.state, "13")),
        ("Channel-Name", channel.name),
        ("Unique-ID", channel.uuid),
        ("Call-Direction", channel.direction),
        ("Presence-Call-Direction", channel.direction),
        ("Channel-HIT-Dialplan", "true" if channel.hit_dialplan else "false"),
        ("Channel-Presence-ID", channel.presence_id),
        ("Channel-Call-UUID", channel.call_uuid),
        ("Answer-State", channel.answer),
        ("Hangup-Cause", channel.cause),
    ]
    if channel.codec:
        rate = str(channel.codec.rate)
        bits = str(channel.codec.rate * _BITS.get(channel.codec.name, 8))
        for way in ("Read", "Write"):
            headers += [
                (f"Channel-{way}-Codec-Name", channel.codec.name),
                (f"Channel-{way}-Codec-Rate", rate),
                (f"Channel-{way}-Codec-Bit-Rate", bits),
            ]
    headers += _caller("Caller", channel)
    if channel.other:
        headers += [("Other-Type", channel.other_type), *_caller("Other-Leg", channel.other)]
    return [(name, value) for name, value in headers if value]


def extended(channel: Channel) -> list[Header]:
    """The leg's variables, as in most of its events (switch_channel_event_set_extended_data)."""
    own: dict[str, Value] = {
        "direction": channel.direction,
        "uuid": channel.uuid,
        "channel_name": channel.name,
    }
    if channel.codec:
        for way in ("read", "write"):
            own |= {f"{way}_codec": channel.codec.name, f"{way}_rate": str(channel.codec.rate)}
    if channel.application:
        own |= {"current_application": channel.application}
    if channel.application_data:
        own |= {"current_application_data": channel.application_data}
    return [(f"variable_{name}", value) for name, value in (own | channel.variables).items()]


def _caller(prefix: str, channel: Channel) -> list[tuple[str, str]]:
    """switch_caller_profile_event_set_data, switch_caller.c."""
    profile = channel.profile
    return [
        (f"{prefix}-Direction", channel.direction),
        (f"{prefix}-Logical-Direction", channel.direction),
        (f"{prefix}-Username", profile.username),
        (f"{prefix}-Dialplan", profile.dialplan),
        (f"{prefix}-Caller-ID-Name", profile.caller_name),
        (f"{prefix}-Caller-ID-Number", profile.caller_number),
        (f"{prefix}-Network-Addr", profile.address),
        (f"{prefix}-ANI", profile.caller_number),
        (f"{prefix}-Destination-Number", profile.number),
        (f"{prefix}-Unique-ID", channel.uuid),
        (f"{prefix}-Source", profile.source),
        (f"{prefix}-RDNIS", profile.rdnis),
        (f"{prefix}-Context", profile.context),
        (f"{prefix}-Channel-Name", channel.name),
        (f"{prefix}-Channel-Created-Time", str(channel.created)),
        (f"{prefix}-Channel-Answered-Time", str(channel.answered_at)),
        (f"{prefix}-Channel-Progress-Media-Time", str(channel.media_at)),
        (f"{prefix}-Channel-Bridged-Time", str(channel.bridged_at)),
    ]

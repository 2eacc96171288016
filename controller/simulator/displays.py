"""The displays of phones during a call (SWITCH_MESSAGE_INDICATE_DISPLAY).

The switch shows each end of a bridge the name and number of the other (send_display, switch_ivr_bridge.c). A
loopback passes them on to the leg that its other end is bridged to (channel_receive_message, mod_loopback.c).
An eavesdropped leg passes them on to its eavesdropper (switch_ivr_eavesdrop_update_display,
switch_ivr_async.c).
"""

from __future__ import annotations

from controller.simulator.channel import Channel, Link
from controller.simulator.switch import Switch


def show(switch: Switch, channel: Channel, name: str, number: str) -> None:
    """Send a name and a number to a leg; with ignore_display_updates they do not reach its phone."""
    channel.set("last_sent_callee_id_name", name)
    channel.set("last_sent_callee_id_number", number)
    if channel.true("ignore_display_updates"):
        return
    channel.displayed.append((name, number))
    far = channel.loopback.link if channel.loopback else None
    if channel.loopback and far:
        show(switch, far.other(channel.loopback), name, number)
    for bug in channel.bugs:
        if bug.function == "eavesdrop" and (listener := switch.locate(bug.listener)):
            show(switch, listener, name, number)


def introduce(switch: Switch, channel: Channel, link: Link) -> None:
    """Show a leg that is now bridged its caller, or whom it has called."""
    other = link.other(channel)
    profile = other.profile
    if channel is link.originator and other.loopback is None:
        name = other.text("origination_callee_id_name") or profile.number
        number = other.text("origination_callee_id_number") or profile.number
    else:
        name, number = profile.caller_name, profile.caller_number
    show(switch, channel, name or number, number or name)


def overheard(switch: Switch, listener: Channel, target: Channel) -> None:
    """Show an eavesdropper the caller of its target (switch_ivr_eavesdrop_session)."""
    show(switch, listener, target.profile.caller_name, target.profile.caller_number)

"""The life of a leg: its states one after the other, in a greenlet of its own.

switch_core_session_run (switch_core_state_machine.c): a state lasts until another state is wanted.
"""

from __future__ import annotations

from collections import deque

from controller.simulator import bridging, calls
from controller.simulator.channel import Channel, State
from controller.simulator.dialplan import Action
from controller.simulator.loopback import make_other_end
from controller.simulator.switch import Switch


def begin(switch: Switch, channel: Channel) -> None:
    """Start a new leg; it is in the switch's table from now on."""
    switch.channels[channel.uuid] = channel
    switch.spawn(lambda: _live(switch, channel))


def _live(switch: Switch, channel: Channel) -> None:
    _init(switch, channel)
    while not channel.down:
        if channel.wanted is not None:
            channel.state, channel.wanted = channel.wanted, None
            channel.show()
        _be(switch, channel)
        if channel.wanted is None and not channel.down:
            _rest(switch, channel)
    _end(switch, channel)


def _init(switch: Switch, channel: Channel) -> None:
    channel.state = State.INIT
    other = make_other_end(switch, channel) if channel.loopback_to else None
    switch.tell("CHANNEL_CREATE", channel)
    if channel.direction == "outbound":
        switch.tell("CHANNEL_ORIGINATE", channel)
        if other:
            begin(switch, other)
        elif channel.endpoint:
            channel.endpoint.begin()
        calls.send(channel, channel.wanted or State.CONSUME_MEDIA)
    else:
        calls.send(channel, State.ROUTING)


def _be(switch: Switch, channel: Channel) -> None:
    """Run the work of the state; return when it is done or another state is wanted."""
    match channel.state:
        case State.ROUTING:
            _route(switch, channel)
        case State.EXECUTE:
            _execute(switch, channel)
        case State.EXCHANGE_MEDIA:
            bridging.exchange(switch, channel)
        case State.RESET if channel.uuid_bridge_to:
            channel.state = State.SOFT_EXECUTE
            bridging.soft_execute(switch, channel)
        case State.HIBERNATE:
            bridging.begin_hibernation(switch, channel)


def _rest(switch: Switch, channel: Channel) -> None:
    """Wait for the next state when the work of this one is done."""
    if channel.state in (State.EXECUTE, State.ROUTING):
        calls.hang_up(switch, channel)
        return
    calls.wait(switch, channel, lambda: False)


def _route(switch: Switch, channel: Channel) -> None:
    """Find the call's actions in the dialplan (switch_core_standard_on_routing)."""
    if not channel.answered and channel.direction == "inbound":
        calls.set_callstate(switch, channel, "RINGING")
    channel.hit_dialplan = True
    channel.set("call_uuid", channel.text("call_uuid") or channel.uuid)
    actions = hunt(switch, channel)
    if channel.wanted is not None or channel.down:
        return
    if not actions:
        calls.hang_up(switch, channel, "NO_ROUTE_DESTINATION")
        return
    channel.actions = deque(actions)
    calls.send(channel, State.EXECUTE)


def hunt(switch: Switch, channel: Channel) -> tuple[Action, ...]:
    """The dialplan's actions for a leg, in the context of its profile."""

    def read(field: str) -> str:
        if "$" in field:
            return switch.expand(channel, field)
        return switch.variable(channel, field) or ""

    return switch.configuration.dialplan.hunt(channel.profile.context, read)


def _execute(switch: Switch, channel: Channel) -> None:
    """Run the applications that the dialplan found (switch_core_standard_on_execute)."""
    while channel.actions and channel.ready:
        action = channel.actions.popleft()
        calls.execute(switch, channel, action.application, action.data)


def _end(switch: Switch, channel: Channel) -> None:
    """Hang up, report, and end (switch_core_session_hangup_state and _reporting_state)."""
    channel.state, channel.wanted = State.HANGUP, None
    if channel.bypass:
        bridging.end_bypass(switch, channel)
    channel.link = None
    for bug in [bug for bug in channel.bugs if not bug.listener]:
        if bug.function == "session_record":
            switch.tell("RECORD_STOP", channel, after=[("Record-File-Path", bug.target)])
        switch.detach(channel, bug)
    calls.set_callstate(switch, channel, "HANGUP")
    if channel.endpoint:
        channel.endpoint.hung_up(channel.cause)
    _hook(switch, channel, "api_hangup_hook")
    channel.state = State.REPORTING
    _hook(switch, channel, "api_reporting_hook")
    switch.tell("CHANNEL_HANGUP_COMPLETE", channel, before=[("Hangup-Cause", channel.cause)])
    channel.poke()
    while channel.readers:  # each eavesdropper removes its bug by itself
        channel.wake.clear()
        switch.clock.wait(channel.wake, None)
    switch.tell("CHANNEL_DESTROY", channel)
    switch.channels.pop(channel.uuid, None)
    switch.unschedule(channel.uuid)  # switch_core_session_perform_destroy
    channel.poke()


def _hook(switch: Switch, channel: Channel, variable: str) -> None:
    if hook := channel.text(variable):
        name, _, argument = hook.partition(" ")
        switch.call(name, switch.expand(channel, argument))

"""Actions on a leg: answer it, hang it up, transfer it, run an application on it."""

from __future__ import annotations

from collections.abc import Callable

from controller.simulator import expansion
from controller.simulator.channel import Answer, Channel, Queued, State
from controller.simulator.switch import Switch

#: switch_channel_callstate_t counts from CCS_DOWN, 0 (switch_types.h).
_CALLSTATES = ("DOWN", "DIALING", "RINGING", "EARLY", "ACTIVE", "HELD", "RING_WAIT", "HANGUP", "UNHELD")


def wait(switch: Switch, channel: Channel, until: Callable[[], bool], seconds: float | None = None) -> bool:
    """Make a leg wait for a condition; False if it is interrupted, or after so many seconds.

    Meanwhile the leg runs the applications in its queue (switch_ivr_parse_all_events, switch_ivr.c).
    """
    deadline = None if seconds is None else switch.clock.monotonic() + seconds
    while True:
        channel.wake.clear()
        if until():
            return True
        if not channel.ready:
            return False
        if channel.queued:
            each = channel.queued.popleft()
            execute(switch, channel, each.application, each.data)
            continue
        left = None if deadline is None else deadline - switch.clock.monotonic()
        if left is not None and left <= 0:
            return False
        switch.clock.wait(channel.wake, left)


def set_callstate(switch: Switch, channel: Channel, callstate: str) -> None:
    """switch_channel_perform_set_callstate, switch_channel.c."""
    if channel.callstate in (callstate, "HANGUP"):
        return
    before = [("Original-Channel-Call-State", channel.callstate)]
    channel.callstate = callstate
    number = str(_CALLSTATES.index(callstate))
    switch.tell("CHANNEL_CALLSTATE", channel, before=[*before, ("Channel-Call-State-Number", number)])


def open_media(switch: Switch, channel: Channel) -> None:
    """Open early media towards the caller (switch_channel_perform_pre_answer)."""
    if channel.media_up or channel.down:
        return
    channel.answer = Answer.EARLY
    _negotiate(switch, channel)
    set_callstate(switch, channel, "EARLY")
    switch.tell("CHANNEL_PROGRESS_MEDIA", channel)
    if channel.endpoint:
        channel.endpoint.progressed()


def answer(switch: Switch, channel: Channel) -> None:
    """Answer a leg (switch_channel_perform_answer).

    With late negotiation the codec is chosen now, and media is opened before the answer is sent.
    """
    if channel.answered or channel.down:
        return
    if channel.direction == "inbound" and channel.codec is None and not channel.bypass:
        open_media(switch, channel)
    if channel.direction == "inbound" and channel.endpoint:
        channel.endpoint.answered()
    mark_answered(switch, channel)


def mark_answered(switch: Switch, channel: Channel) -> None:
    """Note that the call is answered, by switch or phone (switch_channel_perform_mark_answered)."""
    if channel.answered or channel.down:
        return
    if not channel.bypass:
        _negotiate(switch, channel)
    channel.answer = Answer.ANSWERED
    channel.answered_at = switch.date()
    switch.tell("CHANNEL_ANSWER", channel)
    set_callstate(switch, channel, "ACTIVE")
    switch.changed(channel)
    channel.poke()


def mark_ringing(switch: Switch, channel: Channel) -> None:
    """Note that the far side rings (switch_channel_perform_mark_ring_ready_value)."""
    if channel.answer is Answer.RINGING and channel.callstate != "RINGING" and not channel.down:
        switch.tell("CHANNEL_PROGRESS", channel)
        set_callstate(switch, channel, "RINGING")
        channel.poke()


def hang_up(switch: Switch, channel: Channel, cause: str = "NORMAL_CLEARING") -> None:
    """Hang up a leg; only the first cause counts (switch_channel_perform_hangup).

    The event is sent at once, with the present state of the leg; the leg's own greenlet does the rest.
    """
    if channel.down:
        return
    channel.cause = cause
    channel.answer = Answer.HANGUP
    switch.tell("CHANNEL_HANGUP", channel)
    channel.poke()
    if channel.link:
        channel.link.other(channel).poke()


def send(channel: Channel, state: State) -> None:
    """Make a leg change to another state (switch_channel_perform_set_state)."""
    if not channel.down:
        channel.wanted = state
        channel.poke()
        if channel.link:
            channel.link.other(channel).poke()


def transfer(switch: Switch, channel: Channel, number: str, dialplan: str = "", context: str = "") -> None:
    """Send a leg into the dialplan (switch_ivr_session_transfer, switch_ivr.c).

    Without a dialplan or context, force_transfer_dialplan and force_transfer_context apply.
    """
    dialplan = dialplan or channel.text("force_transfer_dialplan") or channel.profile.dialplan
    context = context or channel.text("force_transfer_context") or channel.profile.context
    remember_transfer(switch, channel, f"bl_xfer:{number}/{context}/{dialplan}")
    channel.profile = channel.profile.moved(number, context, dialplan)
    channel.actions.clear()
    channel.playing.clear()
    send(channel, State.ROUTING)


def remember_transfer(switch: Switch, channel: Channel, how: str) -> None:
    """Add an entry to the history of a leg's transfers; its number is the text that somebody gave."""
    entry = f"{switch.date() // 1_000_000}:{channel.uuid}:{how}"
    before = channel.variables.get("transfer_history", ())
    entries = (before,) if isinstance(before, str) else before
    channel.variables["transfer_history"] = (*entries, entry) if entries else entry


def execute(switch: Switch, channel: Channel, application: str, data: str) -> None:
    """Run an application on a leg, in its own greenlet (switch_core_session_exec, switch_core_session.c)."""
    app = switch.apps.get(application)
    if app is None:
        switch.unknown.append(f"application {application} {data}".rstrip())
        hang_up(switch, channel, "SERVICE_NOT_IMPLEMENTED")
        return
    data = expansion.expand(data, lambda name: switch.variable(channel, name), switch.call)
    channel.set("current_application_response", None)
    channel.application, channel.application_data = application, data
    about = [("Application", application), ("Application-Data", data)]
    switch.tell("CHANNEL_EXECUTE", channel, after=about)
    app(switch, channel, data)
    switch.tell("CHANNEL_EXECUTE_COMPLETE", channel, after=[*about, ("Application-Response", "_none_")])


def queue(channel: Channel, application: str, data: str) -> None:
    """Queue an application that the leg runs when it can (switch_core_session_queue_private_event)."""
    channel.queued.append(Queued(application, data))
    channel.poke()


def execute_on(switch: Switch, channel: Channel, prefix: str) -> None:
    """Run the applications in the variables whose names begin with `prefix` (switch_channel_execute_on)."""
    for value in _values(channel, prefix):
        application, _, data = value.replace("::", " ", 1).partition(" ")
        execute(switch, channel, application, data)


def api_on(switch: Switch, channel: Channel, prefix: str) -> None:
    """Run the API calls in the variables whose names begin with `prefix` (switch_channel_api_on)."""
    for value in _values(channel, prefix):
        name, _, argument = value.partition(" ")
        switch.call(name, switch.expand(channel, argument))


def _values(channel: Channel, prefix: str) -> list[str]:
    found: list[str] = []
    for name, value in channel.variables.items():
        if name.lower().startswith(prefix):
            found += [value] if isinstance(value, str) else value
    return found


def _negotiate(switch: Switch, channel: Channel) -> None:
    """Give the leg the codec that its phone offers."""
    if channel.codec is None and channel.offered is not None:
        channel.codec = channel.offered
        channel.media_at = switch.date()

"""Applications that set variables, answer, wait, fire events and transfer (mod_dptools.c)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.simulator import calls, life
from controller.simulator.channel import Channel
from controller.simulator.events import Value
from controller.simulator.switch import App, Switch


def _set(switch: Switch, channel: Channel, data: str) -> None:
    name, _, value = data.partition("=")
    channel.set(name.strip(), value.strip())


def _unset(switch: Switch, channel: Channel, data: str) -> None:
    channel.set(data.strip(), None)


def _export(switch: Switch, channel: Channel, data: str) -> None:
    """`nolocal:a=b` sets a variable only on the legs that this one makes (switch_channel_export_variable)."""
    name, _, value = data.partition("=")
    channel.set(name, value)
    exported = [each for each in channel.text("export_vars").split(",") if each and each != name]
    channel.set("export_vars", ",".join([*exported, name]))


def _answer(switch: Switch, channel: Channel, data: str) -> None:
    calls.answer(switch, channel)


def _pre_answer(switch: Switch, channel: Channel, data: str) -> None:
    calls.open_media(switch, channel)


def _hangup(switch: Switch, channel: Channel, data: str) -> None:
    calls.hang_up(switch, channel, data.strip() or "NORMAL_CLEARING")


def _sleep(switch: Switch, channel: Channel, data: str) -> None:
    calls.wait(switch, channel, lambda: False, int(data) / 1000)


def _transfer(switch: Switch, channel: Channel, data: str) -> None:
    number, dialplan, context = (*data.split(), "", "", "")[:3]
    calls.transfer(switch, channel, number, dialplan, context)


def _eval(switch: Switch, channel: Channel, data: str) -> None:
    """Do nothing: the expansion of the argument has already had its effect (eval_function)."""


def _execute_extension(switch: Switch, channel: Channel, data: str) -> None:
    """`NUMBER [DIALPLAN] [CONTEXT]`: run an extension without leaving the present one (exe_function)."""
    number, dialplan, context = (*data.split(), "", "", "")[:3]
    own = channel.profile
    channel.profile = own.moved(number, context or own.context, dialplan or own.dialplan)
    actions = life.hunt(switch, channel)
    channel.profile = own
    for action in actions:
        if channel.ready:
            calls.execute(switch, channel, action.application, action.data)


def _event(switch: Switch, channel: Channel, data: str) -> None:
    """Fire an event of the dialplan with all headers of the leg (event_function)."""
    pairs = [(name.strip(), value) for name, _, value in (each.partition("=") for each in data.split(","))]
    given: dict[str, str] = dict(pairs)
    subclass = given.pop("Event-Subclass", "")
    name = given.pop("Event-Name", "CHANNEL_APPLICATION")
    own: list[tuple[str, Value]] = list(given.items())
    switch.tell(name, channel, after=own, subclass=subclass)


APPS: Mapping[str, App] = MappingProxyType(
    {
        "set": _set,
        "unset": _unset,
        "export": _export,
        "answer": _answer,
        "pre_answer": _pre_answer,
        "hangup": _hangup,
        "sleep": _sleep,
        "transfer": _transfer,
        "eval": _eval,
        "execute_extension": _execute_extension,
        "event": _event,
    }
)

"""Which switch is at the other end of a connection, as the switch itself says in every event."""

from __future__ import annotations

from dataclasses import dataclass

from controller.eventsocket.events import Event


@dataclass(frozen=True)
class SwitchIdentity:
    """A running switch: its name (`switchname` of switch.conf.xml, else the name of its host), and its core.

    The core's uuid is a new one each time the switch starts (switch_core_init, switch_core.c).
    """

    name: str
    core_uuid: str


def identity_in(event: Event) -> SwitchIdentity | None:
    """The identity of the switch that has sent an event (switch_event_prep_for_delivery, switch_event.c)."""
    name, core_uuid = event.get("FreeSWITCH-Switchname", ""), event.get("Core-UUID", "")
    return SwitchIdentity(name, core_uuid) if name and core_uuid else None

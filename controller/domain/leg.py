"""Values for a leg (one channel of the switch) and for a registered phone."""

from __future__ import annotations

from dataclasses import dataclass

#: Channel states in which a leg's media passes through the switch and may be eavesdropped (switch_types.h,
#: switch_channel_state_t). CS_HIBERNATE is a leg in bypass media: touching that one stops the machine.
AUDIBLE_STATES = frozenset({"CS_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_SOFT_EXECUTE"})
ENDING_STATES = frozenset({"CS_HANGUP", "CS_REPORTING", "CS_DESTROY"})


@dataclass(frozen=True, slots=True)
class Leg:
    """A channel at one moment. A text is empty if the switch does not give it.

    `user` is `EXTENSION@DOMAIN` in lower case, whichever end started the leg. `partner` is the uuid of the
    leg that this one is bridged to. `read_rate` is in Hz. `created` and `bridged`, the last time that it was,
    are in microseconds since 1970 by the switch's clock, 0 for never. `eavesdroppers` counts what listens in
    on it: a `three_way`, a supervisor, or a page. `bypass`: its media does not pass the switch, which can get
    it back (`uuid_media`); `proxied`: its media passes undecoded. `page` is the id of the page whose pager it
    is. `keyed`: it is the relay of a page whose target has its keys.
    """

    uuid: str
    user: str = ""
    name: str = ""
    direction: str = ""
    state: str = ""
    call_state: str = ""
    answered: bool = False
    partner: str = ""
    application: str = ""
    application_data: str = ""
    read_rate: int = 0
    user_agent: str = ""
    address: str = ""
    created: int = 0
    bridged: int = 0
    conference: bool = False
    bypass: bool = False
    proxied: bool = False
    fax: bool = False
    page: str = ""
    keyed: bool = False
    eavesdroppers: int = 0

    @property
    def held(self) -> bool:
        """Put on hold by its own phone."""
        return self.call_state == "HELD"

    @property
    def ending(self) -> bool:
        """Hung up, but not yet gone."""
        return self.state in ENDING_STATES

    @property
    def talking(self) -> bool:
        """Answered, up and not on hold: its user is on a call."""
        return self.answered and not self.held and not self.ending

    @property
    def audible(self) -> bool:
        """Whether its media passes through the switch in a way that can be eavesdropped."""
        return self.state in AUDIBLE_STATES and not self.proxied


@dataclass(frozen=True)
class Registration:
    """A registered phone: the dial string that rings it and nothing else, and what it says of itself.

    `address` is the `HOST:PORT` of its contact, as on its legs.
    """

    dial: str
    user_agent: str = ""
    address: str = ""

    @property
    def profile(self) -> str:
        """The sofia profile it is registered at: `sofia/PROFILE/sip:...`."""
        parts = self.dial.split("/", 2)
        return parts[1] if len(parts) == 3 else ""

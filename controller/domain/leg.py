"""Values for a leg (one channel of the switch) and for a registered phone."""

from __future__ import annotations

from dataclasses import dataclass

from controller.domain.names import UserName

#: Channel states in which a leg's media passes through the switch and may be eavesdropped (switch_types.h,
#: switch_channel_state_t). CS_HIBERNATE is a leg in bypass media: to eavesdrop it stops the whole machine.
AUDIBLE_STATES = frozenset({"CS_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_SOFT_EXECUTE"})
ENDING_STATES = frozenset({"CS_HANGUP", "CS_REPORTING", "CS_DESTROY"})


@dataclass(frozen=True, slots=True)
class Leg:
    """A channel at one moment. A text is empty if the switch does not have it.

    `user` is the user of the leg, inbound or outbound; None if it is no user's. `partner` is the uuid of the
    leg that this one is bridged to. `read_rate` is in Hz. `created` and `bridged` are the times of its
    creation and of its last bridge, in microseconds since 1970 by the switch's clock; 0 is never.
    `eavesdroppers` is the number of eavesdrops on it: by a `three_way`, a supervisor, or a page. `bypass`:
    its media does not pass through the switch, but can be brought back (`uuid_media`). `proxied`: its media
    passes through the switch undecoded. `page` is the id of the page whose pager it is.
    `part` is the id of the part of a page to a group for which its phone was called.
    `keyed`: it is the relay of a page whose target has its keys. `call_id` is its SIP Call-ID, which the legs
    at both ends of a call between two switches have.
    """

    uuid: str
    user: UserName | None = None
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
    call_id: str = ""
    keyed: bool = False
    part: str = ""
    eavesdroppers: int = 0

    @property
    def held(self) -> bool:
        """Whether its own phone has put the call on hold."""
        return self.call_state == "HELD"

    @property
    def ending(self) -> bool:
        """Whether it is hung up, but still exists."""
        return self.state in ENDING_STATES

    @property
    def talking(self) -> bool:
        """Whether its user is on a call: it is answered, not hung up and not on hold."""
        return self.answered and not self.held and not self.ending

    @property
    def audible(self) -> bool:
        """Whether its media passes through the switch and can be eavesdropped."""
        return self.state in AUDIBLE_STATES and not self.proxied


@dataclass(frozen=True)
class Registration:
    """A registered phone: the dial string that rings only this phone, and its User-Agent.

    `address` is the `HOST:PORT` of its contact, as in `Leg.address`. `switch` is the name of the switch at
    which it is registered; several may share their registrations. It is empty if it is not known.
    `through_proxy`: no switch knows a phone, and the dial string rings all that a proxy knows.
    """

    dial: str
    user_agent: str = ""
    address: str = ""
    switch: str = ""
    through_proxy: bool = False

    @property
    def profile(self) -> str:
        """The sofia profile at which it is registered, from `sofia/PROFILE/sip:...`."""
        parts = self.dial.split("/", 2)
        return parts[1] if len(parts) == 3 else ""

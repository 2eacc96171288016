"""Phones without SIP: they dial, answer, hold, transfer and press keys, by script or by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import uuid4

from controller.simulator import bridging, calls, life, originate, resampling
from controller.simulator.apps.playing import press
from controller.simulator.behaviour import Behaviour, Headers
from controller.simulator.channel import Channel, Profile, State
from controller.simulator.configuration import Registration

if TYPE_CHECKING:
    from controller.simulator.switch import Switch

#: The causes that change on their way to a phone, which gets only a SIP status, here 480
#: (sofia_glue_sip_cause_to_freeswitch, sofia_glue.c).
_THROUGH_SIP: Mapping[str, str] = MappingProxyType({"USER_NOT_REGISTERED": "NO_USER_RESPONSE"})


def through_sip(cause: str) -> str:
    """The cause that a phone or another switch gets, of a call that ends before it is answered."""
    return _THROUGH_SIP.get(cause, cause)


class PhoneCall:
    """One call of a phone; it is the endpoint of the call's leg on the switch."""

    def __init__(self, phone: Phone, channel: Channel, headers: Headers) -> None:
        self.phone = phone
        self.leg = channel
        self.headers = dict(headers)
        self.ringing = False
        self.early = False
        self.up = False
        self.cause = ""
        phone.calls.append(self)

    @property
    def talker(self) -> str:
        """The party that speaks and listens here while the call is up, else empty."""
        return self.phone.name if self.up or self.early else ""

    @property
    def over(self) -> bool:
        """Whether the call has ended; `cause` is then its cause."""
        return bool(self.cause)

    # -- messages from the switch --------------------------------------------------------------------------

    def begin(self) -> None:
        """Take a call from the switch."""
        self.phone.switch.spawn(lambda: self.phone.is_called(self))

    def answered(self) -> None:
        """Take the answer of the switch."""
        self.up = True

    def progressed(self) -> None:
        """Take the early media of the switch."""
        self.early = True

    def rings(self) -> None:
        """Take the news that the far side rings."""
        self.ringing = True

    def hung_up(self, cause: str) -> None:
        """Take the end of the leg."""
        self.cause = cause if self.up else through_sip(cause)
        self.up = self.early = self.ringing = False
        if self in self.phone.calls:
            self.phone.calls.remove(self)

    # -- actions of the phone ------------------------------------------------------------------------------

    def answer(self) -> None:
        """Answer the call."""
        if self.leg.down:
            return
        self.ringing, self.up = False, True
        _describe(self.leg, self.phone, outbound=True)
        calls.mark_answered(self.phone.switch, self.leg)

    def ring(self) -> None:
        """Ring (180)."""
        self.ringing = True
        calls.mark_ringing(self.phone.switch, self.leg)

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """Hang up the call, or refuse it."""
        calls.hang_up(self.phone.switch, self.leg, cause)

    def forward(self, number: str) -> None:
        """Forward the call, 302 (sofia_handle_sip_r_invite, sofia.c).

        The caller's own leg is transferred to the number, as if the caller had dialled it. A leg that the
        switch has originated goes on to the phone with that number.
        """
        switch, leg = self.phone.switch, self.leg
        if leg.true("outbound_redirect_fatal"):
            self.hang_up("REQUESTED_CHAN_UNAVAIL")
        elif caller := self._partner():
            calls.transfer(switch, caller, number)
            self.hang_up("REDIRECTION_TO_NEW_DESTINATION")
        elif other := switch.configuration.phone_of(number):
            other.called(leg)
            assert leg.endpoint
            leg.endpoint.begin()
        else:
            self.hang_up("DESTINATION_OUT_OF_ORDER")

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            press(self.phone.switch, self.leg, key)

    def hold(self) -> None:
        """Hold the call; with rtp_disable_hold nothing happens (sofia_handle_sip_i_state, sofia.c)."""
        self._hold(True)

    def recode(self, codec: str) -> None:
        """Offer this codec by a re-INVITE, which the switch takes (sofia_handle_sip_i_state, sofia.c)."""
        resampling.recode(self.phone.switch, self.leg, originate.codec_named(codec))
        self.phone.switch.tell("CODEC", self.leg)
        self.phone.switch.changed(self.leg)

    def resume(self) -> None:
        """Take the call off hold."""
        self._hold(False)

    def refer(self, number: str) -> str:
        """Transfer the far side blindly to a number; return the switch's answer, 202 or 403.

        sofia_handle_sip_i_refer, sofia.c: the partner's leg is transferred, with its own variables;
        deny_refer_requests denies only attended transfers.
        """
        partner = self._partner()
        if partner is None:
            return "403"
        partner.variables["sip_refer_to"] = f"<sip:{number}@{self.phone.user.partition('@')[2]}>"
        calls.transfer(self.phone.switch, partner, number)
        return "202"

    def refer_to(self, other: PhoneCall) -> str:
        """Join the far sides of two calls by attended transfer; return the switch's answer, 202 or 403."""
        own, others = self._partner(), other._partner()
        denied = self._denied(own) or other._denied(others)
        switch = self.phone.switch
        if denied or own is None or others is None or not bridging.uuid_bridge(switch, own, others):
            return "403"
        if self.leg.held:
            self._tell_hold(False)
        self.hang_up()
        return "202"

    def _partner(self) -> Channel | None:
        """The leg that a transfer moves (switch_channel_get_partner_uuid, switch_channel.c)."""
        return self.phone.switch.locate(self.leg.text("signal_bond"))

    def _denied(self, partner: Channel | None) -> bool:
        legs = [self.leg, *([partner] if partner else [])]
        return any(leg.true("deny_refer_requests") for leg in legs)

    def _hold(self, held: bool) -> None:
        switch, leg = self.phone.switch, self.leg
        if leg.down or leg.true("rtp_disable_hold") or leg.held is held:
            return
        self._tell_hold(held)
        if held and leg.link and leg.state is not State.HIBERNATE:
            calls.queue(leg.link.other(leg), "playback", "local_stream://moh")
        if not held:
            calls.set_callstate(switch, leg, "ACTIVE")
        switch.changed(leg)

    def _tell_hold(self, held: bool) -> None:
        """switch_channel_mark_hold, switch_channel.c."""
        self.leg.held = held
        calls.set_callstate(self.phone.switch, self.leg, "HELD" if held else "UNHELD")
        self.phone.switch.tell("CHANNEL_HOLD" if held else "CHANNEL_UNHOLD", self.leg)


@dataclass(eq=False)
class Phone:
    """A phone at an address. `name` is the party at it; `user` is empty for a phone outside the office."""

    switch: Switch
    name: str
    user: str
    address: str
    user_agent: str
    codec: str = "PCMU"
    behaviour: Behaviour = field(default_factory=Behaviour)
    contact_user: str = ""
    profile: str = "internal"
    context: str = "default"
    calls: list[PhoneCall] = field(default_factory=list)

    @property
    def contact(self) -> str:
        """Its SIP URI, without `sip:`."""
        return f"{self.contact_user or self.name}@{self.address}"

    @property
    def call(self) -> PhoneCall:
        """Its newest call."""
        return self.calls[-1]

    def register(self) -> None:
        """Register at the switch."""
        self.switch.configuration.places[self.address] = self
        if self.user:
            configuration = self.switch.configuration
            mine = Registration(self.user, self.contact, self.user_agent, self.profile, configuration.name)
            configuration.registrations.append(mine)

    def vanish(self) -> None:
        """Disappear without a message: its calls stay up until somebody ends them."""
        registrations = self.switch.configuration.registrations
        registrations[:] = [each for each in registrations if each.contact != self.contact]
        self.switch.configuration.places.pop(self.address, None)

    def dial(self, number: str, codec: str = "", caller_name: str = "", says: str = "") -> PhoneCall:
        """Call a number; the call runs by itself. `says` is its From header if it is false."""
        extension, _, domain = self.user.partition("@")
        switch = self.switch
        shown = caller_name or extension or self.name
        number_shown = extension or self.name
        channel = Channel(
            uuid=str(uuid4()),
            name=f"sofia/{self.profile}/{self.user or self.name + '@' + self.address.partition(':')[0]}",
            direction="inbound",
            profile=Profile(number, self.context, "XML", shown, number_shown, "127.0.0.1", extension),
            created=switch.date(),
            offered=originate.codec_named(codec or self.codec),
        )
        if self.profile not in switch.configuration.late_negotiation:
            channel.codec = channel.offered
        _describe(channel, self, outbound=False)
        if extension:
            user = switch.configuration.users[self.user]
            authenticated = {
                "sip_authorized": "true",
                "sip_auth_username": extension,
                "sip_auth_realm": domain,
                "user_name": extension,
                "domain_name": domain,
                "presence_id": self.user,
            }
            channel.variables.update(authenticated | dict(user.variables))
        if says:  # sofia_handle_sip_i_invite takes it as the leg's presence id
            channel.variables["presence_id"] = says
        call = PhoneCall(self, channel, {})
        channel.endpoint = call
        life.begin(switch, channel)
        return call

    def called(self, channel: Channel) -> None:
        """Take a new leg towards this phone that is not yet started."""
        headers = {
            name.removeprefix("sip_h_"): channel.text(name)
            for name in channel.variables
            if name.startswith("sip_h_")
        }
        offered = channel.other.codec if channel.other else None
        # a bridged call offers the caller's codec first, and these phones accept every offer
        channel.offered = offered or originate.codec_named(self.codec)
        channel.endpoint = PhoneCall(self, channel, headers)

    def is_called(self, call: PhoneCall) -> None:
        """React to a call by its behaviour."""
        if self.behaviour.refuses:
            call.hang_up(self.behaviour.refuses)
        elif self.behaviour.forwards:
            call.forward(self.behaviour.forwards)
        elif self.behaviour.answers:
            call.answer()
        else:
            call.ring()
            if self.behaviour.auto_answer(call.headers):
                call.answer()


def _describe(channel: Channel, phone: Phone, *, outbound: bool) -> None:
    """Set the variables that mod_sofia reads from a phone's INVITE or answer."""
    host, _, port = phone.address.partition(":")
    known = {
        "sip_user_agent": phone.user_agent,
        "sip_contact_user": phone.contact_user or phone.name,
        "sip_contact_host": host,
        "sip_contact_port": port,
        "sip_call_id": channel.text("sip_call_id") or str(uuid4()),
    }
    if not outbound:
        known |= {"sip_network_ip": host, "sip_network_port": port, "sofia_profile_name": phone.profile}
    channel.variables.update(known)

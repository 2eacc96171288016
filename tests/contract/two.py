"""Two simulated switches with SIP between them, their phones, one database, and controllers of both."""

from __future__ import annotations

from typing import Any

from controller.app import Controller
from controller.domain.record import PageRecord
from controller.simulator.channel import Channel
from controller.simulator.media import Quality
from controller.simulator.office import Office
from controller.simulator.phones import PhoneCall
from controller.station import Station
from tests.contract.rig import Controllers
from tests.virtual import VirtualClock

#: The extensions whose phones are registered at the first switch, and at the second.
FIRST, SECOND = ("1001", "1003"), ("1002", "1004", "1005", "1006")


class TwoSwitches(Controllers):
    """The switches `alpha`, with the pager's phone (1001), and `beta`, with the target's (1002).

    The settings name the switch `first` before the other one.
    """

    def __init__(self, database_url: str, *, tempo: float = 5, first: str = "alpha", **settings: Any) -> None:
        clock = VirtualClock()
        self.alpha = Office(tempo=tempo, clock=clock, name="alpha")
        self.beta = Office(tempo=tempo, clock=clock, name="beta")
        self.connect()
        offices = self.alpha, self.beta
        listed = sorted(offices, key=lambda each: each.name != first)
        lines = "\n".join(f"{each.name} {each.url} {each.dial_string}" for each in listed)
        super().__init__(clock, offices, database_url, {"switches": lines} | settings)

    def connect(self) -> None:
        """Give each phone its switch, and SIP between the two."""
        for office, others in ((self.alpha, SECOND), (self.beta, FIRST)):
            for each in others:
                office.phone(each).vanish()
        self.alpha.connect(self.beta)

    def share(self) -> None:
        """Give both switches one database of registrations."""
        first, second = (office.switch.configuration for office in self.offices)
        first.registrations.extend(second.registrations)
        second.registrations = first.registrations

    def attempts(self) -> list[PageRecord]:
        for controller in self.controllers:
            controller.history.drain(30)
        return super().attempts()

    # -- what happens there --------------------------------------------------------------------------------

    def target_calls(self, codec: str = "") -> PhoneCall:
        """1002 calls the customer, at its own switch."""
        call = self.beta.dial("1002", "9555", codec)
        self.settle(lambda: call.leg.link, "the call")
        return call

    def page(self, codec: str = "") -> PhoneCall:
        """1001 pages 1002, and the page is up."""
        call = self.alpha.dial("1001", "*191002", codec)
        self.settle(lambda: self.paged and self.keyed, "the page")
        return call

    @property
    def paged(self) -> bool:
        """Whether a complete page is up at the second switch."""
        legs = [leg for leg in self.beta.switch.channels.values() if leg.name.startswith("loopback/")]
        return len(legs) == 4 and sum(bool(leg.listening_to) for leg in legs) == 3

    @property
    def keyed(self) -> bool:
        return any(leg.meta for leg in self.beta.switch.channels.values())

    def legs(self) -> list[Channel]:
        """All legs of both switches."""
        return [leg for office in self.offices for leg in office.switch.channels.values()]

    def page_legs(self) -> list[str]:
        """The names of the legs that only a page has: loopbacks, and the calls between the switches."""
        return [leg.name for leg in self.legs() if leg.wire or leg.name.startswith(("loopback/", "null/"))]

    def hears(self, who: str) -> set[str]:
        """Whom a party hears clearly, when no tone is played any more."""
        self.settle(lambda: not any(leg.playing for leg in self.legs()), "the tones to end")
        return {party for party, quality in self.beta.hears(who).items() if quality is Quality.CLEAR}

    def heard(self, who: str) -> list[str]:
        """The sounds that a party has heard clearly."""
        return [sound for office in self.offices for sound in office.switch.sounds.get(who, ())]


def at(controller: Controller, name: str) -> Station:
    """The station of a controller for the switch with this name."""
    return next(station for station in controller.stations if station.name == name)

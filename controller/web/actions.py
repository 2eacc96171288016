"""What a user can have done over HTTP, on whichever switch it is: page, mute, end, block."""

from __future__ import annotations

from controller.app import Controller, Station, with_phone
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.errors import SwitchUnreachable
from controller.paging.click import Click


class Actions:
    """What the stations of a controller do for a user."""

    def __init__(self, controller: Controller) -> None:
        self._stations = controller.stations

    def page(self, feature: Feature, pager: UserName, target: UserName) -> Click:
        """Click to page, where the pager's phone is. Raises SwitchUnreachable, and what Clicks.page does."""
        return self._station(pager).clicks.page(feature, pager, target)

    def mute(self, user: UserName, on: bool | None) -> bool | None:
        """Mute this user to its far party or have it heard again; None: the other.

        Whether it is muted now, or None if it is not being paged.
        """
        states = [station.service.mute(user, on) for station in self._stations]
        return next((state for state in states if state is not None), None)

    def end(self, user: UserName) -> bool:
        """End what this user is in, as target or as pager, or what its phone rings for; False if nothing."""
        ended = False
        for station in self._stations:
            ended |= station.service.stop(user)
            for live in station.service.live():
                ended |= live.record.pager == str(user) and station.service.end(live.record.page_id)
            for click in station.clicks.ringing():
                ended |= click.pager == user and station.clicks.call_off(click.page_id)
        return ended

    def block(self, user: UserName, off: bool | None) -> bool:
        """Switch pages to this user off or on; None: the other. Whether they are off. Raises StoreError."""
        return self._stations[0].service.block(user, off)  # on every switch

    def _station(self, user: UserName) -> Station:
        """Beside the switch that has a phone of this user, or the first that is there."""
        there = [station for station in self._stations if station.link.state == "up"]
        if not there:
            raise SwitchUnreachable("No switch can be reached: see /readyz.")
        return with_phone(there, lambda each: len(there) == 1 or bool(each.survey.registrations(user)))

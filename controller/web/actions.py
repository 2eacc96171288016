"""What a user can have done over HTTP, on whichever switch it is: page, mute, end, block."""

from __future__ import annotations

from controller.app import Controller, Station, with_phone
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.toggle import Toggle
from controller.errors import SwitchUnreachable
from controller.paging.click import Click


class Actions:
    """What the stations of a controller do for a user."""

    def __init__(self, controller: Controller) -> None:
        self._stations = controller.stations
        self._blocked = controller.blocked

    def page(self, feature: Feature, pager: UserName, target: UserName) -> Click:
        """Click to page, where the pager's phone is. Raises SwitchUnreachable, and what Clicks.page does."""
        return self._station(pager).clicks.page(feature, pager, target)

    def mute(self, user: UserName, toggle: Toggle) -> bool | None:
        """Mute this user to its far party or have it heard again.

        Whether it is muted now, or None if it is not being paged.
        """
        states = [station.control.mute(user, toggle) for station in self._stations]
        return next((state for state in states if state is not None), None)

    def end(self, user: UserName) -> bool:
        """End what this user is in, as target or as pager, or what its phone rings for; False if nothing."""
        ended = False
        for station in self._stations:
            ended |= station.control.stop(user)
            for live in station.live.all():
                ended |= live.record.paging == user and station.control.end(live.record.page_id)
            for click in station.clicks.ringing():
                ended |= click.pager == user and station.clicks.call_off(click.page_id)
        return ended

    def block(self, user: UserName, toggle: Toggle) -> bool:
        """Block pages to this user, or no longer. Whether they are off now. Raises StoreError."""
        return self._blocked.block(user, toggle)

    def _station(self, user: UserName) -> Station:
        """Beside the switch that has a phone of this user, or the first that is there."""
        there = [station for station in self._stations if station.link.state == "up"]
        if not there:
            raise SwitchUnreachable("No switch can be reached: see /readyz.")
        return with_phone(there, lambda each: len(there) == 1 or bool(each.queries.registrations(user)))

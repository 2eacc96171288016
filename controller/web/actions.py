"""The actions of a user over HTTP, on any of the switches: page, mute, end, block."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import copy_context
from math import ceil

from flask import has_request_context, request
from gevent.pool import Pool

from controller.app import Controller
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord
from controller.domain.toggle import Toggle
from controller.paging.choosing import home
from controller.paging.click import Click
from controller.paging.messages import Sending
from controller.station import Station
from controller.web.connections import LONGER

#: Targets to which one message is sent at the same time: half as many as there are threads for queries of the
#: database, so that pages are decided meanwhile.
AT_ONCE = 4
#: Seconds that the answer may take for each so many targets: the database and the switch have deadlines.
SENDING = 24.0


class Actions:
    """Has the stations of a controller act for a user."""

    def __init__(self, controller: Controller) -> None:
        self._stations = controller.stations
        self._blocked = controller.blocked
        self._outlets = controller.outlets

    def page(self, feature: Feature, pager: UserName, target: UserName) -> Click:
        """Click to page, on the switch where the pager has a phone.

        Raises SwitchUnreachable, and what `Clicks.page` raises.
        """
        return self.station(pager).clicks.page(feature, pager, target)

    def tell(self, sender: UserName, target: UserName, message: Message) -> PageRecord:
        """Have a target hear a message, on the switch where it is; return what has become of it by now.

        Raises SwitchUnreachable.
        """
        return self.tell_all(sender, [target], message)[0]

    def tell_all(self, sender: UserName, targets: Sequence[UserName], message: Message) -> list[PageRecord]:
        """Have several targets hear a message at the same time; return the records in the order of targets.

        Raises SwitchUnreachable, once all were tried. Each has a greenlet of its own: the deadline of the
        request ends the wait for them, and never a message that is being sent.
        """

        def tell(target: UserName) -> PageRecord | Exception:
            try:
                sending = Sending(sender, target, message)
                sent = self._outlets.send(self.station(target).messages, sending)
                assert sent  # nobody else sends it
                return sent
            except Exception as error:  # noqa: BLE001
                return error  # raised in a greenlet, it would be printed with its traceback

        if has_request_context() and (longer := request.environ.get(LONGER)):
            longer(SENDING * ceil(len(targets) / AT_ONCE))
        pool = Pool(AT_ONCE)
        sending = [pool.spawn(copy_context().run, tell, target) for target in targets]
        pool.join()
        sent: list[PageRecord] = []
        for each in sending:
            if isinstance(done := each.get(), Exception):
                raise done
            sent.append(done)
        return sent

    def reverse(self, pager: UserName, target: UserName) -> Click:
        """Page in reverse, on the switch where the target has a phone. Raises as `page` does."""
        return self.station(target).clicks.reverse(pager, target)

    def mute(self, user: UserName, toggle: Toggle) -> bool | None:
        """Mute this user to its far party, or unmute it.

        Returns whether it is muted now; None if it is not being paged.
        """
        states = [station.control.mute(user, toggle) for station in self._stations]
        return next((state for state in states if state is not None), None)

    def end(self, user: UserName) -> bool:
        """End the pages of this user, as target or pager, and the ringing for one; False if there is none."""
        ended = False
        for station in self._stations:
            ended |= station.control.stop(user)
            for live in station.live.here():
                ended |= live.record.pager == user and station.control.end(live.record.page_id)
            for click in station.clicks.ringing():
                ended |= click.pager == user and station.clicks.call_off(click.page_id)
        return ended

    def block(self, user: UserName, toggle: Toggle) -> bool:
        """Switch pages to this user off or on. Returns whether they are off now. Raises StoreError."""
        return self._blocked.block(user, toggle)

    def station(self, user: UserName) -> Station:
        """The station of the switch where this user has a phone, or else the first that is up.

        Raises SwitchUnreachable.
        """
        return home(self._stations, user)

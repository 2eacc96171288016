"""The key with which a user that is on a call begins a reverse page, and ends it.

The switch's administrator may bind it in the dialplan (`reverse`, dialplan/whisperpage.xml). The pager is the
user of the leg, whom the switch has authenticated or dialled. Several controllers see the key: the one that
deletes the task of the dialplan acts (`caller.first`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import structlog
from gevent.pool import Group

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.record import Ending, Treatment
from controller.errors import InvalidValue, SwitchError
from controller.eventsocket.events import Event
from controller.paging.choosing import Connected, home
from controller.paging.click import RINGING
from controller.paging.clicks import Clicks
from controller.paging.live import LivePages
from controller.switch import caller, keys
from controller.switch.runner import CommandRunner

#: Seconds beyond the time of ringing within which the switch says how a click has ended.
PATIENCE = 15.0

_log = structlog.get_logger(__name__)


class Place(Connected, Protocol):
    """The parts for one switch."""

    @property
    def runner(self) -> CommandRunner:
        """What sends it orders."""

    @property
    def live(self) -> LivePages:
        """Its pages."""

    @property
    def clicks(self) -> Clicks:
        """What rings its phones."""


class PrivateKeys:
    """Takes the key on each of the switches `places`; the colleague is rung on the one that has its phone."""

    def __init__(self, places: Sequence[Place], clock: Clock = REAL) -> None:
        self._places = places
        self._clock = clock
        self._work = Group()
        for place in places:
            place.link.on(keys.SUBCLASS, partial(self.on_key, place))

    def on_key(self, place: Place, event: Event) -> None:
        """Take a key that was pressed in a call; called by the link, never waits."""
        if event.get(keys.HEADER) == keys.PRIVATE:
            leg, extension = event["Unique-ID"], event.get(keys.EXTENSION, "")
            self._work.spawn(self._take, place, leg, extension)

    def stop(self) -> None:
        """Stop waiting for the phones that ring; they ring on, and any controller may claim the page."""
        self._work.kill()

    def _take(self, place: Place, leg: str, extension: str) -> None:
        answer = place.runner.ask(caller.first(leg))
        if not answer.done or answer.text.strip().endswith(" 0") or self._ends(place, leg):
            return
        try:
            done = self._begin(place, leg, extension)
        except (InvalidValue, SwitchError) as error:
            _log.warning("private_key.refused", leg=leg, error=str(error))
            done = False
        if not done:
            place.runner.send([keys.refused(leg)])

    def _ends(self, place: Place, leg: str) -> bool:
        """End the reverse page in this call; False if there is none."""
        for live in place.live.all():
            mark = live.page.mark
            if mark and mark.target_leg == leg and live.record.treatment is Treatment.REVERSE:
                place.live.end(live, Ending.STOPPED)
                return True
        return False

    def _begin(self, place: Place, leg: str, extension: str) -> bool:
        """Begin a reverse page, or stop the ringing for one; False if it is refused, or nobody answers.

        Raises InvalidValue and SwitchError.
        """
        own = place.queries.leg(leg)
        pager = own.user if own else None
        if pager is None:
            _log.warning("private_key.refused", leg=leg, error="the leg has no user")
            return False
        clicks = home(self._places, target := UserName(extension, pager.domain)).clicks
        rings = [each for each in clicks.ringing() if each.reverse and each.pager == pager]
        if rings:
            return clicks.call_off(rings[0].page_id)
        click = clicks.reverse(pager, target)
        self._clock.wait(click.outcome, RINGING + PATIENCE)
        return click.rings or click.outcome.get() is None

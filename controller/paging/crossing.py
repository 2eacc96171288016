"""A page whose target is on another switch: the pager's call is sent there, and the page is made there.

With the call goes a token. What counts of the pager is what this switch has authenticated, and what the
controllers keep beside the token (store/crossings.py); no header of the call says who it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import uuid4

import structlog

from controller.clock import REAL, Clock, date
from controller.domain.crossing import Crossing, new_token
from controller.domain.decision import Intercom, Whisper
from controller.domain.record import Ending, PageRecord, Treatment, ending_in
from controller.domain.refusal import Reason, Refusal
from controller.errors import Rejected, StoreError
from controller.eventsocket import api
from controller.eventsocket.events import Event
from controller.paging.attempt import Attempt
from controller.paging.cluster import Cluster
from controller.paging.events import Bus, CrossingEnded, CrossingFailed
from controller.paging.live import LivePage, LivePages, ended
from controller.paging.ongoing import bridged
from controller.paging.request import Request
from controller.switch import caller, dialstring
from controller.switch.pagelegs import PREFIX
from controller.switch.runner import CommandRunner
from controller.switch.steps import Order

#: Seconds within which the other switch must show that the call has arrived.
PROGRESS = 5
#: Seconds after which the call ends on either switch if the other one has died (RFC 4028).
SESSION = 120
_CONFERENCE = "conference::maintenance"
_log = structlog.get_logger(__name__)


class Sent(Attempt):
    """A pager's leg whose call was sent to another switch; the page is followed there and is never up here.

    Here the leg can only hang up, and the other switch then ends the page. What somebody else does with the
    leg ends it.
    """

    elsewhere = True

    def __init__(self, pager_leg: str, trunk: str = "") -> None:
        super().__init__(pager_leg)
        self.refused = ""
        self._trunk = trunk

    def observe(self, event: Event) -> tuple[Order, ...]:
        """Take an event of its leg."""
        if event.name == "CHANNEL_HANGUP" and event.get("Unique-ID", "") == self.pager_leg:
            self.refused = event.variable(f"{PREFIX}cause", "")
            self.ending, self._over = self.ending or Ending.LOST, True
            self.cause = self.refused or event.get("Hangup-Cause", "")
        elif self._is_taken(event):
            return self.end(Ending.LOST)
        return ()

    def gone(self) -> Ending:
        """Note that its leg has ended unseen; return the ending."""
        self.ending, self._over = self.ending or Ending.LOST, True
        return self.ending

    def _is_taken(self, event: Event) -> bool:
        if event.name == "MEDIA_BUG_START":
            return event.get("Media-Bug-Function") == "eavesdrop"
        if event.name == "CHANNEL_BRIDGE":
            return bool(self._trunk) and bridged(event) != {self.pager_leg, self._trunk}
        return event.subclass == _CONFERENCE and event.get("Action") == "add-member"


class Crossings:
    """Sends the calls of pagers to other switches.

    `begin` keeps a crossing beside its token, and `give_up` lets one not arrive any more; it returns False if
    that is too late. `attempt` returns the record that the history has of an attempt. All ask the store and
    raise StoreError.
    """

    def __init__(
        self,
        cluster: Cluster,
        begin: Callable[[str, Crossing, datetime], None],
        give_up: Callable[[str], bool],
        attempt: Callable[[str], PageRecord | None],
        runner: CommandRunner,
        live: LivePages,
        events: Bus,
        *,
        clock: Clock = REAL,
    ) -> None:
        self._cluster = cluster
        self._begin = begin
        self._give_up = give_up
        self._attempt = attempt
        self._runner = runner
        self._live = live
        self._events = events
        self._clock = clock
        self._sent: dict[str, LivePage] = {}

    def subscribe(self, events: Bus) -> None:
        """Subscribe to the ends of the pagers' legs."""
        events.subscribe(CrossingEnded, self.ended)

    def send(self, request: Request, treatment: Whisper | Intercom, record: PageRecord) -> Refusal | None:
        """Send a pager's call to the switch of the treatment; None once it is on its way."""
        assert request.pager  # or the decision would have been a refusal
        assert request.target
        place = self._cluster.place(treatment.switch)
        if place is None:
            return Refusal(Reason.SWITCH_AWAY, switch=treatment.switch)
        token, trunk = new_token(), str(uuid4())
        crossing = Crossing(
            record.page_id,
            request.pager,
            request.target,
            request.feature,
            treatment.switch,
            request.reverse,
        )
        try:
            self._begin(token, crossing, date(self._clock))
        except (StoreError, Rejected) as error:
            _log.error("crossing.no_store", error=str(error))
            return Refusal(Reason.STORE_TROUBLE)
        dial = dialstring.phone(
            place.dial,
            {
                caller.TOKEN: token,
                "origination_uuid": trunk,
                "ignore_early_media": "true",
                "leg_progress_timeout": str(PROGRESS),
                "sofia_session_timeout": str(SESSION),
                "sip_update_refresher": "true",  # not by an INVITE, which would settle the codecs anew
            },
        )
        live = self._sent[record.page_id] = self._live.follow(Sent(request.pager_leg, trunk), record)
        rings = isinstance(treatment, Intercom)
        steps = caller.elsewhere(request.pager_leg, record.page_id, dial, rings=rings)
        if not self._runner.run(steps):
            return None
        self._live.drop(live)
        del self._sent[record.page_id]
        return Refusal(Reason.SWITCH_TROUBLE)

    def lead_to(self, switch: str) -> bool:
        """Whether pages go to the switch with this name."""
        return self._cluster.has(switch)

    def follow(self, record: PageRecord, pager_leg: str, trunk: str = "") -> None:
        """Follow a pager's leg whose call another controller has sent, by the leg `trunk`."""
        sent = Sent(pager_leg, trunk)
        live = self._sent[record.page_id] = self._live.follow(sent, record)
        there = self._runner.ask(api.uuid_exists(pager_leg))
        if there.done and there.text.strip() != "true" and not sent.over:  # it has ended before
            self._live.over(live, sent.gone())

    def resume(self, page_id: str, pager_leg: str, trunk: str, here: str) -> bool:
        """Follow a pager's leg that is in a page on another switch than `here`; False if it is in none.

        Raises StoreError.
        """
        if not self._cluster.has(here):
            return False
        record = self._attempt(page_id)
        if record is None or record.switch == here or not self.lead_to(record.switch):
            return False
        if record.treatment is Treatment.REFUSED or record.ending not in (None, Ending.LOST.value):
            return False  # it hears its refusal, or the end
        self.follow(replace(record, ended_at=None, ending=None), pager_leg, trunk)
        return True

    def settle(self) -> None:
        """Close the attempts whose pagers' legs have ended while there was no connection; never waits."""
        for page_id, live in tuple(self._sent.items()):
            if self._live.find(page_id) is None:
                ending = cast(Sent, live.page).gone()
                self._end(ended(live.record, ending, live.now()), live)

    def ended(self, event: CrossingEnded) -> None:
        """Find out whether a call whose pager's leg has ended had arrived; never waits."""
        live = self._sent.get(event.record.page_id)
        if live and live.page.over:
            self._end(event.record, live)

    def _end(self, record: PageRecord, live: LivePage) -> None:
        del self._sent[record.page_id]
        self._runner.spawn(lambda: self._close(record, cast(Sent, live.page)))

    def _close(self, record: PageRecord, sent: Sent) -> None:
        """Write how a call has ended that has not arrived; of others the controllers there know it."""
        try:
            if not self._give_up(record.page_id):
                return
        except StoreError as error:
            _log.warning("crossing.no_store", error=str(error))
            return
        if sent.refused:
            refused = Refusal(Reason.NOT_ARRIVED, sent.refused)
            record = replace(
                record,
                treatment=Treatment.REFUSED,
                reason=refused.reason.value,
                cause=refused.hangup_cause,
                ended_at=None,
                ending=None,
            )
            _log.warning("crossing.not_arrived", page=record.page_id, cause=sent.refused)
        elif sent.ending is Ending.LOST:
            ending = ending_in(record.treatment, Ending.PAGER_HUNG_UP)
            record = replace(record, ending=ending.value)
        self._events.publish(CrossingFailed(record))

"""Makes whisper pages and messages on one switch: runs a page's steps, and cleans up after a failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from controller.clock import REAL, Clock
from controller.domain.decision import Reverse, Whisper, unfit
from controller.domain.record import Ending, PageRecord
from controller.domain.refusal import Reason, Refusal
from controller.eventsocket.api import uuid_getvar
from controller.eventsocket.outcome import Outcome, Status
from controller.paging.blocked import BlockedUsers
from controller.paging.live import LivePage, LivePages
from controller.paging.message import MessagePage
from controller.paging.ongoing import Making
from controller.paging.page import WhisperPage
from controller.paging.replies import Replies
from controller.paging.request import Request
from controller.switch import bypass, caller, displays
from controller.switch.displays import NAME, NUMBER
from controller.switch.keys import Key
from controller.switch.leg import number
from controller.switch.pagelegs import PREFIX, TAKEN, PageMark
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.steps import Step
from controller.switch.topologies import best
from controller.switch.topology import Topology

#: Seconds between two changes to the target's leg. Each change loses two frames of the target's speech; the
#: pause lets the far party hear some of it in between.
APART = 0.15
#: Seconds within which a call's media must come back to the switch, and between looks at it.
MEDIA_WAIT, MEDIA_LOOK = 1.0, 0.02


class WhisperSetup:
    """Makes whisper pages.

    `digits` are the targets' keys, and `replies` has those of a target's replies. With `show` the phones
    of targets show the page, and those of pagers the reply.
    """

    def __init__(
        self,
        queries: SwitchQueries,
        runner: CommandRunner,
        live: LivePages,
        blocked: BlockedUsers,
        digits: Mapping[Key, str],
        replies: Replies,
        *,
        show: bool = False,
        clock: Clock = REAL,
    ) -> None:
        self._queries = queries
        self._runner = runner
        self._live = live
        self._blocked = blocked
        self._digits = digits
        self._replies = replies
        self._show = show
        self._clock = clock

    def make(
        self,
        request: Request,
        treatment: Whisper,
        record: PageRecord,
        arrived: float,
        room_rate: int = 0,
    ) -> Refusal | None:
        """Make a page for a request that came at `arrived` (`Clock.monotonic`); None once it is up.

        None as well if the pager has hung up meanwhile, since there is nobody to refuse. If the record is a
        part of a page to a page group, the pager is in the room of that page, unless its call has arrived
        from another switch, where the room is. `room_rate` is the rate of the room in Hz.
        """
        assert request.pager  # or the decision would have been a refusal
        assert request.target
        ready = self._ready(treatment)
        if isinstance(ready, Refusal):
            return ready
        whole = record.part_of or ""
        room, part_of = ("", whole) if request.arrives else (whole, "")
        in_room = best(min(ready.leg.read_rate, room_rate), group=True)
        kind = in_room if room else self._kind(ready, request.pager_leg)
        mark = _mark(replace(record, pager=request.pager, target=request.target), ready, kind)
        window = str(1000 * treatment.window) if treatment.window else ""
        mark = replace(mark, pager_leg=request.pager_leg, window=window, room=room, part_of=part_of)
        return self._build(WhisperPage(mark, self._digits, show=self._show), record, arrived)

    def tell(self, sound: str, treatment: Whisper, record: PageRecord, arrived: float) -> Refusal | None:
        """Have the target of a record hear a sound in its call; None once it does.

        None as well if the target may hear it, but the switch has not said so. It is then followed only if it
        is known to be up.
        """
        ready = self._ready(treatment)
        if isinstance(ready, Refusal):
            return ready
        mark = replace(_mark(record, ready, best(ready.leg.read_rate, message=True)), sound=sound)
        return self._build(MessagePage(mark, self._digits), record, arrived)

    def _build(self, page: Making, record: PageRecord, arrived: float) -> Refusal | None:
        mark = page.mark
        if mark.relay in self._live:
            return Refusal(Reason.ALREADY_PAGED)
        live = self._live.follow(page, record, being_made=True)
        if not mark.reverse:
            if self._blocked.after(mark.target, arrived):
                self._live.drop(live)
                return Refusal(Reason.PAGES_OFF)
            self._blocked.seen_on(mark.target)  # a later change ends the page, which is followed by now
        failed = self._runner.run(page.steps())
        if failed is None and page.up:
            self._live.up(live)
            self._runner.spawn(lambda: self._equip(page))
            if self._show and not mark.room:
                self._show_on_displays(mark)
            return None
        return self._abandon(live, page, failed)

    def _kind(self, treatment: Whisper, pager_leg: str) -> Topology:
        """The kind of page with the best sound that both legs carry."""
        kind = partial(best, reverse=isinstance(treatment, Reverse))
        rate = treatment.leg.read_rate
        if kind(rate) is kind(0):
            return kind(0)
        self._runner.ask(caller.open_media(pager_leg))
        told = self._runner.ask(uuid_getvar(pager_leg, "read_rate"))
        return kind(min(rate, number(told.text.strip())))

    def _ready(self, treatment: Whisper) -> Whisper | Refusal:
        """The same call, once its media is certain to pass through the switch."""
        leg = treatment.leg
        if not treatment.bypass:
            # a page that has just ended may have scheduled the return to bypass media
            cancelled = self._runner.ask(bypass.stay(leg.uuid)).text
            return replace(treatment, bypass=cancelled.startswith("+OK") and not cancelled.endswith(" 0"))
        if self._runner.run([bypass.bring_back(leg.uuid)]):
            return Refusal(Reason.MEDIA_ELSEWHERE)
        patience = self._clock.monotonic() + MEDIA_WAIT
        while self._clock.monotonic() < patience:
            here = self._queries.leg(leg.uuid)
            far = self._queries.leg(here.partner) if here and here.partner else None
            if here and far and here.audible and far.audible and not unfit(here, far):
                return replace(treatment, leg=here, far=far)
            self._clock.sleep(MEDIA_LOOK)
        return Refusal(Reason.CALL_CHANGED)

    def _equip(self, page: Making) -> None:
        """Bind the target's keys, APART seconds after the page's last media bug."""
        begun = self._clock.monotonic()
        if not page.mark.reverse:
            page.offer(self._replies.of(page.mark.target))
        self._clock.sleep(max(APART - (self._clock.monotonic() - begun), 0))
        self._runner.send(page.equip())

    def _show_on_displays(self, mark: PageMark) -> None:
        """Show the page on the target's phone; the page is already up."""
        asked = [self._runner.ask(uuid_getvar(mark.target_leg, each)) for each in (NAME, NUMBER)]
        name, number = (each.text.strip().replace("_undef_", "") if each.done else "" for each in asked)
        self._runner.send(displays.show(mark, name, number))

    def _abandon(self, live: LivePage, page: Making, failed: tuple[Step, Outcome] | None) -> Refusal | None:
        """Undo the done steps of a page that could not be made, and return the refusal."""
        step, outcome = failed or (None, None)
        self._live.drop(live)
        if failed and not page.mark.pager_leg and self._may_be_heard(page.mark, *failed):
            return None
        if step is not None and step.claims:
            # The relay's uuid may belong to another page, so it must not be hung up here. If our relay exists
            # after all, it hangs up by itself after a few seconds, since nobody bridges it.
            return self._no_relay(step, outcome)
        undo = page.end(Ending.FAILED)
        if not self._another_has_it(page.mark):
            self._runner.send(undo)
        if page.ending is Ending.PAGER_HUNG_UP:
            self._live.over(live, page.ending)
            return None
        if page.ending is Ending.BLOCKED:
            return Refusal(Reason.PAGES_OFF)
        if page.ending is not Ending.FAILED or (step is not None and step.looks):
            return Refusal(Reason.CALL_CHANGED)
        if page.mark.pager_leg and self._runner.is_gone(page.mark.pager_leg):  # before we saw its events
            self._live.over(live, Ending.PAGER_HUNG_UP)
            return None
        return Refusal(Reason.SWITCH_TROUBLE)

    def _may_be_heard(self, mark: PageMark, step: Step, outcome: Outcome) -> bool:
        """Whether a message may be heard, though the switch has not said so: nobody has to join its legs.

        If it is up, it is followed from now on.
        """
        never_sent = outcome.status is Status.NOT_SENT and step.slow
        if never_sent or outcome.status not in (Status.NOT_SENT, Status.UNKNOWN):
            return False
        told = self._runner.ask(uuid_getvar(mark.relay, f"{PREFIX}page"))
        if told.done and told.text.strip() == mark.page:
            self._live.found(mark)
        return True

    def _another_has_it(self, mark: PageMark) -> bool:
        """Whether the relay belongs to a later page; ours leaves if nobody bridges it in time."""
        told = self._runner.ask(uuid_getvar(mark.relay, f"{PREFIX}page"))
        return told.done and told.text.strip() != mark.page

    def _no_relay(self, step: Step, outcome: Outcome | None) -> Refusal:
        if outcome is None or outcome.status in (Status.NOT_SENT, Status.UNKNOWN):
            return Refusal(Reason.SWITCH_TROUBLE)
        if outcome.text.endswith(TAKEN) or (outcome.done and outcome.text.strip() != "_undef_"):
            return Refusal(Reason.ALREADY_PAGED)
        return Refusal(Reason.CALL_CHANGED if step.looks else Reason.SWITCH_TROUBLE)


def _mark(record: PageRecord, ready: Whisper, kind: Topology) -> PageMark:
    """The mark of a page without its pager's leg, or of a message without its sound."""
    assert record.pager  # or the decision would have been a refusal
    assert record.target
    return PageMark(
        page=record.page_id,
        pager=record.pager,
        target=record.target,
        pager_leg="",
        target_leg=ready.leg.uuid,
        far_leg=ready.far.uuid if ready.far else "",
        bypass="true" if ready.bypass else "",
        topology=kind.name,
    )

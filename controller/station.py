"""A station has the parts for one switch: its link, legs, pages and clicks. This module connects them."""

from __future__ import annotations

import structlog

from controller import memory
from controller.clock import REAL, Clock, date
from controller.config import Settings
from controller.eventsocket.events import Event
from controller.eventsocket.link import Link
from controller.paging import page, reported, request
from controller.paging.announcing import Announcements
from controller.paging.call_back_key import CallBackKey
from controller.paging.clicks import Clicks
from controller.paging.cluster import Place
from controller.paging.control import PageControl
from controller.paging.crossing import Crossings
from controller.paging.events import BlockChanged, Bus, SwitchChanged
from controller.paging.following import Following
from controller.paging.group import GroupSetup
from controller.paging.intercom import IntercomSetup
from controller.paging.lamps import Lamps
from controller.paging.live import LivePages
from controller.paging.members import MemberVerdicts
from controller.paging.messages import Messages
from controller.paging.metrics import Metrics
from controller.paging.outlets import DialledMessages, Outlet
from controller.paging.pages_off import PagesOff
from controller.paging.refusals import Refusals
from controller.paging.replies import Replies
from controller.paging.reported import Reported
from controller.paging.requests import Requests
from controller.paging.setup import WhisperSetup
from controller.paging.takeover import Takeover
from controller.paging.verdicts import Verdicts
from controller.phones.values import PhoneKind
from controller.shared import Shared, decider_for
from controller.store import crossings, messages, pages, policy, replies, unended
from controller.store.gateway import StoreGateway
from controller.switch import keys, lamps
from controller.switch import legs as table
from controller.switch.identity import Met, SwitchName
from controller.switch.keys import Key
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.runner import CommandRunner
from controller.switch.timed import TimedSwitch
from controller.switch.trust import trust_in
from controller.switch_address import SwitchAddress

_log = structlog.get_logger(__name__)


class Station:
    """The parts for one switch.

    The events of its pages are published on its own bus, and from there on the controller's bus.
    """

    def __init__(
        self,
        address: SwitchAddress,
        settings: Settings,
        gateway: StoreGateway,
        shared: Shared,
        clock: Clock = REAL,
    ) -> None:
        self._address = str(address)
        self._name = name = SwitchName(self._address, address.name)
        self._shared, self._deadline = shared, settings.command_deadline
        self._clock = clock
        limits, cluster, blocked, events = shared.limits, shared.cluster, shared.blocked, shared.events
        deadline, digits = settings.command_deadline, _digits(settings)
        trust = trust_in(settings.trusted_proxies, settings.identity_header, name)
        self.legs = legs = Legs(trust)
        self.link = Link(
            address,
            events=sorted({*table.EVENTS, table.GONE, *page.EVENTS, lamps.PROBE}),
            custom=(request.SUBCLASS, *page.CUSTOM),
            clock=clock,
        )
        self.events = own = Bus(events)
        self.metrics = Metrics()
        self.switch = switch = TimedSwitch(self.link, clock)
        self.queries = queries = SwitchQueries(switch, legs, deadline, trust)
        self.runner = runner = CommandRunner(switch, deadline, clock)
        self.live = live = LivePages(runner, own, clock)
        shared.everywhere.add(name, live)
        cluster.add(Place(name, address.dial, queries, legs, self.link))
        self.decider = decider_for(queries, gateway, settings, cluster)
        policies, unknown_kind = gateway.reader(policy.for_many), PhoneKind(settings.unknown_phone)
        self.verdicts = Verdicts(self.decider, policies, self.decider, unknown_kind, events, clock)
        self.control = PageControl(live)
        self.replies = Replies(
            queries,
            gateway.reader(replies.effective),
            frozenset(digits.values()),
            clock,
        )
        show = settings.show_on_displays
        self.following = Following(
            name, queries, runner, live, digits, own, self.replies, show=show, clock=clock
        )
        self.lamps = Lamps(
            name, switch, queries, deadline, legs, shared.everywhere, blocked, on=settings.lamps, clock=clock
        )
        self.pages_off = PagesOff(runner, live, blocked)
        self.call_back_key = CallBackKey(runner, queries, shared.call_backs, trust)
        self.crossings = Crossings(
            cluster,
            gateway.writer(crossings.begin),
            gateway.writer(crossings.give_up),
            gateway.reader(pages.find),
            gateway.reader(unended.open_parts),
            runner,
            live,
            own,
            clock=clock,
        )
        setup = WhisperSetup(queries, runner, live, blocked, digits, self.replies, show=show, clock=clock)
        claim = gateway.writer(pages.claim)
        announcements = Announcements(switch, deadline, runner, live, self.replies, digits, self.decider)
        self.messages = Messages(
            name,
            self.decider,
            limits,
            claim,
            setup,
            runner,
            live,
            announcements,
            shared.sounds,
            own,
            clock=clock,
        )
        shared.outlets.add(Outlet(name, self.link, self.messages))
        read = gateway.reader(messages.effective)
        attempt = gateway.reader(pages.find)
        dialled = DialledMessages(self.messages, shared.outlets, read, runner, clock)
        verdicts = MemberVerdicts(self.decider, policies, self.decider, unknown_kind)
        self.groups = GroupSetup(verdicts, limits, setup, self.crossings, queries, runner, live, own, clock)
        self.requests = Requests(
            name,
            self.decider,
            limits,
            claim,
            attempt,
            setup,
            IntercomSetup(runner, live),
            self.groups,
            Refusals(runner, shared.call_backs, own),
            runner,
            live,
            self.following,
            self.pages_off,
            dialled,
            self.crossings,
            gateway.writer(crossings.arrive),
            own,
            trust=trust,
            clock=clock,
        )
        self.reported = Reported(name, claim, own, clock)
        self.clicks = Clicks(name, switch, deadline, queries, self.decider, cluster, limits, own, clock=clock)
        open_pages = gateway.reader(unended.open_pages)
        self.takeover = Takeover(
            name,
            queries,
            legs,
            live,
            self.following,
            self.crossings,
            open_pages,
            own,
            shared.reading,
            clock=clock,
        )
        self._subscribe(events)
        self._register()

    @property
    def name(self) -> str:
        """The switch's own name; before it has said it, the address at which it is looked for."""
        return str(self._name)

    @property
    def core_uuid(self) -> str:
        """The uuid of the switch's core, a new one each time it starts; empty before the first connection."""
        return self._name.core_uuid

    def stop(self, until: float) -> None:
        """Finish the work in hand, until a moment (`Clock.monotonic`), and disconnect from the switch."""
        self.clicks.stop()
        self.messages.stop()
        for work in (self.requests, self.reported, self.runner, self.lamps):
            work.drain(max(until - self._clock.monotonic(), 0))
        self.takeover.stop()
        self.following.stop()
        self.groups.stop()
        self.lamps.stop()
        self.link.stop()

    def _subscribe(self, events: Bus) -> None:
        self.metrics.subscribe(self.events)
        self.following.subscribe(self.events)
        self.crossings.subscribe(self.events)
        self.groups.subscribe(self.events)
        self.lamps.subscribe(events)
        events.subscribe(BlockChanged, self.control.block_changed)

    def _register(self) -> None:
        link = self.link
        for name in (*table.EVENTS, table.GONE):
            link.on(name, self.legs.observe)
            link.on(name, self._presence_changed)
        for name in (*page.EVENTS, *page.CUSTOM):
            link.on(name, self.live.observe)
        link.on(request.SUBCLASS, reported.either(self.requests.on_request, self.reported))
        link.on(keys.SUBCLASS, self.pages_off.on_key)
        link.on(keys.SUBCLASS, self.call_back_key.on_key)
        link.on(lamps.PROBE, self.lamps.on_probe)
        for look in (
            self.live.clear,  # what was followed while no event could come
            self._identify,
            self.takeover.run,
            memory.give_back,
            self._presence_changed,
            self._up,
        ):
            link.on_up(look)
        for leave in (
            self.replies.forget,
            self.takeover.stop,
            self.following.stop,
            self.groups.stop,
            self.live.clear,
            self._leave,
            self._down,
        ):
            link.on_down(leave)

    def _identify(self) -> None:
        identity = self.link.identify(self._deadline)
        self._shared.switches.enter(self._address, identity)
        before = self.name
        met = self._name.learn(identity)
        self._name.domain = self.queries.domain()
        if met is Met.RESTARTED:
            _log.info("switch.restarted", switch=self.name)
        if met is Met.REPLACED:
            _log.warning("switch.replaced", switch=self.name, before=before, address=self._address)

    def _leave(self) -> None:
        self._shared.switches.leave(self._address)

    def _presence_changed(self, _: Event | None = None) -> None:
        self._shared.presence.learn(self._address, self.legs.standings)

    def _up(self) -> None:
        self.events.publish(SwitchChanged(self.name, True, date(self._clock)))

    def _down(self) -> None:
        trouble = str(self.link.error or "")
        self.events.publish(SwitchChanged(self.name, False, date(self._clock), trouble))


def _digits(settings: Settings) -> dict[Key, str]:
    digits = {Key.MUTE: settings.mute_key, Key.END: settings.end_key, Key.OFF: settings.off_key}
    return {key: digit for key, digit in digits.items() if digit}

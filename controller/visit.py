"""A short connection to one switch for a single command, `explain` or `page`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import structlog

from controller.config import Settings
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.errors import StoreError, SwitchError, SwitchTrouble, UnsafeValue
from controller.eventsocket import commands
from controller.eventsocket.connection import Connection
from controller.paging import reported
from controller.paging.choosing import with_phone
from controller.paging.clicks import Clicks
from controller.paging.cluster import Cluster, Place
from controller.paging.deciding import Decider
from controller.paging.events import Bus, ClickRefused
from controller.paging.limits import Limits
from controller.shared import STORE_DEADLINE, cluster_for, decider_for
from controller.store import pages
from controller.store.gateway import StoreGateway
from controller.store.session import Store
from controller.switch.identity import SwitchName
from controller.switch.legs import Legs
from controller.switch.queries import SwitchQueries
from controller.switch.registrations import at_switch
from controller.switch.timed import TimedSwitch
from controller.switch.trust import trust_in
from controller.switch_address import SwitchAddress

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Visit:
    """One switch, for a single command; `deadline` in seconds is the limit for each call to it."""

    name: SwitchName
    switch: TimedSwitch
    queries: SwitchQueries
    decider: Decider
    gateway: StoreGateway
    deadline: float

    def hand_over(self, record: PageRecord) -> None:
        """Write a refused click to the history."""
        try:
            save = self.gateway.writer(pages.save)
            reported.hand_over(
                record, lambda command: self.switch.send(command, self.deadline), self.attempt, save
            )
        except (StoreError, SwitchError, UnsafeValue) as error:
            _log.error("click.not_kept", page=record.page_id, error=str(error))

    def attempt(self, page_id: str) -> PageRecord | None:
        """The record of an attempt in the history so far, or None. Raises StoreError."""
        return self.gateway.read(pages.find, page_id)


@contextmanager
def visiting(settings: Settings, pager: str) -> Iterator[tuple[Visit, UserName]]:
    """Visit one switch for a pager (`EXT@DOMAIN` or `EXT`); yields the visit and the pager's user name.

    The switch is the one at which the pager has a phone, or else the first that can be reached.

    This connects, reads the legs, and disconnects at the end. Raises SwitchError if no switch can be reached,
    and InvalidValue if the text is not a user.
    """
    with ExitStack() as stack:
        store = Store(settings.database_url)
        stack.callback(store.close)
        gateway = StoreGateway(store, STORE_DEADLINE)
        cluster = cluster_for(settings)
        found: dict[SwitchAddress, tuple[Visit, UserName]] = {}
        names = [each.name for each in settings.addresses]

        def registered(address: SwitchAddress) -> bool:
            connection = Connection(address, timeout=settings.command_deadline)
            stack.callback(connection.stop)
            visit = _look(connection, settings, gateway, cluster)
            found[address] = visit, (user := visit.queries.user(pager))
            if len(names) == 1:
                return True
            return bool(at_switch(visit.queries.registrations(user), address.name, names))

        chosen = found[with_phone(settings.addresses, registered)]
        for address in settings.addresses if settings.switches else ():
            if address not in found:  # a target may be there
                connection = Connection(address, timeout=settings.command_deadline)
                stack.callback(connection.stop)
                with suppress(SwitchError):
                    _look(connection, settings, gateway, cluster)
        yield chosen


@dataclass
class _Visited:
    state: str = "down"


def _look(connection: Connection, settings: Settings, gateway: StoreGateway, cluster: Cluster) -> Visit:
    """Look at a switch. Raises SwitchError."""
    address, deadline, link = connection.address, settings.command_deadline, _Visited()
    name, switch = SwitchName(str(address), address.name), TimedSwitch(connection)
    trust = trust_in(settings.trusted_proxies, settings.identity_header, name)
    legs = Legs(trust)
    queries = SwitchQueries(switch, legs, deadline, trust)
    cluster.add(Place(name, address.dial, queries, legs, link))
    connection.connect()
    if not (outcome := connection.send(commands.subscribe(("BACKGROUND_JOB",)), deadline)).done:
        raise SwitchTrouble(f"The switch does not report the results of its calls: {outcome.text}")
    name.learn(connection.identify(deadline))
    name.domain = queries.domain()
    legs.rebuild(rows := list(queries.channels()))
    queries.learn(row.uuid for row in rows if row.unsure)
    link.state = "up"
    decider = decider_for(queries, gateway, settings, cluster)
    return Visit(name, switch, queries, decider, gateway, deadline)


@contextmanager
def clicking(visit: Visit) -> Iterator[Clicks]:
    """Click to page on a visit; refused clicks are written to the history at the end."""
    events = Bus()
    refused: list[PageRecord] = []
    events.subscribe(ClickRefused, lambda event: refused.append(event.record))
    beside = visit.name, visit.switch, visit.deadline, visit.queries, visit.decider
    clicks = Clicks(*beside, Cluster(), Limits(events), events)
    try:
        yield clicks
    finally:
        clicks.stop()
        for record in refused:
            visit.hand_over(record)

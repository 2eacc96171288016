"""What the stations of one controller have in common; and what a visit to a switch needs as they do."""

from __future__ import annotations

from dataclasses import dataclass, field

from gevent.lock import BoundedSemaphore

from controller.config import Settings
from controller.paging.blocked import BlockedUsers
from controller.paging.call_backs import CallBacks
from controller.paging.cluster import Cluster
from controller.paging.deciding import Decider
from controller.paging.events import Bus
from controller.paging.everywhere import LiveEverywhere
from controller.paging.limits import Limits
from controller.paging.outlets import Outlets
from controller.paging.presence import Presence
from controller.paging.sounds import Sounds
from controller.phones.values import PhoneKind
from controller.store import page_groups, policy
from controller.store.gateway import StoreGateway
from controller.switch.identity import ConnectedSwitches
from controller.switch.proxied import proxy_dial_in
from controller.switch.queries import SwitchQueries

#: Seconds for which a decision waits for the database; the pager hears nothing meanwhile.
STORE_DEADLINE = 2.0


@dataclass(frozen=True)
class Shared:
    """What the stations of one controller have in common.

    `reading` is held while the legs of a switch are read (Takeover). `events` is the controller's bus.
    """

    blocked: BlockedUsers
    limits: Limits
    presence: Presence
    call_backs: CallBacks
    sounds: Sounds
    outlets: Outlets
    everywhere: LiveEverywhere
    events: Bus
    cluster: Cluster
    switches: ConnectedSwitches = field(default_factory=ConnectedSwitches)
    reading: BoundedSemaphore = field(default_factory=BoundedSemaphore)


def cluster_for(settings: Settings) -> Cluster:
    """The cluster for the switches of the settings, which `Cluster.add` adds."""
    return Cluster(spread=bool(settings.trusted_proxies or settings.proxy_dial))


def decider_for(
    queries: SwitchQueries, gateway: StoreGateway, settings: Settings, cluster: Cluster
) -> Decider:
    """The decider for one switch, with these settings and the policy in the database."""
    rules = gateway.reader(policy.with_phone_rules)
    proxy = proxy_dial_in(settings.proxy_dial)
    members = gateway.reader(page_groups.members_of)
    return Decider(queries, rules, PhoneKind(settings.unknown_phone), cluster, proxy, members)

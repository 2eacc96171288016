"""What changes, as messages for clients that follow it: an HTTP stream, a console.

The feed subscribes to the controller's events. It keeps the last messages, so that a client can resume where
its connection broke. Nothing waits for a client, and what waits for one is bounded: a client that does not
read is thrown out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from secrets import token_hex

from gevent.event import Event

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.record import PageRecord, seen_by
from controller.errors import TooManyClients
from controller.paging.events import (
    BlockChanged,
    ClickAnswered,
    ClickEvent,
    ClickRefused,
    ClickRings,
    CrossingFailed,
    PageCameUp,
    PageEnded,
    PageEvent,
    PageLost,
    PageMuted,
    PresenceChanged,
    RequestTaken,
    SwitchChanged,
)
from controller.web.waking import Waking

#: Messages that are kept for clients that resume, and the most that wait for one client.
KEPT, WAITING = 2000, 1000
#: The users that all kept messages may have: the one that follows a new connection to a switch has thousands.
KEPT_USERS = 10_000
#: The limits for clients at the same time: all together, of one user, and of one domain's administrators.
CLIENTS, PER_USER, PER_DOMAIN = 250, 10, 50


@dataclass(frozen=True)
class PageChanged:
    """A page, call or attempt has begun, changed or ended; `record` and `muted` say how it is now."""

    record: PageRecord
    muted: bool = False


@dataclass(frozen=True)
class ClickChanged:
    """The pager's own phone rings for a page, or was answered."""

    click: ClickEvent
    answered: bool


#: What a message is about.
Change = PageChanged | ClickChanged | BlockChanged | PresenceChanged | SwitchChanged


@dataclass(frozen=True, eq=False)
class Message:
    """A change. Its id is random: an id that counts would tell a client how many others there are.

    Each is one object for all clients, so that what is made of it can be kept.
    """

    id: str
    change: Change

    @property
    def users(self) -> tuple[UserName | None, ...]:
        """The users on whose side it is seen: of a page its pager and, in the same domain, its target."""
        match self.change:
            case PageChanged(record):
                return record.seen_by
            case ClickChanged(click):
                return seen_by(click.pager, click.target)
            case PresenceChanged(users=users):
                return tuple(present.user for present in users)
            case SwitchChanged():
                return ()
            case BlockChanged(user):
                return (user,)

    @property
    def domains(self) -> frozenset[str]:
        """The domains of these users; empty if it is about no domain and so about all."""
        if isinstance(self.change, PresenceChanged):
            return frozenset({self.change.domain})
        return frozenset(user.domain for user in self.users if user)


#: A user, or a domain.
Owner = UserName | str
#: Whether a client may see a message.
Sees = Callable[[Message], bool]


class Subscription:
    """One client of the feed. `resumed` is whether it has missed nothing since its last message.

    `last_id` is the id after which it begins. What the client may not see does not even wake it.
    """

    def __init__(
        self, feed: Feed, owner: Owner | None, sees: Sees, missed: Iterable[Message], *, resumed: bool
    ) -> None:
        self.resumed = resumed
        self.owner = owner
        self.last_id = feed.last_id
        self._feed = feed
        self._sees = sees
        self._waiting = deque(filter(sees, missed))
        self._news = Event()
        self._over = False

    def wait(self, seconds: float) -> list[Message] | None:
        """The messages that have come; waits for the first, so many seconds at most. None once it is over."""
        if not self._waiting and not self._over:
            self._feed.clock.wait(self._news, seconds)
        if self._over:
            return None
        self._news.clear()
        messages = list(self._waiting)
        self._waiting.clear()
        return messages

    def put(self, message: Message) -> None:
        """Add a message, if the client may see it. If too many wait, the client is thrown out."""
        if not self._sees(message):
            return
        if len(self._waiting) >= WAITING:
            self.throw_out()
            return
        self._waiting.append(message)
        self._feed.waking.wake(self._news)

    def throw_out(self) -> None:
        """End it because the client does not read."""
        if not self._over:
            self._feed.thrown_out += 1
            self.close()

    def close(self) -> None:
        """End it; what waits is dropped."""
        self._over = True
        self._waiting.clear()
        self._news.set()
        self._feed.leave(self)


class Feed:
    """The feed of one controller, from now on."""

    def __init__(self, controller: Controller) -> None:
        #: The clock by which its clients wait.
        self.clock = controller.clock
        #: What wakes them.
        self.waking = Waking(self.clock)
        self._live = controller.live
        #: Clients that were thrown out because they did not read.
        self.thrown_out = 0
        #: The id of the last message; at first of none.
        self.last_id = _new_id()
        self._kept: deque[Message] = deque()
        self._kept_users = 0
        self._before = self.last_id  # the id of the message before those that are kept
        self._clients: dict[str, dict[Subscription, None]] = {}  # by domain; empty: of all domains
        events = controller.events
        events.subscribe(RequestTaken, self._taken)
        events.subscribe(PageMuted, lambda event: self._tell(PageChanged(event.record, event.muted)))
        events.subscribe(BlockChanged, self._tell)
        for kind in (ClickRefused, CrossingFailed, PageCameUp, PageEnded, PageLost):
            events.subscribe(kind, self._page_changed)
        events.subscribe(ClickRings, lambda event: self._tell(ClickChanged(event, answered=False)))
        events.subscribe(ClickAnswered, lambda event: self._tell(ClickChanged(event, answered=True)))
        events.subscribe(PresenceChanged, self._tell)
        events.subscribe(SwitchChanged, self._tell)

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return sum(map(len, self._clients.values()))

    def subscribe(
        self, owner: Owner | None = None, after: str = "", sees: Sees = lambda message: True
    ) -> Subscription:
        """A new client: it gets all that it `sees` after the message with the id `after`, or from now on.

        `owner` is the user or domain whose client it is, None for the administrator. Raises TooManyClients.
        """
        if self.clients >= CLIENTS:
            raise TooManyClients("There are too many streams of events: try again later.")
        limit = PER_USER if isinstance(owner, UserName) else PER_DOMAIN
        of_domain = self._clients.get(domain_of(owner), {})
        if owner and sum(each.owner == owner for each in of_domain) >= limit:
            raise TooManyClients(f"{owner} has too many streams of events: close one.", of_owner=True)
        missed = self._missed(after)
        client = Subscription(self, owner, sees, missed or (), resumed=missed is not None)
        self._clients.setdefault(domain_of(owner), {})[client] = None
        return client

    def leave(self, client: Subscription) -> None:
        """Forget a client."""
        domain = domain_of(client.owner)
        there = self._clients.get(domain, {})
        there.pop(client, None)
        if not there:
            self._clients.pop(domain, None)

    def close(self) -> None:
        """End all subscriptions."""
        for client in tuple(chain.from_iterable(self._clients.values())):
            client.close()

    def _missed(self, after: str) -> list[Message] | None:
        """The messages after the one with this id; None if it is of another run, or no longer kept."""
        ids = [self._before, *(message.id for message in self._kept)]
        return list(self._kept)[ids.index(after) :] if after in ids else None

    def _taken(self, event: RequestTaken) -> None:
        """A refusal; or a call that rings, unless it has been answered meanwhile."""
        record = event.record
        if record.reason is None:
            live = self._live.find(record.page_id)
            if live is None or live.record.answered_at:
                return  # another event has told, or will tell
        self._tell(PageChanged(record))

    def _page_changed(self, event: PageEvent) -> None:
        self._tell(PageChanged(event.record))

    def _tell(self, change: Change) -> None:
        message = Message(_new_id(), change)
        self.last_id = message.id
        self._kept.append(message)
        self._kept_users += len(message.users)
        while len(self._kept) > KEPT or self._kept_users > KEPT_USERS:
            oldest = self._kept.popleft()
            self._before = oldest.id
            self._kept_users -= len(oldest.users)
        # only clients that may see it are even asked: there may be as many domains as clients
        domains = {"", *message.domains} if message.domains else set(self._clients)
        for client in tuple(chain.from_iterable(self._clients.get(domain, ()) for domain in domains)):
            client.put(message)


def domain_of(owner: Owner | None) -> str:
    """The domain of a user, or a domain itself; empty for the administrator of all."""
    return owner.domain if isinstance(owner, UserName) else owner or ""


def _new_id() -> str:
    return token_hex(8)

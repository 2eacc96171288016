"""A channel: what one leg is at a moment, and what its own greenlet and others tell each other through it.

The states are those of switch_channel_state_t, the call states those of switch_channel_callstate_t
(switch_types.h). `state` is the running state, which is what events and `show channels` say.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from gevent.event import Event

from controller.simulator.bugs import Bug
from controller.simulator.events import Value

if TYPE_CHECKING:
    from controller.simulator.dialplan import Action


class State(StrEnum):
    """Channel states."""

    NONE = "CS_NONE"
    INIT = "CS_INIT"
    ROUTING = "CS_ROUTING"
    SOFT_EXECUTE = "CS_SOFT_EXECUTE"
    EXECUTE = "CS_EXECUTE"
    EXCHANGE_MEDIA = "CS_EXCHANGE_MEDIA"
    PARK = "CS_PARK"
    CONSUME_MEDIA = "CS_CONSUME_MEDIA"
    HIBERNATE = "CS_HIBERNATE"
    RESET = "CS_RESET"
    HANGUP = "CS_HANGUP"
    REPORTING = "CS_REPORTING"


class Answer(StrEnum):
    """How far a call has come."""

    RINGING = "ringing"
    EARLY = "early"
    ANSWERED = "answered"
    HANGUP = "hangup"


@dataclass(frozen=True)
class Codec:
    """What a leg's media is encoded in. `rate` is in Hz and, for G722, the one of its sound (16000)."""

    name: str
    rate: int


@dataclass(frozen=True)
class Profile:
    """Who calls whom, and where in the dialplan that is decided (switch_caller_profile_t)."""

    number: str
    context: str
    dialplan: str = "XML"
    caller_name: str = ""
    caller_number: str = ""
    address: str = ""
    username: str = ""
    rdnis: str = ""
    source: str = "mod_sofia"

    def moved(self, number: str, context: str, dialplan: str) -> Profile:
        """The profile after a transfer."""
        return replace(self, number=number, context=context, dialplan=dialplan, rdnis=self.number)


class Endpoint(Protocol):
    """The other side of a leg: a phone's call, or the other end of a loopback."""

    def begin(self) -> None:
        """An outbound leg is ready to call."""

    def answered(self) -> None:
        """The switch answers the leg."""

    def progressed(self) -> None:
        """The switch opens the leg's media before it answers."""

    def rings(self) -> None:
        """The switch says that it rings on the far side."""

    def hung_up(self, cause: str) -> None:
        """The leg is hung up."""


@dataclass(eq=False)
class Link:
    """A bridge of two legs; `originator` is the leg whose greenlet runs it. `open` while both are in it."""

    originator: Channel
    peer: Channel
    open: bool = True

    def other(self, channel: Channel) -> Channel:
        """The leg on the other side."""
        return self.peer if channel is self.originator else self.originator


@dataclass(frozen=True)
class Queued:
    """An application that a leg is told to run in the midst of another (`sendmsg`, `uuid_broadcast`)."""

    application: str
    data: str


@dataclass(eq=False)
class Channel:
    """One leg. `wake` is set whenever something has changed that its greenlet may wait for."""

    uuid: str
    name: str
    direction: str
    profile: Profile
    created: int
    endpoint: Endpoint | None = None
    codec: Codec | None = None
    offered: Codec | None = None
    variables: dict[str, Value] = field(default_factory=dict)
    state: State = State.NONE
    callstate: str = "DOWN"
    answer: Answer = Answer.RINGING
    cause: str = ""
    hit_dialplan: bool = False
    wanted: State | None = None
    link: Link | None = None
    uuid_bridge_to: str = ""
    listening_to: str = ""
    bypass: bool = False
    loopback: Channel | None = None
    loopback_to: tuple[str, str, str] | None = None
    originated_with: dict[str, str] = field(default_factory=dict)
    other_type: str = ""
    other: Channel | None = None
    held: bool = False
    bugs: list[Bug] = field(default_factory=list)
    conference: str = ""
    application: str = ""
    application_data: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    playing: list[str] = field(default_factory=list)
    keys: deque[str] = field(default_factory=deque)
    heard_keys: list[str] = field(default_factory=list)
    meta: dict[str, tuple[str, str]] = field(default_factory=dict)
    meta_key: str = ""
    meta_open: bool = False
    queued: deque[Queued] = field(default_factory=deque)
    actions: deque[Action] = field(default_factory=deque)
    readers: int = 0
    member: str = ""
    displayed: list[tuple[str, str]] = field(default_factory=list)
    answered_at: int = 0
    bridged_at: int = 0
    media_at: int = 0
    wake: Event = field(default_factory=Event)
    watchers: list[Event] = field(default_factory=list)

    @property
    def down(self) -> bool:
        """Hung up, though it may still have to report that (switch_channel_down_nosig)."""
        return bool(self.cause)

    @property
    def ready(self) -> bool:
        """Whether an application may go on: not hung up and not sent elsewhere (switch_channel_ready)."""
        return not self.down and self.wanted is None

    @property
    def answered(self) -> bool:
        """Whether the call was answered and is not over."""
        return self.answer is Answer.ANSWERED

    @property
    def media_up(self) -> bool:
        """Whether sound flows, or would (switch_channel_media_up)."""
        return self.answer in (Answer.EARLY, Answer.ANSWERED)

    @property
    def presence_id(self) -> str:
        """The user whose leg it is, `EXTENSION@DOMAIN`."""
        return self.text("presence_id")

    @property
    def call_uuid(self) -> str:
        """What ties the two legs of a call together."""
        return self.text("call_uuid") or self.uuid

    def text(self, variable: str) -> str:
        """A variable, empty if it is not set."""
        value = self.variables.get(variable, "")
        return value if isinstance(value, str) else value[0]

    def true(self, variable: str) -> bool:
        """Whether a variable says yes (switch_true, switch_utils.h)."""
        return self.text(variable).lower() in ("yes", "on", "true", "t", "enabled", "active", "allow", "1")

    def set(self, variable: str, value: str | None) -> None:
        """Set a variable; nothing, or an empty value, unsets it."""
        if value:
            self.variables[variable] = value
        else:
            self.variables.pop(variable, None)

    def poke(self) -> None:
        """Have the leg's greenlet, and those who watch it, look again at what they wait for."""
        self.wake.set()
        self.show()

    def show(self) -> None:
        """Have those who watch the leg look again; its own greenlet knows already."""
        for watcher in self.watchers:
            watcher.set()

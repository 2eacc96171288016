"""A channel: the state of one leg, shared by its own greenlet and others.

The states are those of switch_channel_state_t, the call states those of switch_channel_callstate_t
(switch_types.h). `state` is the running state, which appears in events and in `show channels`.
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
    """The answer states of a call."""

    RINGING = "ringing"
    EARLY = "early"
    ANSWERED = "answered"
    HANGUP = "hangup"


@dataclass(frozen=True)
class Codec:
    """The codec of a leg's media. `rate` is in Hz; for G722 it is that of its sound (16000)."""

    name: str
    rate: int


@dataclass(frozen=True)
class Profile:
    """The caller, the dialled number, and its context in the dialplan (switch_caller_profile_t)."""

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
        """Called when an outbound leg is ready to call."""

    def answered(self) -> None:
        """Called when the switch answers the leg."""

    def progressed(self) -> None:
        """Called when the switch opens the leg's media before it answers."""

    def rings(self) -> None:
        """Called when the switch reports ringing on the far side."""

    def hung_up(self, cause: str) -> None:
        """Called when the leg is hung up."""


@dataclass(eq=False)
class Link:
    """A bridge of two legs; the greenlet of `originator` runs it. It is `open` while both legs are in it."""

    originator: Channel
    peer: Channel
    open: bool = True

    def other(self, channel: Channel) -> Channel:
        """The leg on the other side."""
        return self.peer if channel is self.originator else self.originator


@dataclass(frozen=True)
class Queued:
    """An application that a leg must run during another one (`sendmsg`, `uuid_broadcast`)."""

    application: str
    data: str


@dataclass(eq=False)
class Channel:
    """One leg. `wake` is set whenever something changes for which its greenlet may wait.

    `resampled` is the rate in Hz from which its resampler converts what it is given; 0 if it has none.
    `taken` is the rate in Hz at which its conference takes what it says.
    `flags` are those with which it is in its conference.
    `noise` is the rate in Hz of the comfort noise that its bridge may make, and the time at which that ends.
    """

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
    wire: Channel | None = None
    loopback_to: tuple[str, str, str] | None = None
    originated_with: dict[str, str] = field(default_factory=dict)
    other_type: str = ""
    other: Channel | None = None
    held: bool = False
    resampled: int = 0
    noise: tuple[int, float] = (0, 0.0)
    bugs: list[Bug] = field(default_factory=list)
    conference: str = ""
    taken: int = 0
    flags: frozenset[str] = frozenset()
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
        """Whether it is hung up, even if it has not reported that yet (switch_channel_down_nosig)."""
        return bool(self.cause)

    @property
    def ready(self) -> bool:
        """Whether an application may go on: the leg is not hung up or transferred (switch_channel_ready)."""
        return not self.down and self.wanted is None

    @property
    def answered(self) -> bool:
        """Whether the call was answered and has not ended."""
        return self.answer is Answer.ANSWERED

    @property
    def media_up(self) -> bool:
        """Whether media is open (switch_channel_media_up)."""
        return self.answer in (Answer.EARLY, Answer.ANSWERED)

    @property
    def presence_id(self) -> str:
        """The user of the leg, `EXTENSION@DOMAIN`."""
        return self.text("presence_id")

    @property
    def call_uuid(self) -> str:
        """The uuid that the two legs of a call share."""
        return self.text("call_uuid") or self.uuid

    def text(self, variable: str) -> str:
        """A variable, empty if it is not set."""
        value = self.variables.get(variable, "")
        return value if isinstance(value, str) else value[0]

    def true(self, variable: str) -> bool:
        """Whether a variable is true (switch_true, switch_utils.h)."""
        return self.text(variable).lower() in ("yes", "on", "true", "t", "enabled", "active", "allow", "1")

    def set(self, variable: str, value: str | None) -> None:
        """Set a variable; None or an empty value unsets it."""
        if value:
            self.variables[variable] = value
        else:
            self.variables.pop(variable, None)

    def poke(self) -> None:
        """Wake the leg's greenlet and those that watch it, so that they check their conditions again."""
        self.wake.set()
        self.show()

    def show(self) -> None:
        """Wake those that watch the leg, but not its own greenlet."""
        for watcher in self.watchers:
            watcher.set()

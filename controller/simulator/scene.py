"""A scene of the demonstration: its cast, what can be seen of it, and the office in which it is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from controller.switch.lamps import Lamp

PAGER, TARGET, CUSTOMER, COLLEAGUE, IDLE, BRANCH = "1001", "1002", "customer", "1003", "1005", "1007"
#: A page group, and those of its members who are not the pager.
GROUP, MEMBERS = "600", (TARGET, IDLE)
#: The program that sends messages, and the name of its message.
LOBBY, MESSAGE = "lobby", "visitor"
#: Everybody in the story: the extension, and the part that it plays.
CAST: Mapping[str, str] = {
    PAGER: "pager",
    TARGET: "target",
    CUSTOMER: "client",
    COLLEAGUE: "colleague",
    IDLE: "reception",
    BRANCH: "branch",
}

#: listener -> those whom it hears
Matrix = Mapping[str, frozenset[str]]


class DemoOffice(Protocol):
    """The place of the story: a switch with its phones, and a controller beside it.

    `patience` is the time in seconds within which a scene must become right. `database_url` is the
    controller's database. `branch` is whether there is a second switch, for a branch office.
    """

    patience: float
    branch: bool
    database_url: str

    def client_calls(self) -> None:
        """The client calls the target, which answers."""

    def page(self, target: str) -> None:
        """The pager dials the code of a page and the extension of `target`."""

    def ask_for_a_call_back(self, target: str) -> None:
        """The pager dials, is refused, and presses the key of a call back as it hears that."""

    def target_is_free(self) -> None:
        """The target hangs up, and the pager is called back; it picks up."""

    def pager_hangs_up(self) -> None:
        """The pager ends its call, whoever has begun it."""

    def press(self, keys: str) -> None:
        """The target presses keys during a page or a message, as soon as its phone has them."""

    def lobby_sends_its_message(self) -> None:
        """A program sends the target a message."""

    def target_hears_the_message_out(self) -> None:
        """The message goes on until its sound has ended."""

    def target_speaks_privately(self, colleague: str) -> None:
        """The target asks for a reverse page to an idle colleague."""

    def target_dials(self, number: str) -> None:
        """The target dials a number; its other call goes on."""

    def target_joins_a_conference(self) -> None:
        """The client hangs up; the target and a colleague are in a conference room."""

    def client_calls_the_branch(self) -> None:
        """Everybody has hung up; a client calls the branch office at its own switch."""

    def all_hang_up(self) -> None:
        """Everybody hangs up; returns when no call is left."""

    def hears(self) -> Matrix:
        """Who hears whom now."""

    def lamps(self) -> frozenset[Lamp]:
        """The lamps of the target that are lit now."""

    def heard_the_tone(self) -> frozenset[str]:
        """The parties that have heard the tone of a page since the last scene."""

    def heard_the_message(self) -> frozenset[str]:
        """The parties that have heard the sound of a message since the last scene."""

    def reply(self) -> str:
        """The reply to the last message, as its sender reads it; empty if there is none."""

    def refusal(self) -> str:
        """The cause with which the pager's last call was refused; empty if it was not refused."""

    def wait(self, seconds: float) -> None:
        """Let everything go on for some seconds."""


def matrix(**hears: str) -> Matrix:
    """Who hears whom, by the names of CAST: `pager="target client"`. A listener left out hears nobody."""
    by_name = {name: who for who, name in CAST.items()}
    return {who: frozenset(by_name[each] for each in hears.get(CAST[who], "").split()) for who in CAST}


@dataclass(frozen=True)
class Seen:
    """Everything that can be seen at one moment.

    `refused` is the cause with which the page was refused, and `reply` what the sender of a message reads.
    """

    hears: Matrix = field(default_factory=matrix)
    lamps: frozenset[Lamp] = frozenset()
    tone: frozenset[str] = frozenset()
    message: frozenset[str] = frozenset()
    refused: str = ""
    reply: str = ""


@dataclass(frozen=True)
class Scene:
    """One step: what happens, and what must be seen after it. `branch`: it needs the second switch."""

    title: str
    told: str
    act: Callable[[DemoOffice], None]
    wanted: Seen
    branch: bool = False


@dataclass(frozen=True)
class Played:
    """A scene as it was played, in `seconds`. `before` was seen at the end of the previous scene."""

    scene: Scene
    before: Seen
    seen: Seen
    seconds: float

    @property
    def right(self) -> bool:
        """Whether everything is as the scene wants it."""
        return self.seen == self.scene.wanted

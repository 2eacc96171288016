"""The demonstration: a page and what belongs to it, scene by scene, with who has to hear whom in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

PAGER, TARGET, CUSTOMER, COLLEAGUE, IDLE = "1001", "1002", "customer", "1003", "1005"
#: Everybody in the story, by extension, and who that is.
CAST: Mapping[str, str] = {
    PAGER: "pager",
    TARGET: "target",
    CUSTOMER: "client",
    COLLEAGUE: "colleague",
    IDLE: "reception",
}

#: listener -> whom it hears
Matrix = Mapping[str, frozenset[str]]


class DemoOffice(Protocol):
    """Where the story is played: a switch with its phones, and the controller beside it.

    `patience` is how many seconds a scene may take to come to what it has to be.
    """

    patience: float

    def client_calls(self) -> None:
        """The client calls the target, who answers."""

    def page(self, target: str) -> None:
        """The pager dials the feature code and the extension of `target`."""

    def mute(self, on: bool) -> None:
        """Whisper Page Mute: the target's voice no longer goes to the client, or does again."""

    def pager_hangs_up(self) -> None:
        """The pager hangs up."""

    def target_joins_a_conference(self) -> None:
        """The client hangs up; the target and a colleague are in a conference room."""

    def hears(self) -> Matrix:
        """Who hears whom now."""

    def heard_the_tone(self) -> frozenset[str]:
        """Who has heard the tone since the last scene."""

    def refusal(self) -> str:
        """The cause with which the pager's last call was refused; empty if it was not."""

    def wait(self, seconds: float) -> None:
        """Let the switch go on."""


@dataclass(frozen=True)
class Scene:
    """One step: what happens, and what has to be true then."""

    title: str
    told: str
    act: Callable[[DemoOffice], None]
    hears: Matrix
    tone: frozenset[str] = frozenset()
    refused: str = ""


@dataclass(frozen=True)
class Played:
    """A scene as it went."""

    scene: Scene
    hears: Matrix
    tone: frozenset[str]
    refused: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether everything was as it has to be."""
        scene = self.scene
        return self.hears == scene.hears and self.tone == scene.tone and self.refused == scene.refused


def _matrix(**hears: str) -> Matrix:
    """`pager="target"`: by their names in CAST, separated by spaces; who is not named hears nobody."""
    by_name = {name: who for who, name in CAST.items()}
    return {who: frozenset(by_name[each] for each in hears.get(CAST[who], "").split()) for who in CAST}


CALL = _matrix(target="client", client="target")
PAGED = _matrix(pager="target", target="client pager", client="target")
BOTH = frozenset({PAGER, TARGET})

SCENES = (
    Scene(
        "A client calls",
        "The client rings 1002. It is an ordinary call: both hear each other.",
        lambda office: office.client_calls(),
        CALL,
    ),
    Scene(
        "1001 pages 1002",
        "1001 dials *191002. Pager and target hear the tone, then the pager speaks to the target alone: "
        "the client hears nothing of it, and the pager nothing of the client.",
        lambda office: office.page(TARGET),
        PAGED,
        tone=BOTH,
    ),
    Scene(
        "The target mutes itself to the client",
        "Whisper Page Mute: the target answers the pager, and the client does not hear it.",
        lambda office: office.mute(True),
        _matrix(pager="target", target="client pager"),
    ),
    Scene(
        "The target unmutes itself",
        "The client hears the target again.",
        lambda office: office.mute(False),
        PAGED,
    ),
    Scene(
        "The pager hangs up",
        "The page is gone, and the call goes on as if it had never been.",
        lambda office: office.pager_hangs_up(),
        CALL,
    ),
    Scene(
        "1002 is in a conference, and is paged",
        "Nobody could say who would hear a whisper there: the page is refused, with the reorder tone.",
        lambda office: _page_a_conference(office),
        _matrix(target="colleague", colleague="target"),
        refused="USER_BUSY",
    ),
    Scene(
        "1001 pages 1005, who is idle",
        "There is no call to whisper into, so it is an intercom call: the phone answers by itself.",
        lambda office: office.page(IDLE),
        _matrix(pager="reception", reception="pager", target="colleague", colleague="target"),
        tone=frozenset({PAGER, IDLE}),
    ),
)


def _page_a_conference(office: DemoOffice) -> None:
    office.target_joins_a_conference()
    office.page(TARGET)


def play(office: DemoOffice, watch: Callable[[Played], None] = lambda played: None) -> Iterator[Played]:
    """Play the story; each scene ends as soon as it is as it has to be, or when its time is over.

    `watch` is told how a scene stands, again and again while it is played.
    """
    for scene in SCENES:
        begun = monotonic()
        scene.act(office)
        while True:
            played = Played(
                scene, office.hears(), office.heard_the_tone(), office.refusal(), monotonic() - begun
            )
            watch(played)
            if played.right or played.seconds > office.patience:
                yield played
                break
            office.wait(0.05)

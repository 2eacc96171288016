"""The demonstration, scene by scene: what happens, who has to hear whom then, and which lamps are lit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Protocol

from controller.switch.lamps import Lamp

PAGER, TARGET, CUSTOMER, COLLEAGUE, IDLE, BRANCH = "1001", "1002", "customer", "1003", "1005", "1007"
#: A page group, and those of its members who are not the pager.
GROUP, MEMBERS = "600", (TARGET, IDLE)
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

    def press(self, keys: str) -> None:
        """The target presses keys during a page, as soon as the page is up."""

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

    def refusal(self) -> str:
        """The cause with which the pager's last call was refused; empty if it was not refused."""

    def wait(self, seconds: float) -> None:
        """Let everything go on for some seconds."""


def _matrix(**hears: str) -> Matrix:
    """Who hears whom, by the names of CAST: `pager="target client"`. A listener left out hears nobody."""
    by_name = {name: who for who, name in CAST.items()}
    return {who: frozenset(by_name[each] for each in hears.get(CAST[who], "").split()) for who in CAST}


@dataclass(frozen=True)
class Seen:
    """Everything that can be seen at one moment. `refused` is the cause with which the page was refused."""

    hears: Matrix = field(default_factory=_matrix)
    lamps: frozenset[Lamp] = frozenset()
    tone: frozenset[str] = frozenset()
    refused: str = ""


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


_BOTH = frozenset({PAGER, TARGET})
CALL = Seen(_matrix(target="client", client="target"))
PAGED = Seen(_matrix(pager="target", target="client pager", client="target"), frozenset({Lamp.PAGE}))
_MUTED = Seen(_matrix(pager="target", target="client pager"), frozenset({Lamp.PAGE, Lamp.MUTE}))
_CONFERENCE = _matrix(target="colleague", colleague="target")

SCENES = (
    Scene(
        "A client calls 1002",
        "It is an ordinary call: both hear each other.",
        lambda office: office.client_calls(),
        CALL,
    ),
    Scene(
        "1001 dials *191002: a whisper page",
        "Pager and target hear a tone. Then the pager speaks to the target alone: the client hears nothing "
        "of it, and the pager hears nothing of the client.",
        lambda office: office.page(TARGET),
        replace(PAGED, tone=_BOTH),
    ),
    Scene(
        "1002 presses *5: mute",
        "The target answers the pager. The client does not hear it.",
        lambda office: office.press("*5"),
        _MUTED,
    ),
    Scene(
        "1002 presses *5 again",
        "The client hears the target again.",
        lambda office: office.press("*5"),
        PAGED,
    ),
    Scene(
        "1002 presses *6: end",
        "The page is over. The call goes on as if there had been no page.",
        lambda office: office.press("*6"),
        CALL,
    ),
    Scene(
        "1001 pages 1002 again, and 1002 presses *2: five minutes",
        "The page is over. The pager hears that there is an answer, and the history has its words.",
        lambda office: _page_and_press(office, "*2"),
        CALL,
    ),
    Scene(
        "1001 pages 1002 again, and 1002 presses *7: off",
        "The page is over, and the target takes no further ones.",
        lambda office: _page_and_press(office, "*7"),
        replace(CALL, lamps=frozenset({Lamp.OFF})),
    ),
    Scene(
        "1001 pages 1002 once more",
        "The page is refused, with the reorder tone.",
        lambda office: office.page(TARGET),
        replace(CALL, lamps=frozenset({Lamp.OFF}), refused="CALL_REJECTED"),
    ),
    Scene(
        "1002 dials *20: on",
        "The target takes pages again.",
        lambda office: office.target_dials("*20"),
        CALL,
    ),
    Scene(
        "1002 is in a conference, and 1001 pages it",
        "A whisper would reach everybody there: the page is refused.",
        lambda office: _page_a_conference(office),
        Seen(_CONFERENCE, refused="USER_BUSY"),
    ),
    Scene(
        "1001 pages 1005, which is idle",
        "There is no call to whisper into. It is an intercom call: the phone answers by itself.",
        lambda office: office.page(IDLE),
        Seen(
            {**_CONFERENCE, PAGER: frozenset({IDLE}), IDLE: frozenset({PAGER}), CUSTOMER: frozenset()},
            tone=frozenset({PAGER, IDLE}),
        ),
    ),
    Scene(
        "1001 dials *19600: a page group",
        "1002 is on a call again, and 1005 is idle. Both hear the pager, nobody else does, and the pager "
        "hears nobody.",
        lambda office: _page_the_group(office),
        Seen(
            _matrix(target="client pager", client="target", reception="pager"),
            frozenset({Lamp.PAGE}),
            tone=frozenset({PAGER, TARGET, IDLE}),
        ),
    ),
    Scene(
        "1001 pages 1007, who is on a call at the switch of a branch office",
        "The pager's call goes there by SIP, and the whisper page is made there: it sounds like one here.",
        lambda office: _page_the_branch(office),
        Seen(
            _matrix(pager="branch", branch="client pager", client="branch"), tone=frozenset({PAGER, BRANCH})
        ),
        branch=True,
    ),
)

#: The attempts in the history after the story, the oldest first, and each page to a group before those to its
#: members: the target, the treatment, and the reason of the end or of the refusal.
HISTORY = (
    (TARGET, "whisper", "stopped"),
    (TARGET, "whisper", "replied"),
    (TARGET, "whisper", "blocked"),
    (TARGET, "refused", "pages_off"),
    (TARGET, "refused", "conference"),
    (IDLE, "intercom", "pager_hung_up"),
    (GROUP, "group", "pager_hung_up"),
    (TARGET, "whisper", "pager_hung_up"),
    (IDLE, "intercom", "pager_hung_up"),
)
#: The one that is there as well if there is a branch office.
BRANCH_HISTORY = ((BRANCH, "whisper", "pager_hung_up"),)


def _page_and_press(office: DemoOffice, keys: str) -> None:
    office.page(TARGET)
    office.press(keys)


def _page_a_conference(office: DemoOffice) -> None:
    office.target_joins_a_conference()
    office.page(TARGET)


def _page_the_group(office: DemoOffice) -> None:
    office.all_hang_up()
    office.client_calls()
    office.page(GROUP)


def _page_the_branch(office: DemoOffice) -> None:
    office.client_calls_the_branch()
    office.page(BRANCH)


def play(office: DemoOffice, watch: Callable[[Played], None] = lambda played: None) -> Iterator[Played]:
    """Play the story. Each scene ends as soon as everything is right, or when the office's patience is over.

    While a scene is played, `watch` is called again and again with its present state.
    """
    before = Seen()
    for scene in SCENES:
        if scene.branch and not office.branch:
            continue
        begun = monotonic()
        scene.act(office)
        while True:
            seen = Seen(office.hears(), office.lamps(), office.heard_the_tone(), office.refusal())
            played = Played(scene, before, seen, monotonic() - begun)
            watch(played)
            if played.right or played.seconds > office.patience:
                yield played
                before = seen
                break
            office.wait(0.05)

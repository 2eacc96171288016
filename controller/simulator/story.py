"""The demonstration, scene by scene: what happens, who has to hear whom then, and which lamps are lit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic

from controller.simulator.scene import (
    BRANCH,
    GROUP,
    IDLE,
    PAGER,
    TARGET,
    DemoOffice,
    Played,
    Scene,
    Seen,
    matrix,
)
from controller.switch.lamps import Lamp

_BOTH = frozenset({PAGER, TARGET})
CALL = Seen(matrix(target="client", client="target"))
PAGED = Seen(matrix(pager="target", target="client pager", client="target"), frozenset({Lamp.PAGE}))
_MUTED = Seen(matrix(pager="target", target="client pager"), frozenset({Lamp.PAGE, Lamp.MUTE}))
_CONFERENCE = matrix(target="colleague", colleague="target")

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
        "The lobby sends 1002 a message",
        "A program sends it, by its name; there is no pager. The target hears the tone and the message in "
        "its call. The client hears neither.",
        lambda office: office.lobby_sends_its_message(),
        replace(CALL, lamps=frozenset({Lamp.PAGE}), tone=frozenset({TARGET}), message=frozenset({TARGET})),
    ),
    Scene(
        "1002 hears it out, and presses *2: five minutes",
        "The program reads the reply, and can show it to the visitor.",
        lambda office: _hear_out_and_press(office, "*2"),
        replace(CALL, reply="five minutes"),
    ),
    Scene(
        "1002 speaks privately to 1005: a reverse page",
        "1005 is idle, and its phone answers by itself. Both hear the tone, and then each other. The client "
        "stays on the line, and hears nothing of it.",
        lambda office: office.target_speaks_privately(IDLE),
        Seen(
            matrix(target="client reception", reception="target"),
            frozenset({Lamp.PAGE, Lamp.MUTE}),
            tone=frozenset({TARGET, IDLE}),
        ),
    ),
    Scene(
        "1002 presses *6: back to the client",
        "1005 hears that it is over, and the client hears 1002 again.",
        lambda office: office.press("*6"),
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
        "A whisper would reach everybody there: the page is refused. 1001 presses 5 as it hears that.",
        lambda office: _page_a_conference(office),
        Seen(_CONFERENCE, refused="USER_BUSY"),
    ),
    Scene(
        "1002 leaves the conference: 1001 is called back",
        "The pager's phone rings as soon as 1002 can be paged. Whoever picks it up pages 1002 at once.",
        lambda office: office.target_is_free(),
        Seen(matrix(pager="target", target="pager"), tone=_BOTH),
    ),
    Scene(
        "1001 pages 1005, which is idle",
        "There is no call to whisper into. It is an intercom call: the phone answers by itself.",
        lambda office: _page_again(office, IDLE),
        Seen(matrix(pager="reception", reception="pager"), tone=frozenset({PAGER, IDLE})),
    ),
    Scene(
        "1001 dials *19600: a page group",
        "1002 is on a call again, and 1005 is idle. Both hear the pager, nobody else does, and the pager "
        "hears nobody.",
        lambda office: _page_the_group(office),
        Seen(
            matrix(target="client pager", client="target", reception="pager"),
            frozenset({Lamp.PAGE}),
            tone=frozenset({PAGER, TARGET, IDLE}),
        ),
    ),
    Scene(
        "1001 pages 1007, who is on a call at the switch of a branch office",
        "The pager's call goes there by SIP, and the whisper page is made there: it sounds like one here.",
        lambda office: _page_the_branch(office),
        Seen(matrix(pager="branch", branch="client pager", client="branch"), tone=frozenset({PAGER, BRANCH})),
        branch=True,
    ),
)

#: The attempts in the history after the story, the oldest first, and each page to a group before those to its
#: members: the target, the treatment, and the reason of the end or of the refusal.
HISTORY = (
    (TARGET, "whisper", "stopped"),
    (TARGET, "whisper", "replied"),
    (TARGET, "whisper", "replied"),
    (IDLE, "reverse", "stopped"),
    (TARGET, "whisper", "blocked"),
    (TARGET, "refused", "pages_off"),
    (TARGET, "refused", "conference"),
    (TARGET, "intercom", "pager_hung_up"),
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


def _hear_out_and_press(office: DemoOffice, keys: str) -> None:
    office.target_hears_the_message_out()
    office.press(keys)


def _page_a_conference(office: DemoOffice) -> None:
    office.target_joins_a_conference()
    office.ask_for_a_call_back(TARGET)


def _page_again(office: DemoOffice, target: str) -> None:
    office.pager_hangs_up()
    office.page(target)


def _page_the_group(office: DemoOffice) -> None:
    office.all_hang_up()
    office.client_calls()
    office.page(GROUP)


def _page_the_branch(office: DemoOffice) -> None:
    office.client_calls_the_branch()
    office.page(BRANCH)


def _seen(office: DemoOffice) -> Seen:
    return Seen(
        office.hears(),
        office.lamps(),
        office.heard_the_tone(),
        office.heard_the_message(),
        office.refusal(),
        office.reply(),
    )


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
            seen = _seen(office)
            played = Played(scene, before, seen, monotonic() - begun)
            watch(played)
            if played.right or played.seconds > office.patience:
                yield played
                before = seen
                break
            office.wait(0.05)

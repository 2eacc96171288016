"""The topology of a page to a member of a page group that is on a call, and the room of all members.

    pager's leg = deaf member of a conference, the room
    voice | speak   voice = muted member of the room; speak eavesdrops the target: it speaks to the target
    claim           a leg of nobody, whose uuid is derived from the target's leg: that has one page at most

A member that is idle is called by its phone, which becomes a muted member of the room. A member on another
switch is reached by a leg of its own to that switch, which becomes one as well: what it leads to there is an
ordinary page. So the pager hears nobody, and no member hears another one or another's call. The room ends
with the pager's leg (`endconf`), and nobody can enter it before that (`join-only`), so all legs go with the
pager's, even without a controller. The room is locked from its beginning: who is not of the page cannot
enter. The dialplan of each leg is in dialplan/whisperpage.xml.

The claim is in place of a relay (topology). It takes no part in the sound, since a derived uuid can be
guessed (pagelegs). If the room and the member's phone have more than 8 kHz, the loopback is made by a leg of
nobody, as those of a page are (wide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from types import MappingProxyType

from controller.domain.names import UserName
from controller.domain.record import Ending
from controller.eventsocket import api, commands
from controller.eventsocket.api import ApiCall, Extension
from controller.eventsocket.commands import Command
from controller.switch import bypass
from controller.switch.pagelegs import CONTEXT, PREFIX, PageMark, into
from controller.switch.steps import Order, Step
from controller.switch.topology import SAME_CALL, PageLeg, Party, Topology
from controller.switch.whisper import both_ends
from controller.switch.wide import RATES, made, make

#: The subclass of the event of a leg that is about to enter the room as a member.
SUBCLASS = "whisperpage::member"
#: The variable of a member's own leg with the id of its part of the page.
PART = PREFIX + "part"
_END_CONTEXT = "whisperpage-end@switch"


def room_name(page: str) -> str:
    """The name of the conference of a page to a group, by the page's id."""
    return f"whisperpage-{page}"


@dataclass(frozen=True)
class MemberMark:
    """The data that the leg of a member carries that was called; `part` is the id of its part of the page.

    `room` is the id of the page to the group. `switch` is the name of the switch to which the leg leads, and
    empty if it leads to the member's phone. `leg` is the uuid of this leg itself.
    """

    part: str
    room: str
    pager: UserName
    target: UserName
    pager_leg: str
    switch: str = ""
    leg: str = ""

    def variables(self) -> dict[str, str]:
        """The mark as channel variables; an empty value is left out."""
        own = {each.name: str(getattr(self, each.name)) for each in fields(self) if each.name != "leg"}
        return {PREFIX + name: value for name, value in own.items() if value}


def member_of(text: Callable[[str], str]) -> MemberMark | None:
    """The mark on a member's leg, from an event or a dump of it; None if it has no complete mark."""
    names = [each.name for each in fields(MemberMark) if each.name != "leg"]
    values = {name: text(f"variable_{PREFIX}{name}") for name in names}
    pager, target = UserName.or_none(values.pop("pager")), UserName.or_none(values.pop("target"))
    if pager is None or target is None or not all(values[name] for name in ("part", "room", "pager_leg")):
        return None
    return MemberMark(pager=pager, target=target, leg=text("Unique-ID"), **values)


def gather(pager_leg: str, page: str) -> tuple[Step, ...]:
    """The steps that bring the pager's leg into the room, which begins with it."""
    mark = {PREFIX + "page": page, PREFIX + "room": page}
    return (
        Step("mark", api.uuid_setvar_multi(pager_leg, mark)),
        Step("gather", api.uuid_transfer(pager_leg, Extension("group", CONTEXT))),
    )


def take_rate(pager_leg: str) -> Command:
    """Have the room take the pager's leg at the rate that its codec has by now."""
    return commands.execute(pager_leg, "execute_extension", f"again-room XML {CONTEXT}")


def leave(pager_leg: str) -> ApiCall:
    """Take the pager's leg out of the room, which ends with that; the pager hears the end of the page."""
    return api.uuid_transfer(pager_leg, Extension("group-over", CONTEXT))


def call(mark: MemberMark, phones: Sequence[str], shown: Mapping[str, str], seconds: int) -> ApiCall:
    """Call the phones of a member, for some seconds; the first that answers becomes a member of the room.

    Or call the switch that the mark names. What is called can only hang up, as the phone of a pager. `shown`
    are the variables with what the phones show.
    """
    variables = {
        **mark.variables(),
        **shown,
        "rtp_disable_hold": "true",
        "deny_refer_requests": "true",
        "force_transfer_dialplan": "XML",
        "force_transfer_context": _END_CONTEXT,
        "ignore_early_media": "true",  # else an announcement counts as an answer (switch_ivr_originate.c)
        "originate_timeout": str(seconds),
    }
    return api.ring(phones, into("called-elsewhere" if mark.switch else "called"), variables)


def _claim(mark: PageMark) -> Step:
    leg, relay = mark.target_leg, mark.relay
    again = {"api_hangup_hook": bypass.again(leg)} if mark.bypass else {}
    variables = both_ends(mark) | {"origination_uuid": relay} | again
    call = api.originate(f"null/claim-{leg}", into(f"claim-{leg}"), variables)
    return Step("claim", call, slow=True, answer=relay, claims=True)


def _wide(mark: PageMark, rate: int) -> tuple[Step, ...]:
    leg = mark.target_leg
    return (
        _claim(mark),
        make("member", mark, rate, f"null/member-{leg}", mark.speak_maker, both_ends(mark)),
        made("member", mark.speak, mark.speak_maker),
        Step("speak", api.uuid_transfer(mark.speak, Extension(f"speak-{leg}", CONTEXT)), looks=True),
    )


def _plain(mark: PageMark) -> tuple[Step, ...]:
    leg = mark.target_leg
    return (
        _claim(mark),
        Step(
            "speak",
            api.originate(
                f"loopback/member-{leg}/{CONTEXT}/XML",
                into(f"speak-{leg}"),
                both_ends(mark) | {"origination_uuid": mark.speak},
            ),
            slow=True,
            answer=mark.speak,
            looks=True,
        ),
    )


def _end(mark: PageMark, ending: Ending) -> tuple[Order, ...]:
    """The orders that end one member's part: the claim hangs up, and takes speak and voice along."""
    stays = () if ending in SAME_CALL else (api.uuid_setvar(mark.relay, "api_hangup_hook", ""),)
    return (*stays, api.uuid_kill(mark.relay))


def _take_rate(mark: PageMark, party: Party) -> tuple[Order, ...]:
    """Let it go on, though a leg has got another rate; that of the pager is the whole page's (take_rate)."""
    if party is Party.PAGER:
        return ()
    return (api.uuid_transfer(mark.speak, Extension(f"behind-{mark.target_leg}", CONTEXT)),)


def _group(rate: int) -> Topology:
    makers = (PageLeg("member's maker", "null/member-", "", uuid="speak_maker"),)
    return Topology(
        name=f"group-{rate}",
        hears=frozenset(
            {
                (Party.TARGET, Party.FAR),
                (Party.FAR, Party.TARGET),
                (Party.TARGET, Party.PAGER),
            }
        ),
        legs=(
            PageLeg("claim", "null/claim-", "", uuid="relay"),
            PageLeg("speak", "loopback/member-", "-a", uuid="speak", bug_on="target_leg"),
            PageLeg("voice", "loopback/member-", "-b"),
        ),
        steps=partial(_wide, rate=rate) if rate in RATES else _plain,
        end=_end,
        take_rate=_take_rate,
        rate=rate,
        makers=makers if rate in RATES else (),
    )


#: The kinds of pages to a member that is on a call, by their rates in Hz.
GROUPS: Mapping[int, Topology] = MappingProxyType({rate: _group(rate) for rate in (*RATES, 8000)})

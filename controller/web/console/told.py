"""What a console is told of colleagues and of its own pages: of their calls nothing but that there are some.

No client's number, name or leg is in it, and no user of another domain.

| event | data |
| --- | --- |
| `start` | from here on nothing is missed: the script reads the state of all colleagues |
| `roll` | the edition of the roll and what is new in it; a script without the one before reads all |
| `state` | for each colleague, by extension, what of its state has changed |
| `mine` | a page or call of the user itself, as pager or as target |
| `switch` | whether every switch can be reached: if not, states are as they were last seen |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from controller.domain.names import UserName
from controller.domain.presence import Present
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import Reason, as_told
from controller.paging.click import Click
from controller.paging.events import BlockChanged, ClickEvent, PresenceChanged, SwitchChanged
from controller.station import Station
from controller.web.feed import ClickChanged, Message, PageChanged

State = dict[str, Any]
#: What a colleague sees in the list anyway, and so may be told as the reason of a refusal.
_SEEN = frozenset({Reason.PAGES_OFF, Reason.ALREADY_PAGED, Reason.TARGET_ON_CALL})


def concerns(message: Message, user: UserName) -> bool:
    """Whether the console of a user is told of a message."""
    change = message.change
    if isinstance(change, PageChanged):
        record = change.record
        return user in (record.pager, record.target) or (
            record.target is not None and record.target.domain == user.domain and whispers(record)
        )
    if isinstance(change, ClickChanged):
        return change.click.pager == user
    if isinstance(change, BlockChanged):
        return change.user.domain == user.domain
    return isinstance(change, SwitchChanged) or change.domain == user.domain


def is_shared(message: Message, user: UserName) -> bool:
    """Whether the console of a user is told the same of a message as those that are not concerned."""
    change = message.change
    if isinstance(change, PageChanged):
        return user not in (change.record.pager, change.record.target)
    return isinstance(change, PresenceChanged | BlockChanged | SwitchChanged)


def events(
    message: Message, user: UserName | None, stations: tuple[Station, ...]
) -> Iterator[tuple[str, object]]:
    """What the console of a user is told of a message: events by name, with their data.

    No user need be named for a message that is shared.
    """
    change = message.change
    if isinstance(change, PageChanged):
        record = change.record
        if user and is_own(record, user):
            yield "mine", of_record(record, user, muted=change.muted)
        near = user is None or (record.target is not None and record.target.domain == user.domain)
        if record.target and near and whispers(record):
            yield "state", {record.target.extension: {"paged": paged(record, muted=change.muted)}}
    elif isinstance(change, ClickChanged):
        yield "mine", of_ringing(change.click, answered=change.answered)
    elif isinstance(change, BlockChanged):
        yield "state", {change.user.extension: {"off": change.off}}
    elif isinstance(change, PresenceChanged):
        yield "state", {each.user.extension: of_presence(each) for each in change.users}
    elif isinstance(change, SwitchChanged):
        yield "switch", {"up": all_up(stations)}


def is_own(record: PageRecord, user: UserName) -> bool:
    """Whether a page is the user's own: of one to a page group, the pager's is the whole, not the parts."""
    return record.target == user or (record.pager == user and not record.part_of)


def all_up(stations: tuple[Station, ...]) -> bool:
    """Whether every switch can be reached."""
    return all(station.link.state == "up" for station in stations)


def of_presence(present: Present) -> State:
    """The state of a colleague's phone."""
    return {"state": present.state.value, "since": present.since.isoformat()}


def paged(record: PageRecord, *, muted: bool) -> str:
    """Whether the target of a whisper page is being paged by it: `muted`, `yes`, or empty."""
    if not record.answered_at or record.ended_at:
        return ""
    return "muted" if muted else "yes"


def of_record(record: PageRecord, user: UserName, *, muted: bool = False) -> State:
    """A page of the user itself. Of the other one it has the extension, if that is of the same domain."""
    pages = record.pager == user
    other = record.target if pages else record.pager
    return {
        "id": record.page_id,
        "state": record.state,
        "pages": pages,
        "other": other.extension if other and other.domain == user.domain else "",
        "treatment": record.treatment.value,
        "muted": muted,
        "message": record.message is not None,
        "since": (record.answered_at or record.started_at).isoformat(),
        "reason": reason(Reason(record.reason)) if record.reason else None,
        "ending": record.ending,
        "reply": record.reply,
    }


def of_click(click: Click) -> State:
    """A click of the user itself: phones ring for it, or have stopped."""
    if record := click.refused:
        return of_record(record, click.pager)
    event = ClickEvent(click.page_id, click.pager, click.target, click.started_at, click.reverse)
    return of_ringing(event, answered=not click.rings)


def of_ringing(click: ClickEvent, *, answered: bool) -> State:
    """A click of the user itself: its own phones ring, or the colleague's, or they have been answered."""
    return {
        "id": click.page_id,
        "state": "answered" if answered else "ringing",
        "pages": True,
        "other": click.target.extension,
        "treatment": Treatment.REVERSE.value if click.reverse else None,
        "muted": False,
        "since": click.started_at.isoformat(),
        "reason": None,
        "ending": None,
        "reply": None,
    }


def reason(real: Reason) -> str:
    """The reason of a refusal as a user may see it."""
    return real.value if real in _SEEN else as_told(real).value


def whispers(record: PageRecord) -> bool:
    """Whether it is a whisper page to its target, which its colleagues see."""
    return record.treatment is Treatment.WHISPER

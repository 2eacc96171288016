"""Call backs of refused pagers: listed and removed by administrators."""

from __future__ import annotations

from controller.administration.change import Change, Subject
from controller.administration.reach import Reach
from controller.domain.call_back import CallBack
from controller.domain.names import UserName
from controller.errors import NotFound
from controller.store import call_backs
from controller.store.session import ReadSession, UnitOfWork


def missing(pager: UserName, target: UserName) -> NotFound:
    """The error about a call back that is not there."""
    return NotFound(f"{pager} does not wait for a call back about {target}.", "call back")


def listing(reading: ReadSession, reach: Reach) -> tuple[CallBack, ...]:
    """The call backs of the pagers in reach, the oldest first."""
    return tuple(each for each in call_backs.listing(reading) if reach.sees(each.pager))


def remove(unit: UnitOfWork, reach: Reach, pager: UserName, target: UserName) -> Change[CallBack]:
    """Remove a call back: its pager is not rung for it any more. Raises NotFound."""
    before = call_backs.find(unit, pager, target) if reach.sees(pager) else None
    if before is None:
        raise missing(pager, target)
    call_backs.remove(unit, pager, target)
    return Change(Subject.CALL_BACK, f"{pager} {target}", before, None)

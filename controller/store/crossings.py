"""Pages across switches in SQL: a row from the moment a pager's call is sent until it has arrived.

Every controller may see the call arrive, so the database says which one takes it, and that a token counts
once. Only the token's hash is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from controller.domain.crossing import VALID, Arrival, Crossing
from controller.domain.key_token import digest
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord
from controller.store import pages
from controller.store.models import CrossingRow
from controller.store.session import UnitOfWork

#: The time for which a row is kept: while it is there, its page is not taken for one that never arrived.
KEPT = timedelta(days=1)
#: What a reverse page has in place of its feature, which is that of an intercom call.
REVERSE = "reverse"


def begin(
    unit: UnitOfWork, token: str, crossing: Crossing, at: datetime, part: PageRecord | None = None
) -> None:
    """Keep a crossing, from now on for a few seconds. Raises StoreError.

    `part` is the first record of a page that is a part of one to a page group; the history has it with that.
    """
    if part:
        pages.save(unit, part)
    unit.session.execute(delete(CrossingRow).where(CrossingRow.expires_at < at - KEPT))
    unit.session.execute(
        insert(CrossingRow).values(
            token_hash=digest(token),
            page_id=crossing.page_id,
            pager=str(crossing.pager),
            target=str(crossing.target),
            feature=REVERSE if crossing.reverse else crossing.feature.value,
            switch=crossing.switch,
            expires_at=at + timedelta(seconds=VALID),
        )
    )


def arrive(unit: UnitOfWork, token: str, switch: str, leg: str, at: datetime) -> Arrival | None:
    """Take the call `leg` that has arrived at a switch with a token; None if the token does not count there.

    A token counts once. A second controller that asks about the same call learns that it is not the one to
    take it. Raises StoreError.
    """
    there = and_(CrossingRow.token_hash == digest(token), CrossingRow.switch == switch)
    ours = _take(unit, and_(there, CrossingRow.expires_at > at), leg)
    row = unit.session.execute(select(CrossingRow.__table__).where(there).with_for_update()).one_or_none()
    over = row is not None and row.leg == "" and row.expires_at > at
    if row is None or (row.leg != leg and not over):
        return None
    pager, target = UserName.parse(row.pager), UserName.parse(row.target)
    reverse = row.feature == REVERSE
    feature = Feature.INTERCOM if reverse else Feature(row.feature)
    return Arrival(Crossing(row.page_id, pager, target, feature, row.switch, reverse), ours, over)


def give_up(unit: UnitOfWork, page_id: str) -> bool:
    """Let the call of a page not arrive any more; False if it has arrived, or if somebody has done so.

    True as well if the call was never sent. Raises StoreError.
    """
    of_page = CrossingRow.page_id == page_id
    if _take(unit, of_page, ""):
        return True
    return unit.session.scalar(select(CrossingRow.id).where(of_page)) is None


def _take(unit: UnitOfWork, which: ColumnElement[bool], leg: str) -> bool:
    free = update(CrossingRow).where(which, CrossingRow.leg.is_(None)).values(leg=leg)
    return bool(unit.session.execute(free).rowcount)  # type: ignore[attr-defined]  # of an UPDATE

"""The colleagues that come first in a user's console."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from controller.domain.names import UserName
from controller.errors import InvalidValue
from controller.store.models import ConsoleFavourite as Row
from controller.store.session import ReadSession, UnitOfWork

#: The favourites that one user may have.
MOST = 500


def of(reading: ReadSession, user: UserName) -> tuple[str, ...]:
    """The extensions of a user's favourites, which are of its own domain."""
    query = select(Row.favourite).where(Row.domain == user.domain, Row.extension == user.extension)
    return tuple(reading.session.scalars(query.order_by(Row.favourite)))


def keep(unit: UnitOfWork, user: UserName, favourite: UserName) -> None:
    """Make a colleague a favourite; twice does no harm. Raises InvalidValue if there are too many.

    `favourite` is of the user's own domain.
    """
    own = Row.domain == user.domain, Row.extension == user.extension
    if (unit.session.scalar(select(func.count()).select_from(Row).where(*own)) or 0) >= MOST:
        raise InvalidValue(f"There are {MOST} favourites already.", "favourite")
    row = Row(domain=user.domain, extension=user.extension, favourite=favourite.extension)
    try:
        with unit.session.begin_nested():
            unit.session.add(row)
            unit.session.flush()
    except IntegrityError:
        return  # it is one already


def drop(unit: UnitOfWork, user: UserName, favourite: UserName) -> None:
    """Make a colleague no favourite any more; it is no error if it is none."""
    unit.session.execute(
        delete(Row).where(
            Row.domain == user.domain,
            Row.extension == user.extension,
            Row.favourite == favourite.extension,
        )
    )

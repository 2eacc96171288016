"""The users of one domain, for its receptionists: who is in which settings group, and who has pages off."""

from __future__ import annotations

from sqlalchemy import select

from controller.domain.colleague import Colleague
from controller.domain.names import UserName
from controller.store.models import User
from controller.store.session import ReadSession


def of(reading: ReadSession, domain: str) -> tuple[Colleague, ...]:
    """The users of a domain that are in SQL, by extension."""
    query = select(User.extension, User.settings_group).where(User.domain == domain).order_by(User.extension)
    rows = reading.session.execute(query)
    # the group without its domain: `sales@one.test` is `sales` to those who are in one.test
    return tuple(Colleague(UserName(extension, domain), group.partition("@")[0]) for extension, group in rows)

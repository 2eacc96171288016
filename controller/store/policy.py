"""What may this pager do to this target? Always read from the database: a change counts at the next page."""

from __future__ import annotations

from controller.store.naming import UserName
from controller.store.session import Reading
from controller.store.values import Policy


def decide(reading: Reading, pager: UserName, target: UserName) -> Policy:
    """The policy between two users, known or not; one or two indexed queries. Raises StoreError."""
    raise NotImplementedError

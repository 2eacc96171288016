"""A call back: a pager whose page was refused is rung when its target can be paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.domain.names import UserName
from controller.domain.policy import Feature

#: The time for which a controller that rings a pager has the call back: longer than the pager's phones ring.
#: If that controller dies meanwhile, another one may take the call back afterwards.
TAKEN = timedelta(seconds=60)


@dataclass(frozen=True)
class CallBack:
    """A call back that was asked for; there is one of a pager and a target.

    `feature` is what was refused. `taken_at` is when a controller has taken it in order to ring the pager.
    """

    pager: UserName
    target: UserName
    feature: Feature
    asked_at: datetime
    expires_at: datetime
    taken_at: datetime | None = None

    @property
    def pair(self) -> tuple[UserName, UserName]:
        """The pager and the target."""
        return self.pager, self.target

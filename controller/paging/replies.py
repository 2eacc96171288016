"""The replies that a target can give by a key: those of SQL whose keys are free."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from controller.clock import REAL, Clock
from controller.domain.names import UserName
from controller.domain.reply import Reply
from controller.errors import StoreError, SwitchError
from controller.switch.queries import SwitchQueries

#: Seconds after which the dialplan is read anew: somebody may have reloaded it.
OLD = 300.0

_log = structlog.get_logger(__name__)


class Replies:
    """The replies of the targets on one switch.

    `read` returns the replies that SQL has for a target; it raises StoreError. `taken` are the digits of the
    other keys of a page. A digit that the switch's dialplan uses in calls is left to it.
    """

    def __init__(
        self,
        queries: SwitchQueries,
        read: Callable[[UserName], tuple[Reply, ...]],
        taken: frozenset[str],
        clock: Clock = REAL,
    ) -> None:
        self._queries = queries
        self._read = read
        self._taken = taken
        self._clock = clock
        self._of_others: frozenset[str] = frozenset()
        self._looked = -OLD

    def of(self, target: UserName) -> tuple[Reply, ...]:
        """The replies whose keys are bound in a page to this target; none if the database does not answer."""
        try:
            found = self._read(target)
        except StoreError as error:
            _log.warning("replies.unread", target=str(target), error=str(error))
            return ()
        if found and self._clock.monotonic() - self._looked >= OLD:
            self._look()
        taken = self._taken | self._of_others
        return tuple(each for each in found if each.digit not in taken)

    def forget(self) -> None:
        """Read the dialplan anew at the next page: the switch may have been restarted."""
        self._looked = -OLD

    def _look(self) -> None:
        """Read which digits the dialplan uses. If the switch does not tell, they are as last seen."""
        self._looked = self._clock.monotonic()
        try:
            self._of_others = self._queries.keys_of_dialplan()
        except SwitchError as error:
            _log.warning("replies.dialplan_unread", error=str(error))

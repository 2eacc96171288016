"""The replies that a target can give by a key: those of SQL whose keys are free."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from controller.domain.names import UserName
from controller.domain.reply import Reply
from controller.errors import StoreError, SwitchError
from controller.eventsocket.events import Event
from controller.switch.queries import SwitchQueries

#: The event of a switch that has read its dialplan anew.
RELOADED = "RELOADXML"

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
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._queries = queries
        self._read = read
        self._taken = taken
        self._later = later
        self._of_others: frozenset[str] = frozenset()

    def of(self, target: UserName) -> tuple[Reply, ...]:
        """The replies whose keys are bound in a page to this target; none if the database does not answer."""
        try:
            found = self._read(target)
        except StoreError as error:
            _log.warning("replies.unread", target=str(target), error=str(error))
            return ()
        taken = self._taken | self._of_others
        return tuple(each for each in found if each.digit not in taken)

    def look(self) -> None:
        """Read which digits the dialplan uses. If the switch does not tell, it is as if it used none."""
        try:
            self._of_others = self._queries.keys_of_dialplan()
        except SwitchError as error:
            _log.warning("replies.dialplan_unread", error=str(error))

    def on_reload(self, _: Event) -> None:
        """The dialplan has changed; called by the link, never waits."""
        self._later(self.look)


def no_replies(target: UserName) -> tuple[Reply, ...]:
    """No replies, for whoever has none."""
    return ()

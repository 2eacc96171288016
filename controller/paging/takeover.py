"""What a controller does when it meets a switch: learn its legs, take over its pages, close the history's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from controller.errors import StoreError
from controller.eventsocket import api
from controller.eventsocket.events import JsonEvent
from controller.paging.history import History
from controller.paging.page import Ending
from controller.paging.policies import Policies
from controller.paging.service import Service
from controller.paging.survey import Switch, channels
from controller.switch.keys import SIGN
from controller.switch.legs import Legs
from controller.switch.pagelegs import is_relay, mark_of

_log = structlog.get_logger(__name__)


class Takeover:
    """Brings the controller into the state that the switch is in. `deadline` in seconds is for each call."""

    def __init__(
        self, switch: Switch, name: str, legs: Legs, service: Service, policies: Policies, history: History,
        deadline: float,
    ) -> None:  # fmt: skip
        self._switch = switch
        self._name = name
        self._legs = legs
        self._service = service
        self._policies = policies
        self._history = history
        self._deadline = deadline

    def run(self) -> None:
        """Raises SwitchTrouble if the switch does not tell what it is doing."""
        rows = channels(self._switch, self._deadline)
        self._legs.rebuild(rows)
        relays = [row["uuid"] for row in rows if is_relay(row.get("name", ""))]
        up = {page for page in map(self._adopt, relays) if page}
        self._close_others(up)
        _log.info("switch.up", switch=self._name, legs=len(self._legs), pages=len(up))

    def _adopt(self, relay: str) -> str:
        outcome = self._switch.api(api.uuid_dump(relay), self._deadline)
        if not outcome.done:
            return ""
        dump = JsonEvent(outcome.text.encode())
        mark = mark_of(lambda name: dump.get(name, ""))
        if mark is None:
            return ""
        self._service.adopt(mark, muted=dump.get(f"variable_{SIGN}", "") == "true")
        return mark.page

    def _close_others(self, up: set[str]) -> None:
        """Pages that the history thinks are up and the switch does not have."""
        try:
            records = self._policies.open_pages(self._name)
        except StoreError as error:
            _log.warning("history.unread", error=str(error))
            return
        for record in records:
            if record.page_id not in up:
                now = datetime.now(UTC)
                self._history.keep(replace(record, ended_at=now, ending=Ending.LOST.value))

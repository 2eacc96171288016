"""An attempt as a record of the history."""

from __future__ import annotations

from datetime import UTC, datetime

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment


def record(target: UserName | None, dialled: str = "") -> PageRecord:
    now = datetime.now(UTC)
    return PageRecord("page-1", "pbx", None, target, Treatment.WHISPER, now, dialled=dialled)


def test_people_are_shown_the_target_or_else_what_was_dialled() -> None:
    assert record(UserName("1002", "pbx.test")).called == "1002@pbx.test"
    assert record(None, "what was dialled").called == "what was dialled"

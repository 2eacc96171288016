"""An attempt, as the history keeps it."""

from __future__ import annotations

from datetime import UTC, datetime

from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment


def record(pager: str | None, target: str) -> PageRecord:
    return PageRecord("page-1", "pbx", pager, target, Treatment.WHISPER, datetime.now(UTC))


def test_pager_and_target_are_users() -> None:
    found = record("1001@pbx.test", "1002@pbx.test")
    assert (found.paging, found.paged) == (UserName("1001", "pbx.test"), UserName("1002", "pbx.test"))


def test_nobody_and_what_is_no_extension_are_no_users() -> None:
    found = record(None, "what was dialled")
    assert (found.paging, found.paged) == (None, None)

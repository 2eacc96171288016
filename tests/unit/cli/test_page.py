"""`whisperpage page` after the pager's phone was answered; tests/contract has the whole command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from controller.cli import page
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.errors import PageRefused

NOW = datetime.now(UTC)
CLAIMED = PageRecord("p", "pbx", UserName("1001", "pbx"), UserName("1002", "pbx"), Treatment.INTERCOM, NOW)


@dataclass
class History:
    """The states of an attempt, one for each read; the last one stays."""

    looks: list[PageRecord | None]

    def attempt(self, page_id: str) -> PageRecord | None:
        assert page_id == "p"
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def taken(*looks: PageRecord | None) -> PageRecord:
    return page._taken(History(list(looks)).attempt, "p")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LOOK", 0.001)
    monkeypatch.setattr(page, "TAKEN", 0.01)


def test_a_page_is_awaited_until_it_is_up() -> None:
    up = replace(CLAIMED, answered_at=NOW)
    assert taken(None, CLAIMED, CLAIMED, up) is up


def test_a_missing_controller_is_reported() -> None:
    with pytest.raises(PageRefused, match="No controller took the page"):
        taken(None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"treatment": Treatment.REFUSED, "reason": "conference", "ending": "refused"},
            r"the target is in a conference \(conference\)",
        ),
        (
            {"treatment": Treatment.REFUSED, "reason": "of_tomorrow", "ending": "refused"},
            r"it was refused \(of_tomorrow\)",
        ),
        ({"ending": "unanswered", "cause": "NO_ANSWER"}, r"1002@pbx was not reached \(NO_ANSWER\)"),
        ({"ending": "pager_hung_up"}, r"1002@pbx was not reached \(pager_hung_up\)"),
    ],
)
def test_a_page_that_does_not_come_up_is_explained(changes: dict[str, str], why: str) -> None:
    with pytest.raises(PageRefused, match=why):
        taken(CLAIMED, replace(CLAIMED, ended_at=NOW, **changes))  # type: ignore[arg-type]

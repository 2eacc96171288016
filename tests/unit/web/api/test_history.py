"""`/api/v1/history`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from controller.app import Controller
from controller.domain.names import UserName
from controller.domain.record import PageRecord, Treatment
from controller.store import pages
from controller.web.api.history import cursor, read_cursor
from tests.unit.web.api.conftest import ALICE, BOB, ONE, STRANGER, Api

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def attempts(api: Api, controller: Controller) -> None:
    sides: list[tuple[UserName, UserName]] = [(ALICE, BOB), (BOB, ALICE), (STRANGER, ALICE), (ALICE, BOB)]
    with controller.store.unit() as unit:
        for hour, (pager, target) in enumerate(sides):
            page_id, at = str(UUID(int=hour)), NOON + timedelta(hours=hour)
            pages.save(unit, PageRecord(page_id, "pbx", pager, target, Treatment.WHISPER, at))
        unit.commit()


def numbers(api: Api, query: str = "", who: str = ONE) -> list[int]:
    return [UUID(page["id"]).int for page in api("GET", f"history?{query}", who).json["pages"]]


def test_the_newest_come_first_in_the_form_of_pages(api: Api) -> None:
    assert numbers(api, who="") == [3, 2, 1, 0]
    (first, *_) = api("GET", "history", ONE).json["pages"]
    assert first == api("GET", f"pages/{first['id']}", ONE).json


def test_nobody_learns_that_another_domain_has_tried(api: Api) -> None:
    assert numbers(api) == [3, 1, 0]
    assert api("GET", f"pages/{UUID(int=2)}", ONE).status_code == 404
    assert api("GET", f"pages/{UUID(int=2)}", "two.test").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=2026-11-28T13:00:00Z", [3, 1]),
        ("to=2026-11-28T13:00:00", [0]),
        ("from=2026-11-28T14:30:00%2B01:00&to=2026-11-28T15:00:01Z", [3]),
        ("pager=1002", [1]),
        ("pager=1002@one.test&target=1001", [1]),
        ("user=1002@one.test", [3, 1, 0]),
        ("treatment=refused", []),
        ("ending=stopped", []),
        ("reason=conference", []),
    ],
)
def test_filters_keep_what_they_name(api: Api, query: str, found: list[int]) -> None:
    assert numbers(api, query) == found


def test_pieces_follow_each_other(api: Api) -> None:
    found, after = [], ""
    while True:
        told = api("GET", f"history?limit=2{after}", "").json
        found += [UUID(page["id"]).int for page in told["pages"]]
        if told["next"] is None:
            break
        after = f"&after={told['next']}"
    assert found == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("from=yesterday", "2026-11-29T12:00:00Z"),
        ("from=0001-01-01T00:00:00%2B10:00", "it is no time"),
        ("after=x", "`next`"),
        ("after=99999999999999999999_3b241101-e2bb-4255-8caf-4136c566a962", "`next`"),
        ("treatment=shout", "none of whisper"),
        ("pager=a b", "is not an extension"),
        ("limit=1001", "whole number from 1 to 1000"),
    ],
)
def test_a_bad_filter_gets_one_sentence(api: Api, query: str, part: str) -> None:
    answer = api("GET", f"history?{query}", ONE)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert part in fault["detail"]
    assert fault["parameter"] == query.partition("=")[0]


def test_a_cursor_is_read_as_it_was_written_to_the_microsecond() -> None:
    record = PageRecord(
        str(UUID(int=7)), "pbx", ALICE, BOB, Treatment.WHISPER, NOON.replace(microsecond=123457)
    )
    after = read_cursor(cursor(record))
    assert (after.started_at, after.page_id) == (record.started_at, record.page_id)

"""The history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from controller.domain.names import UserFilter, UserName
from controller.domain.record import PageRecord, Treatment
from controller.errors import InvalidValue
from controller.store import page_search, pages, unended
from controller.store.page_search import Filter
from controller.store.session import ReadSession, Store, UnitOfWork

NOON = datetime(2025, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
BEGUN = PageRecord(
    page_id="3b241101-e2bb-4255-8caf-4136c566a962",
    switch="pbx:8021",
    pager=UserName("1001", "pbx"),
    target=UserName("1002", "pbx"),
    treatment=Treatment.WHISPER,
    started_at=NOON,
)
ANSWERED = replace(BEGUN, answered_at=NOON + timedelta(seconds=1))
ENDED = replace(
    ANSWERED, ended_at=NOON + timedelta(seconds=31), ending="pager_hung_up", cause="NORMAL_CLEARING"
)
REFUSED = replace(BEGUN, treatment=Treatment.REFUSED, reason="not_permitted", cause="CALL_REJECTED")


def save(unit: UnitOfWork, *records: PageRecord) -> None:
    for record in records:
        pages.save(unit, record)


def history(reading: ReadSession, **only: object) -> list[PageRecord]:
    return list(pages.history(reading, **only))  # type: ignore[arg-type]


def another(number: int, **changes: object) -> PageRecord:
    values = {
        "page_id": f"00000000-0000-0000-0000-{number:012}",
        "started_at": NOON + timedelta(hours=number),
    }
    return replace(BEGUN, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("record", [BEGUN, ANSWERED, ENDED])
def test_a_record_comes_back_as_it_was_kept(unit: UnitOfWork, record: PageRecord) -> None:
    save(unit, record)
    assert history(unit) == [record]


def test_a_page_is_completed_in_its_row(unit: UnitOfWork) -> None:
    save(unit, BEGUN, ANSWERED, ENDED)
    assert history(unit) == [ENDED]


@pytest.mark.parametrize("names", [("", "lobby"), ("lobby", "")])
def test_the_name_of_a_message_is_kept_whoever_knows_it(unit: UnitOfWork, names: tuple[str, str]) -> None:
    save(unit, *(replace(BEGUN, message=name) for name in names))
    assert history(unit) == [replace(BEGUN, message="lobby")]


def test_a_record_may_be_kept_twice(unit: UnitOfWork) -> None:
    save(unit, ENDED, ENDED)
    assert history(unit) == [ENDED]


def test_a_late_record_takes_nothing_away(unit: UnitOfWork) -> None:
    save(unit, ENDED, BEGUN, ANSWERED)
    assert history(unit) == [ENDED]


def test_the_first_end_stays(unit: UnitOfWork) -> None:
    later = replace(ENDED, ended_at=NOON + timedelta(seconds=99), ending="lost")
    save(unit, ENDED, later)
    assert history(unit) == [ENDED]


def test_a_refusal_is_over_when_it_is_made(unit: UnitOfWork) -> None:
    save(unit, REFUSED)
    assert history(unit) == [replace(REFUSED, ended_at=NOON, ending="refused")]


def test_a_page_may_be_refused_at_the_last_moment(unit: UnitOfWork) -> None:
    save(unit, BEGUN, REFUSED)
    assert [(record.treatment, record.reason) for record in history(unit)] == [
        (Treatment.REFUSED, "not_permitted")
    ]


def test_a_clock_that_was_set_back_loses_no_record(unit: UnitOfWork) -> None:
    save(unit, replace(ENDED, answered_at=NOON - timedelta(hours=1), ended_at=NOON - timedelta(hours=2)))
    (record,) = history(unit)
    assert record.started_at == record.answered_at == record.ended_at


def test_odd_characters_lose_no_record(unit: UnitOfWork) -> None:
    save(unit, replace(REFUSED, target=None, dialled="10\r\n02\0" + "x" * 1000, cause="\x1b[31m" + "y" * 100))
    (record,) = history(unit)
    assert record.dialled.startswith("10??02?xxx")
    assert record.cause is not None
    assert record.cause.startswith("?[31myyy")


def test_an_attempt_without_a_target_is_kept(unit: UnitOfWork) -> None:
    save(unit, replace(REFUSED, pager=None, target=None))
    assert [(record.pager, record.target, record.dialled) for record in history(unit)] == [(None, None, "?")]


def test_a_time_is_kept_in_utc_whatever_its_zone(unit: UnitOfWork) -> None:
    save(unit, replace(BEGUN, started_at=NOON.astimezone(timezone(timedelta(hours=9)))))
    assert history(unit) == [BEGUN]
    assert history(unit)[0].started_at.tzinfo is UTC


def test_a_record_that_makes_no_sense_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue), store.unit() as unit:
        save(unit, replace(BEGUN, reason="not_permitted"))


def test_an_attempt_is_claimed_once(unit: UnitOfWork) -> None:
    assert pages.claim(unit, BEGUN)
    assert not pages.claim(unit, BEGUN)
    assert history(unit) == [BEGUN]


def test_a_record_that_makes_no_sense_is_not_taken_for_claimed(store: Store) -> None:
    with pytest.raises(InvalidValue), store.unit() as unit:
        pages.claim(unit, another(1, switch=""))


def test_two_controllers_may_keep_the_same_page_at_once(store: Store) -> None:
    together, errors = Barrier(2), []

    def keep(record: PageRecord) -> None:
        together.wait()
        try:
            with store.unit() as unit:
                save(unit, record)
                unit.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            errors.append(error)

    threads = [Thread(target=keep, args=(record,)) for record in (ANSWERED, ENDED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with store.reading() as reading:
        assert history(reading) == [ENDED]


def test_the_pages_of_a_switch_that_are_up_are_found(unit: UnitOfWork) -> None:
    up, elsewhere = another(2), another(3, switch="other:8021")
    save(unit, ENDED, up, elsewhere, another(1, treatment=Treatment.REFUSED, reason="oneself"))
    assert unended.open_pages(unit, BEGUN.switch) == (up,)
    assert unended.begun_before(unit, up.started_at + timedelta(days=1)) == (up, elsewhere)
    assert unended.begun_before(unit, up.started_at) == ()


class TestHistory:
    """The records that a query of the history returns."""

    @pytest.fixture(autouse=True)
    def several(self, unit: UnitOfWork) -> None:
        save(
            unit,
            another(1),
            another(2, pager=UserName("1002", "pbx"), target=UserName("1003", "pbx")),
            another(3, pager=UserName("11002", "pbx"), target=UserName("1_02", "pbx")),
            another(4, pager=UserName("1002", "other"), treatment=Treatment.REFUSED, reason="oneself"),
        )

    @staticmethod
    def hours(records: list[PageRecord]) -> list[int]:
        return [int((record.started_at - NOON).total_seconds()) // 3600 for record in records]

    def test_the_newest_comes_first(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit)) == [4, 3, 2, 1]

    def test_a_history_may_begin_at_a_moment(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, since=NOON + timedelta(hours=3))) == [4, 3]

    def test_an_extension_finds_its_attempts_on_either_side_in_any_domain(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, user=UserFilter("1002"))) == [4, 2, 1]

    def test_a_user_finds_its_own_attempts_alone(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, user=UserFilter("1002", "other"))) == [4]

    def test_an_underscore_is_no_wildcard(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, user=UserFilter("1_02"))) == [3]

    def test_refusals_can_be_had_alone(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, refused=True)) == [4]

    def test_no_more_attempts_come_than_were_asked_for(self, unit: UnitOfWork) -> None:
        assert self.hours(history(unit, limit=2)) == [4, 3]


def test_the_report_counts_each_users_day(unit: UnitOfWork) -> None:
    day = timedelta(days=1)
    save(
        unit,
        ENDED,
        another(1, treatment=Treatment.INTERCOM),
        another(2, treatment=Treatment.CALL),
        another(3, treatment=Treatment.REFUSED, reason="oneself"),
        another(4, started_at=NOON + day, answered_at=NOON + day, ended_at=NOON + day, ending="x"),
        another(5, pager=None, treatment=Treatment.REFUSED, reason="not_authenticated"),
        another(6, treatment=Treatment.REVERSE),
    )
    rows = unit.session.execute(sa.text("SELECT * FROM page_report ORDER BY day, user_name")).all()
    found = [
        (row.user_name, date.fromisoformat(str(row.day)), *row[2:8], round(float(row.seconds), 3))
        for row in rows
    ]
    friday, saturday = NOON.date(), (NOON + day).date()
    assert found == [
        ("1001@pbx", friday, 1, 1, 1, 1, 1, 0, 30.0),
        ("1002@pbx", friday, 0, 0, 0, 0, 0, 1, 0.0),
        ("1001@pbx", saturday, 1, 0, 0, 0, 0, 0, 0.0),
        ("1002@pbx", saturday, 0, 0, 0, 0, 0, 1, 0.0),
    ]


LOST = replace(BEGUN, ended_at=NOON + timedelta(seconds=50), ending="lost")


def test_a_witnessed_ending_replaces_a_lost_one(unit: UnitOfWork) -> None:
    save(unit, LOST, ENDED)
    assert history(unit) == [ENDED]


def test_a_lost_page_stays_ended_even_if_its_beginning_comes_later(unit: UnitOfWork) -> None:
    save(unit, LOST, BEGUN, LOST)
    assert history(unit) == [LOST]


def test_what_is_lost_may_have_been_refused(unit: UnitOfWork) -> None:
    save(unit, LOST, REFUSED)
    assert [(each.treatment, each.reason) for each in history(unit)] == [("refused", "not_permitted")]


IN_TROUBLE = replace(REFUSED, reason="store_trouble", cause="NORMAL_TEMPORARY_FAILURE")


@pytest.mark.parametrize("at", range(4))
def test_what_came_up_was_not_refused_whenever_a_controller_in_trouble_says_so(
    unit: UnitOfWork, at: int
) -> None:
    records = [BEGUN, ANSWERED, ENDED]
    save(unit, *records[:at], IN_TROUBLE, *records[at:])
    assert history(unit) == [ENDED]


def test_what_did_not_come_up_was_refused_by_a_controller_in_trouble(unit: UnitOfWork) -> None:
    save(unit, BEGUN, IN_TROUBLE, BEGUN)
    assert history(unit) == [replace(IN_TROUBLE, ended_at=NOON, ending="refused")]


# -- repeated refusals -------------------------------------------------------------------------------------

OFTEN = another(1, started_at=NOON, treatment=Treatment.REFUSED, reason="too_often")


def test_a_row_that_counts_takes_the_higher_count_whatever_comes_first(unit: UnitOfWork) -> None:
    save(unit, OFTEN, replace(OFTEN, attempts=7), replace(OFTEN, attempts=3), OFTEN)
    assert [(each.reason, each.attempts) for each in history(unit)] == [("too_often", 7)]


def test_the_report_counts_every_attempt_of_a_row(unit: UnitOfWork) -> None:
    save(unit, replace(OFTEN, attempts=7), another(2, treatment=Treatment.REFUSED, reason="oneself"))
    refused = sa.text("SELECT refused FROM page_report WHERE user_name = '1001@pbx'")
    assert [int(count) for count in unit.session.scalars(refused)] == [8]


@pytest.mark.parametrize(
    ("seconds", "claimed"), [(-0.001, True), (0, True), (0.001, False), (58, False), (60, True)]
)
def test_no_attempt_of_a_pager_that_is_shut_out_is_claimed(
    unit: UnitOfWork, seconds: float, claimed: bool
) -> None:
    save(unit, OFTEN)
    later = another(2, started_at=NOON + timedelta(seconds=seconds))
    assert pages.claim(unit, later) is claimed
    assert pages.claim(unit, replace(another(3, started_at=later.started_at), pager=UserName("1003", "pbx")))


def test_a_clock_set_back_by_an_hour_shuts_nobody_out_for_so_long(unit: UnitOfWork) -> None:
    save(unit, OFTEN)
    assert pages.claim(unit, another(2, started_at=NOON - timedelta(hours=1)))


def test_a_pager_that_is_refused_for_another_reason_is_not_shut_out(unit: UnitOfWork) -> None:
    save(unit, replace(OFTEN, reason="conference"))
    assert pages.claim(unit, another(2, started_at=NOON))


# -- an attempt across domains, which is always refused ----------------------------------------------------


@pytest.mark.parametrize(
    ("pager", "domain", "seen"),
    [
        ("1@one", "one", True),
        ("1@one", "two", False),
        ("1@one", "", True),
        ("2@two", "two", True),
        ("", "two", True),
        ("", "one", False),
    ],
)
def test_an_attempt_is_in_the_history_of_a_domain_if_it_is_seen_on_its_side(
    unit: UnitOfWork, pager: str, domain: str, seen: bool
) -> None:
    """The side of the pager; and that of the target, unless the pager is of another domain."""
    pages.save(unit, replace(BEGUN, pager=UserName.or_none(pager), target=UserName("1", "two")))
    assert bool(list(pages.history(unit, domain=domain))) is seen
    assert bool(page_search.found(unit, Filter(domain=domain), 10)) is seen

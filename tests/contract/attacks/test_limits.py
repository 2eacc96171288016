"""Attacks by numbers: one pager that pages again and again, and thousands of calls that are refused."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.domain.record import PageRecord
from controller.shared import STORE_DEADLINE
from controller.simulator.phones import PhoneCall
from controller.store import pages
from tests.contract.office import SimulatedOffice
from tests.unit.paging.fakes import event

MANY = 2_000
#: Requests that are sent at the same time: fewer than the controller's queue holds.
AT_ONCE = 100


#: Lower limits than in a new installation, so that the test is short.
FEW = {"pager_limit": "8/minute", "target_limit": "5/minute"}


class Attacked:
    """An office with limits."""

    def __init__(self, folder: Path) -> None:
        self.people = SimulatedOffice(folder, FEW)
        assert self.people.controller
        self.controller = self.people.controller
        self.settle = self.people.office.settle

    def dial(self, who: str, number: str) -> PhoneCall:
        """Make a phone dial, and wait until its call is answered or has ended."""
        call = self.people.dial(who, number)
        self.settle(lambda: call.up or call.over, "an answer")
        return call

    def dial_at_once(self, who: str, number: str, times: int) -> list[PhoneCall]:
        """Make a phone dial so many times without waiting in between, until every call has ended."""
        calls = [self.people.dial(who, number) for _ in range(times)]
        self.settle(lambda: all(call.over for call in calls), "an end of each")
        return calls

    def hang_up(self, call: PhoneCall) -> None:
        call.hang_up()
        self.settle(lambda: not self.people.legs("loopback/"), "the page to be gone")

    def flood(self, **variables: str) -> None:
        """Ask for thousands of pages, each to another extension."""
        requests = self.controller.stations[0].requests
        for number in range(MANY):
            asked = variables | {"whisperpage_request": "page", "whisperpage_extension": f"{number}"}
            headers = {f"variable_{name}": value for name, value in asked.items()}
            requests.on_request(event("CUSTOM", f"leg-{number}", **headers))
            if number % AT_ONCE == AT_ONCE - 1:
                requests.drain(30)

    def history(self) -> list[PageRecord]:
        """The whole history with all counted attempts, the newest first."""
        self.controller.limits.close()
        self.controller.history.drain(5)
        with self.people.store.reading() as reading:
            return list(pages.history(reading))

    def reasons(self) -> Counter[str | None]:
        """The number of rows with each reason; None is a page that was made."""
        return Counter(record.reason for record in self.history())


@pytest.fixture
def attacked(tmp_path: Path) -> Iterator[Attacked]:
    made = Attacked(tmp_path)
    yield made
    made.people.close()


def test_few_of_103_pages_in_a_row_are_made_and_the_rest_is_one_row(attacked: Attacked) -> None:
    attacked.people.target_calls()
    for _ in range(5):
        page = attacked.dial("1001", "*191002")
        attacked.people.wait(attacked.people.whispering, "the page")
        attacked.hang_up(page)
    refused = attacked.dial_at_once("1001", "*191002", 98)
    assert Counter(call.cause for call in refused) == {
        "USER_BUSY": 3,  # the target has had its five
        "CALL_REJECTED": 95,  # the pager has asked eight times
    }
    assert attacked.reasons() == {None: 5, "paged_too_often": 3, "too_often": 1}
    [counted] = [record for record in attacked.history() if record.reason == "too_often"]
    assert counted.attempts == 95
    assert attacked.people.call_goes_on()


def test_another_pager_is_not_hindered_by_one_that_is_shut_out(attacked: Attacked) -> None:
    attacked.dial_at_once("1001", "*192999", 20)
    assert attacked.dial("1003", "*191002").up
    assert attacked.dial("1001", "*191004").cause == "CALL_REJECTED"


USER = {
    "sip_authorized": "true",
    "user_name": "1001",
    "domain_name": "pbx.test",
    "transfer_history": "1795353634:98f5f1c2-be04-475b-b07b-46ca3c72a245:"
    "bl_xfer:request/whisperpage@switch/XML",
}


@pytest.mark.parametrize(
    ("who", "rows"),
    [({}, {"not_authenticated": 9}), (USER, {"unknown_target": 8, "too_often": 1})],
    ids=["nobody", "a user"],
)
def test_thousands_of_refused_attempts_are_few_rows_and_the_next_page_works(
    attacked: Attacked, who: dict[str, str], rows: dict[str, int]
) -> None:
    attacked.people.target_calls()
    attacked.flood(**who)
    assert attacked.reasons() == rows
    assert sum(record.attempts for record in attacked.history()) == MANY
    refusals = attacked.controller.stations[0].metrics.refusals
    assert sum(refusals.values()) == MANY
    begun = attacked.people.clock.monotonic()
    page = attacked.dial("1003", "*191002")
    assert page.up
    assert attacked.people.clock.monotonic() - begun < 2
    attacked.people.wait(attacked.people.whispering, "the page")


def test_a_new_controller_refuses_a_pager_that_another_has_shut_out(
    attacked: Attacked,
) -> None:
    attacked.dial_at_once("1001", "*192999", 9)
    attacked.people.kill_controller()
    attacked.people.start_controller()
    assert attacked.people.controller
    attacked.controller = attacked.people.controller
    assert attacked.dial("1001", "*191002").cause == "CALL_REJECTED"
    assert attacked.dial("1003", "*191002").up
    assert attacked.reasons() == {"unknown_target": 8, "too_often": 1, None: 1}


def test_refusals_by_a_lock_on_the_database_end_with_the_lock(attacked: Attacked, tmp_path: Path) -> None:
    assert attacked.dial("1003", "*151002").up
    attacked.people.office.switch.call("hupall", "")
    clock = attacked.people.clock
    with clock.as_the_real_one():  # SQLite uses real time
        with closing(sqlite3.connect(tmp_path / "contract.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            attacked.dial_at_once("1003", "*151002", 6)
            other.execute("ROLLBACK")
        begun = clock.monotonic()
        assert attacked.dial("1003", "*151004").up  # 1002 may have been called five times already
        assert clock.monotonic() - begun < STORE_DEADLINE

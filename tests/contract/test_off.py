"""The contract, Whisper Page Off: by code, by key, in SQL; the tones for its user, and its lamp."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.contract.office import BEEPS, OVER, ContractOffice

#: The tones that distinguish success from failure; the reorder tone's 620 Hz is too close to 600 Hz.
TOLD = (*BEEPS[:2], OVER)


@contextmanager
def database(office: ContractOffice) -> Iterator[sqlite3.Connection]:
    """A connection of another program to the controller's database."""
    path = office.environment["WHISPERPAGE_DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def off(office: ContractOffice, user: str = "1002") -> bool:
    """Whether pages to a user are off in SQL."""
    with database(office) as sql:
        rows = sql.execute("SELECT pages_off FROM users WHERE extension = ?", (user,)).fetchall()
    return bool(rows and rows[0][0])


def dial_code(office: ContractOffice) -> None:
    """Make 1002 dial the code, and wait until it has heard the result and the call has ended."""
    office.call("1002", "*20")
    leg = office.leg("1002")
    office.wait(lambda: office.wire.api(f"uuid_exists {leg}") == "false", "the end of the call")


@pytest.fixture(autouse=True)
def unknown(office: ContractOffice) -> Iterator[None]:
    """Remove all users from SQL, before and after the test."""
    yield
    with database(office) as sql:
        sql.execute("DELETE FROM users")


def test_code_switches_pages_off_and_on_again_and_each_is_heard(office: ContractOffice) -> None:
    for blocked, heard in ((True, [*BEEPS]), (False, [*reversed(BEEPS)])):
        dial_code(office)
        assert off(office) is blocked
        assert office.beeps("1002")[-3:] == heard
        assert office.cause(office.dial("1001", "*191002")) == ("CALL_REJECTED" if blocked else "")
        office.attempt(**({"reason": "pages_off"} if blocked else {"treatment": "intercom"}))
        office.wire.api("hupall")
        office.wait(lambda: not office.legs(), "every leg to be gone")


def test_code_ends_the_page_that_is_up_and_the_call_goes_on(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    office.call("1002", "*20")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="blocked")


def test_key_ends_the_page_blocks_the_next_and_is_confirmed_to_the_target_alone(
    office: ContractOffice,
) -> None:
    target = office.target_calls()
    lamp = office.watch("1002", "whisper+1002")
    office.page()
    office.wait(lambda: lamp.lit, "the page, and its keys")
    office.press(target, "*7")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(lambda: off(office), "pages to be off")
    office.attempt(treatment="whisper", ending="blocked")
    assert office.cause(office.dial("1001", "*191002")) == "CALL_REJECTED"
    office.attempt(treatment="refused", reason="pages_off")
    office.wait(office.call_goes_on, "the call to go on")
    assert office.beeps("1002") == [*BEEPS]
    assert office.beeps("customer") == []


def test_key_without_a_controller_ends_the_page_and_blocks_nothing(office: ContractOffice) -> None:
    target = office.target_calls()
    lamp = office.watch("1002", "whisper+1002")
    office.page()
    office.wait(lambda: lamp.lit, "the page, and its keys")
    office.kill_controller()
    office.press(target, "*7")
    office.wait(office.page_gone, "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()
    office.attempt(treatment="whisper", ending="lost")
    assert not off(office)


def heard_in_the_call(office: ContractOffice) -> None:
    """Wait until a tone in the target's call has begun and ended, and the page is gone."""
    leg = office.leg("1002")
    office.wait(lambda: office.bugs(leg), "the tone", 12)
    office.wait(lambda: not office.bugs(leg), "the end of the tone")


def test_target_hears_that_its_key_blocked_nothing_when_no_controller_took_it(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.kill_controller()
    office.press(target, "*7")
    office.wait(office.page_gone, "the page to be gone")
    heard_in_the_call(office)
    office.start_controller()
    assert office.beeps("1002", TOLD) == [OVER]
    assert office.beeps("customer", TOLD) == []


def test_target_hears_that_its_key_blocked_nothing_when_it_cannot_be_written(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    with database(office) as sql:
        sql.execute("BEGIN IMMEDIATE")
        office.press(target, "*7")
        office.wait(office.page_gone, "the page to be gone")
        heard_in_the_call(office)
        sql.execute("ROLLBACK")
    assert office.beeps("1002", TOLD) == [OVER]
    assert not off(office)


def test_change_in_sql_by_another_program_ends_the_page(office: ContractOffice) -> None:
    office.target_calls()
    office.page()
    with database(office) as sql:
        sql.execute("INSERT INTO users (extension, domain, pages_off) VALUES ('1002', 'pbx.test', TRUE)")
    office.wait(office.page_gone, "the page to be gone", 8)
    office.wait(office.call_goes_on, "the call to go on")
    office.attempt(treatment="whisper", ending="blocked")


def test_code_that_cannot_be_written_is_refused_and_not_done_later(office: ContractOffice) -> None:
    with database(office) as sql:
        sql.execute("BEGIN IMMEDIATE")
        assert office.cause(office.dial("1002", "*20")) == "NORMAL_TEMPORARY_FAILURE"
        sql.execute("ROLLBACK")
    office.clock.sleep(0.5)  # longer than the pause of a writer that waits for the lock
    assert not off(office)


def test_code_is_refused_when_no_controller_is_there(office: ContractOffice) -> None:
    office.kill_controller()
    assert office.cause(office.dial("1002", "*20")) == "NORMAL_TEMPORARY_FAILURE"
    office.start_controller()


def test_intercom_is_not_a_page_and_goes_on(office: ContractOffice) -> None:
    dial_code(office)
    assert office.cause(office.dial("1001", "*151002")) == ""
    office.attempt(treatment="intercom")


def test_key_with_the_lamp_works_for_its_own_user_alone(office: ContractOffice) -> None:
    assert office.cause(office.dial("1003", "whisperoff+1002")) == "NO_ROUTE_DESTINATION"
    assert office.cause(office.dial("1002", "whisperoff+1002")) == ""
    office.wait(lambda: off(office), "pages to be off")
    assert not off(office, "1003")


# -- lamps -------------------------------------------------------------------------------------------------


def test_lamp_of_off_follows_the_code_and_sql(office: ContractOffice) -> None:
    key = office.watch("1002", "whisperoff+1002")
    office.wait(lambda: key.lit is False, "the lamp to be dark at first")
    office.call("1002", "*20")
    office.wait(lambda: key.lit, "the lamp to be lit")
    with database(office) as sql:
        sql.execute("UPDATE users SET pages_off = FALSE")
    office.wait(lambda: key.lit is False, "the lamp to follow SQL", 8)


def test_lamp_of_off_is_right_for_later_subscribers_and_after_a_controllers_death(
    office: ContractOffice,
) -> None:
    early = office.watch("1002", "whisperoff+1002")
    office.kill_controller()
    with database(office) as sql:
        sql.execute("INSERT INTO users (extension, domain, pages_off) VALUES ('1002', 'pbx.test', TRUE)")
    office.start_controller()
    office.wait(lambda: early.lit, "the lamp that was dark to be lit")
    late = office.watch("1003", "whisperoff+1002")
    office.wait(lambda: late.lit, "the lamp of another phone to be lit at once")


def test_lamp_of_a_page_is_lit_while_it_is_up(office: ContractOffice) -> None:
    office.target_calls()
    key = office.watch("1002", "whisper+1002")
    office.wait(lambda: key.lit is False, "the lamp to be dark at first")
    pager = office.page()
    office.wait(lambda: key.lit, "the lamp to be lit")
    late = office.watch("1003", "whisper+1002")
    office.wait(lambda: late.lit, "the lamp of another phone to be lit at once")
    office.hang_up(pager)
    office.wait(lambda: key.lit is False, "the lamp to be dark")
    office.wait(lambda: late.lit is False, "the other lamp to be dark")
    assert office.partner(office.leg("1002"))


def test_lamp_of_mute_follows_the_key_and_goes_with_the_page(office: ContractOffice) -> None:
    target = office.target_calls()
    key = office.watch("1002", "whispermute+1002")
    page = office.watch("1002", "whisper+1002")
    pager = office.page()
    office.wait(lambda: page.lit, "the page, and its keys")
    assert key.lit is False
    for lit in (True, False, True):
        office.press(target, "*5")
        office.wait(lambda wanted=lit: key.lit is wanted, "the lamp to follow the key")  # type: ignore[misc]
    late = office.watch("1003", "whispermute+1002")
    office.wait(lambda: late.lit, "the lamp of another phone to be lit at once")
    office.hang_up(pager)
    office.wait(lambda: key.lit is False, "the lamp to be dark")


def test_lamp_of_a_page_that_ended_without_a_controller_is_dark_when_one_is_there(
    office: ContractOffice,
) -> None:
    office.target_calls()
    key = office.watch("1002", "whisper+1002")
    pager = office.page()
    office.wait(lambda: key.lit, "the lamp to be lit")
    office.kill_controller()
    office.hang_up(pager)
    office.wait(office.page_gone, "the page to be gone")
    assert key.lit
    office.start_controller()
    office.wait(lambda: key.lit is False, "the lamp to be dark")

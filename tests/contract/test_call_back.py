"""The contract, call back: a refused pager presses a key, and is rung when its target can be paged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.office import OVER, ContractOffice
from tests.contract.test_off import database

#: The tones in Hz which confirm to the pager that it will be called back, without the common one of 1200 Hz.
#: Its first tone is hardly to be told from 620 Hz, of which reorder consists, too.
NOTED = (600, 900)
#: The tones in Hz which offer a call back, after those of the refusal.
OFFERED = (900, 1500)


@pytest.fixture(autouse=True)
def clean(office: ContractOffice) -> Iterator[None]:
    """Nobody waits, and no user has settings, after the test: else its end would be a target that is free."""
    yield
    forget(office)
    with database(office) as sql:
        sql.execute("DELETE FROM users")


def forget(office: ContractOffice) -> None:
    """Remove all call backs."""
    with database(office) as sql:
        sql.execute("DELETE FROM call_backs")


def kept(office: ContractOffice) -> list[tuple[str, str]]:
    """The pagers and targets of the call backs in SQL."""
    with database(office) as sql:
        rows = sql.execute("SELECT pager, target FROM call_backs ORDER BY id").fetchall()
    return [(pager.partition("@")[0], target.partition("@")[0]) for pager, target in rows]


def refused(office: ContractOffice, keys: str = "", dialled: str = "*191002", who: str = "1001") -> str:
    """Make a pager dial, press keys as it hears the refusal, and wait for the end; return the cause."""
    call = office.dial_early(who, dialled)
    office.wait(lambda: offered(office, who), "the offer of a call back")
    if keys:
        office.press(call, keys)
    cause = office.end_of(call)
    office.wait(lambda: not office.legs(f"{who}@"), "the pager's call to be over")
    return cause


def offered(office: ContractOffice, who: str) -> bool:
    """Whether a pager is offered a call back at this moment."""
    return any(row["application"] == "play_and_get_digits" for row in office.legs(f"{who}@"))


def asked(office: ContractOffice) -> Any:
    """Put 1002 into a conference, and let 1001 ask for a call back; return the call of 1002."""
    conference = office.call("1002", "3001")
    assert refused(office, "5") == "USER_BUSY"
    assert kept(office) == [("1001", "1002")]
    return conference


def treatments(office: ContractOffice) -> list[str]:
    """The treatments in the history, the newest first."""
    return [each["treatment"] for each in office.attempts()]


def test_pager_is_rung_when_the_conference_is_over_and_pages(office: ContractOffice) -> None:
    conference = asked(office)
    office.attempt(treatment="refused", reason="conference")
    office.hang_up(conference)
    office.attempt(treatment="intercom")
    office.wait(lambda: not kept(office), "the call back to be done")
    for who in ("1001", "1002"):
        office.received(who)
    assert office.finish() == {"1001": {"1002"}, "1002": {"1001"}}


def test_pager_hears_that_it_will_be_called_back(office: ContractOffice) -> None:
    asked(office)
    forget(office)
    assert office.beeps("1001", (OVER, *NOTED, *OFFERED[1:]))[-2:] == [*NOTED]


def test_pager_that_presses_nothing_hears_the_offer_and_gets_the_cause(office: ContractOffice) -> None:
    conference = office.call("1002", "3001")
    assert refused(office) == "USER_BUSY"
    office.hang_up(conference)
    assert kept(office) == []
    assert office.beeps("1001", (OVER, *OFFERED))[-3:] == [OVER, *OFFERED]


@pytest.mark.parametrize("keys", ["4", "*5", "#5", "05", "**", "D5"])
def test_other_keys_ask_for_nothing(office: ContractOffice, keys: str) -> None:
    office.call("1002", "3001")
    assert refused(office, keys) == "USER_BUSY"
    assert kept(office) == []


def test_pager_that_is_on_a_call_is_rung_after_it(office: ContractOffice) -> None:
    conference = asked(office)
    call = office.call("1001", "9555")
    office.hang_up(conference)
    office.wait(lambda: not office.legs("1002@"), "the end of the conference")
    office.clock.sleep(1.0)
    assert [row["direction"] for row in office.legs("1001@")] == ["inbound"]
    assert treatments(office)[0] == "refused"
    office.hang_up(call)
    office.attempt(treatment="intercom")


def test_call_back_survives_a_restart(office: ContractOffice) -> None:
    conference = asked(office)
    office.kill_controller()
    office.hang_up(conference)
    office.start_controller()
    office.attempt(treatment="intercom")
    office.wait(lambda: not kept(office), "the call back to be done")
    assert treatments(office)[:2] == ["intercom", "refused"]


def test_call_back_that_has_expired_rings_nobody(office: ContractOffice) -> None:
    conference = asked(office)
    with database(office) as sql:
        sql.execute(
            "UPDATE call_backs SET asked_at = '2026-01-01 00:00:00', expires_at = '2026-01-01 00:30:00'"
        )
    office.wait(lambda: not kept(office), "the row to be deleted", 25)
    office.hang_up(conference)
    office.clock.sleep(1.0)
    assert not office.legs("1001@")
    assert treatments(office)[0] == "refused"


def test_second_press_for_the_same_target_is_one_call_back(office: ContractOffice) -> None:
    asked(office)
    assert refused(office, "5") == "USER_BUSY"
    assert kept(office) == [("1001", "1002")]


def test_pager_that_reaches_its_target_by_itself_is_not_rung(office: ContractOffice) -> None:
    conference = asked(office)
    office.call("1001", "3002")
    office.hang_up(conference)
    office.wait(lambda: not office.legs("1002@"), "the end of the conference")
    page = office.call("1001", "*191002")
    office.attempt(treatment="intercom")
    office.hang_up(page)
    office.wire.api("hupall")
    office.wait(lambda: not kept(office), "the call back to be over", 45)
    assert treatments(office)[:2] == ["intercom", "refused"]


def test_pages_off_and_missing_rights_are_refused_without_an_offer(office: ContractOffice) -> None:
    with database(office) as sql:
        sql.execute("INSERT INTO users (extension, domain, pages_off) VALUES ('1002', 'pbx.test', TRUE)")
        sql.execute(
            "INSERT INTO users (extension, domain, whisper_accept, intercom_accept) "
            "VALUES ('1003', 'pbx.test', 'none', 'none')"
        )
    for dialled in ("*191002", "*191003"):
        call = office.dial_early("1001", dialled)
        assert office.end_of(call) == "CALL_REJECTED"
        assert OVER in office.beeps("1001", (OVER,))
        assert OFFERED[1] not in office.beeps("1001", OFFERED[1:])


def test_key_is_heard_as_refused_when_no_controller_takes_it(office: ContractOffice) -> None:
    office.call("1002", "3001")
    call = office.dial_early("1001", "*191002")
    office.wait(lambda: offered(office, "1001"), "the offer of a call back")
    office.kill_controller()
    office.press(call, "5")
    assert office.end_of(call) == "USER_BUSY"
    office.start_controller()
    assert kept(office) == []
    assert office.beeps("1001", (OVER, NOTED[-1]))[-1] == OVER


def test_key_is_heard_as_refused_when_the_controller_that_took_it_dies(office: ContractOffice) -> None:
    office.call("1002", "3001")
    call = office.dial_early("1001", "*191002")
    office.wait(lambda: offered(office, "1001"), "the offer of a call back")
    task = f"sched_del whisperpage-pages-{office.leg('1001')}"
    office.kill_controller()
    office.press(call, "5")
    office.wait(lambda: not office.wire.api(task).strip().endswith(" 0"), "the key")  # as a controller does
    begun = office.clock.monotonic()
    assert office.end_of(call) == "USER_BUSY"
    assert office.clock.monotonic() - begun > 8.0  # for so long a controller might still say what comes of it
    office.start_controller()
    assert office.beeps("1001", (OVER, NOTED[-1]))[-1] == OVER


def test_key_that_cannot_be_written_is_heard_as_refused_and_not_done_later(office: ContractOffice) -> None:
    office.call("1002", "3001")
    with database(office) as sql:
        call = office.dial_early("1001", "*191002")
        office.wait(lambda: offered(office, "1001"), "the offer of a call back")
        sql.execute("BEGIN IMMEDIATE")
        office.press(call, "5")
        assert office.end_of(call) == "USER_BUSY"
        sql.execute("ROLLBACK")
    office.clock.sleep(0.5)  # longer than the pause of a writer that waits for the lock
    assert kept(office) == []

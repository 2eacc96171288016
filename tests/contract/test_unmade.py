"""The connection breaks as a page is prepared, which is not made: a refusal, and no end of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.simulator.phones import PhoneCall
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

#: What the dialplan refuses with, four seconds after the request.
CAUSE = "NORMAL_TEMPORARY_FAILURE"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


def break_before(two: TwoSwitches, words: str, *, away: bool = False) -> list[str]:
    """Break the connection to the pager's switch when a command with these words comes, before it is run.

    `away`: the switch cannot be reached from then on. The command is in the returned list.
    """
    met: list[str] = []

    def broken(line: str, client: object) -> None:
        if words in line and not met:
            met.append(line)
            two.alpha.socket.faults.refused = away
            raise ConnectionAbortedError

    two.alpha.socket.faults.before = broken
    return met


@pytest.mark.parametrize("controllers", [1, 2])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("*191002", "elsewhere XML"),
        ("*191005", "elsewhere-rings XML"),
        ("*191003", "intercom XML"),
    ],
)
def test_page_that_was_marked_and_not_made_is_a_refusal_to_its_pager(
    two: TwoSwitches, number: str, words: str, controllers: int
) -> None:
    for _ in range(controllers):
        two.start()
    two.target_calls()
    met = break_before(two, words)
    pager = two.alpha.dial("1001", number)
    two.settle(lambda: pager.over, "the refusal")
    assert met
    assert pager.cause == CAUSE
    assert [sound.endswith("480,620);loops=6") for sound in two.heard("1001")] == [True]
    two.settle(lambda: two.attempts()[0].ended_at, "the history")
    [record] = two.attempts()
    assert (record.answered_at, record.cause) == (None, CAUSE)
    assert record.reason or record.ending == "unanswered"


def test_page_that_was_marked_and_not_made_is_refused_in_the_history_of_who_sees_it(two: TwoSwitches) -> None:
    _, beside = two.start(), two.start()
    two.target_calls()
    met = break_before(two, "elsewhere XML", away=True)
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: met and two.attempts()[0].ended_at, "the history")
    two.alpha.socket.faults.heal()
    two.settle(lambda: at(beside, "alpha").link.state == "up", "the switch")
    [record] = two.attempts()
    assert (record.treatment, record.reason) == ("refused", "not_arrived")


@pytest.mark.parametrize(
    ("number", "ending"),
    [("*191002", "pager_hung_up"), ("*191005", "pager_hung_up"), ("*191003", "unanswered")],
)
def test_pager_that_hangs_up_while_its_page_is_decided_is_no_trouble_of_the_switch(
    two: TwoSwitches, number: str, ending: str
) -> None:
    two.start()
    two.target_calls()
    pagers: list[PhoneCall] = []

    def hang_up(line: str, client: object) -> None:
        if f"user_data {number[3:]}@" in line and pagers:
            pagers.pop().hang_up()

    two.alpha.socket.faults.before = hang_up
    pagers.append(two.alpha.dial("1001", number))
    two.settle(lambda: not pagers and two.attempts() and two.attempts()[0].ended_at, "the history")
    two.clock.sleep(1)
    [record] = two.attempts()
    assert (record.reason, record.ending) == (None, ending)
    assert not two.page_legs()

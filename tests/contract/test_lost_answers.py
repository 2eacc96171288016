"""The database makes a change, and its connection breaks before the controller hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.app import Controller
from controller.domain.record import PageRecord
from controller.errors import DatabaseUnavailable
from tests.contract.gathering import GROUP
from tests.contract.test_groups_switches import Yards
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


def lose(ask: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The same question, whose first answers are lost."""
    left = [times]

    def asked(*given: Any) -> Any:
        told = ask(*given)
        left[0] -= 1
        if left[0] >= 0:
            raise DatabaseUnavailable("the connection broke before the answer came")
        return told

    return asked


def lose_arrivals(controller: Controller, times: int) -> None:
    claiming = at(controller, "beta").requests._claiming
    claiming._accept = lose(claiming._accept, times)  # type: ignore[method-assign]


def lose_claims(controller: Controller, times: int) -> None:
    claiming = at(controller, "alpha").requests._claiming
    claiming._claim = lose(claiming._claim, times)  # type: ignore[method-assign]


def test_page_that_has_arrived_is_made_if_the_answer_to_that_is_lost(two: TwoSwitches) -> None:
    lose_arrivals(two.start(), 1)
    two.target_calls()
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: two.paged, "the page")
    assert two.attempts()[0].treatment == "whisper"


def test_page_that_has_arrived_and_is_turned_away_is_refused_in_the_history(two: TwoSwitches) -> None:
    lose_arrivals(two.start(), 3)
    two.target_calls()
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: pager.over, "the refusal")
    two.settle(lambda: two.attempts()[0].ended_at, "the history")
    assert two.attempts()[0].reason == "store_trouble"


def lose_what_has_begun(controller: Controller, times: int) -> None:
    claiming = at(controller, "beta").requests._claiming
    claiming._attempt = lose(claiming._attempt, times)  # type: ignore[method-assign]


def test_page_that_has_arrived_is_made_if_its_record_is_read_at_the_second_try(two: TwoSwitches) -> None:
    lose_what_has_begun(two.start(), 1)
    pager = two.alpha.dial("1001", "*191005")
    two.settle(lambda: pager.up, "the call")
    assert two.attempts()[0].treatment == "intercom"


def test_phone_is_not_called_if_nobody_knows_whether_it_is_for_a_page_group(tmp_path: Path) -> None:
    with closing(Yards(tmp_path, ("1005",))) as yards:
        lose_what_has_begun(yards.controller, 2)
        yards.alpha.dial("1001", GROUP)
        yards.settle(lambda: len(yards.attempts()) == 2, "the rows")
        yards.settle(lambda: all(each.ended_at for each in yards.attempts()), "the refusal")
        [part] = [each for each in yards.attempts() if each.part_of]
        assert part.reason == "store_trouble"
        assert not yards.beta.phone("1005").calls


@pytest.mark.parametrize(("number", "treatment"), [("*191002", "whisper"), ("*191003", "intercom")])
def test_page_is_made_if_the_answer_to_its_claim_is_lost(
    two: TwoSwitches, number: str, treatment: str
) -> None:
    lose_claims(two.start(), 1)
    two.target_calls()
    pager = two.alpha.dial("1001", number)
    two.settle(lambda: pager.up, "the page")
    assert two.attempts()[0].treatment == treatment


def test_refusal_is_given_if_the_answer_to_its_claim_is_lost(two: TwoSwitches) -> None:
    lose_claims(two.start(), 1)
    pager = two.alpha.dial("1001", "*191001")
    two.settle(lambda: pager.over, "the refusal")
    [record] = two.attempts()
    assert (record.reason, record.cause) == ("oneself", pager.cause)
    assert sum("480,620" in sound for sound in two.heard("1001")) == 1


def test_no_page_is_begun_for_a_pager_that_has_hung_up_before_its_claim_is_known(two: TwoSwitches) -> None:
    lose_claims(two.start(), 1)
    call, begun = two.alpha.dial("1003", "9255"), list[str]()
    two.settle(lambda: call.leg.link, "the call")
    two.alpha.switch.listen(lambda event: begun.append(event.get("Channel-Name")))
    pager = two.alpha.dial("1001", "*191003")
    two.settle(two.attempts, "the claim")
    pager.hang_up()
    two.settle(lambda: two.attempts()[0].ended_at, "the end of the row", 5)
    assert not [name for name in begun if name.startswith("loopback/")]


def test_page_of_another_controller_is_left_to_it(two: TwoSwitches) -> None:
    first, second = two.start(), two.start()
    two.target_calls()
    claiming = at(second, "alpha").requests._claiming
    claim = claiming._claim

    def late(record: PageRecord) -> bool:
        two.clock.sleep(0.05)  # the other one has claimed it
        return claim(record)

    claiming._claim = lose(late, 1)  # type: ignore[method-assign]
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: two.paged, "the page")
    two.clock.sleep(2)
    assert two.paged
    [record] = two.attempts()
    assert (record.treatment, record.reason) == ("whisper", None)
    assert at(first, "alpha").metrics.refusals == at(second, "alpha").metrics.refusals

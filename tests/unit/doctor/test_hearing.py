"""Who should hear whom, and the checks if somebody hears too little or too much."""

from __future__ import annotations

import pytest

from controller.doctor.hearing import AFTER, BEFORE, CONTROL, Moment, Observation, moments, page
from controller.switch.topology import Pair, Party
from controller.switch.whisper import WHISPER

PAGE = page(WHISPER)
MOMENTS = moments(WHISPER)


def wrong(moment: Moment, *, more: set[Pair] = set(), less: set[Pair] = set()) -> list[str]:  # noqa: B006
    checks = Observation(moment, (moment.hears | more) - less).checks("switch")
    return [f"{each.what}: {each.found}. {each.fix}" for each in checks if not each.right]


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_heard_as_it_should_be_is_right(moment: Moment) -> None:
    assert wrong(moment) == []
    assert Observation(moment, moment.hears).right


def test_a_page_is_the_matrix_of_p1() -> None:
    found = {each.what: each.found for each in Observation(PAGE, PAGE.hears).checks("switch")}
    assert found == {
        "page: pager hears pager": "no",
        "page: pager hears target": "yes",
        "page: pager hears far party": "no",
        "page: target hears pager": "yes",
        "page: target hears target": "no",
        "page: target hears far party": "yes",
        "page: far party hears pager": "no",
        "page: far party hears target": "yes",
        "page: far party hears far party": "no",
    }


@pytest.mark.parametrize(
    "leak", [(Party.FAR, Party.PAGER), (Party.PAGER, Party.FAR), (Party.PAGER, Party.PAGER)]
)
def test_a_leak_in_a_page_says_not_to_page_there(leak: Pair) -> None:
    [told] = wrong(PAGE, more={leak})
    assert told.startswith("page: {} hears {}: yes. Do not page on this switch".format(*leak))


def test_silence_in_a_page_is_another_trouble_than_a_leak() -> None:
    [told] = wrong(PAGE, less={(Party.PAGER, Party.TARGET)})
    assert told.startswith("page: pager hears target: no. A page on this switch has no sound")


@pytest.mark.parametrize(
    ("moment", "says"),
    [(CONTROL, "cannot be tried"), (BEFORE, "does not sound"), (AFTER, "not as it was before")],
)
def test_faults_before_and_after_a_page_are_distinguished(moment: Moment, says: str) -> None:
    [told] = wrong(moment, less={min(moment.hears)})
    assert says in told


def test_whoever_must_not_be_heard_in_the_page_was_heard_quietly_by_the_same_ears() -> None:
    silent = {(Party.PAGER, Party.FAR), (Party.FAR, Party.PAGER)}
    assert silent.isdisjoint(PAGE.hears)
    assert silent == CONTROL.hears
    assert CONTROL.quiet
    assert not PAGE.quiet

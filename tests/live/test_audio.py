"""P1 and P2: who hears whom, measured."""

from __future__ import annotations

import pytest

from tests.live.levels import CODECS, Plain, page_is_heard_as_a_plain_call
from tests.live.office import Office


@pytest.fixture(scope="session")
def plain() -> Plain:
    """The levels in plain calls, as far as they were measured."""
    return {}


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_the_target_hears_both_and_they_do_not_hear_each_other(
    office: Office, plain: Plain, direction: str, target: str, pager: str
) -> None:
    page_is_heard_as_a_plain_call(office, plain, direction, target, pager)

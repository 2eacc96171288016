"""On, off, or the other."""

from __future__ import annotations

import pytest

from controller.domain.toggle import Toggle


@pytest.mark.parametrize(
    ("toggle", "now", "after"),
    [
        (Toggle.ON, False, True),
        (Toggle.ON, True, True),
        (Toggle.OFF, False, False),
        (Toggle.OFF, True, False),
        (Toggle.FLIP, False, True),
        (Toggle.FLIP, True, False),
    ],
)
def test_what_is_on_or_off_becomes_what_is_wanted(toggle: Toggle, now: bool, after: bool) -> None:
    assert toggle.after(now) is after

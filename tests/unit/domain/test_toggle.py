"""The wish to switch on, to switch off, or to change."""

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
def test_the_new_state_is_the_wanted_one(toggle: Toggle, now: bool, after: bool) -> None:
    assert toggle.after(now) is after

"""Simulated time."""

from __future__ import annotations

from controller.simulator.office import Office
from tests.virtual import VirtualClock


def test_sounds_can_be_short_while_all_other_waits_are_not() -> None:
    clock = VirtualClock()
    with Office(clock=clock, tempo=1000) as office:
        began = clock.monotonic()
        call = office.dial("1001", "*191001")
        office.settle(lambda: call.early or call.over, "the reorder tone, which may be over by then")
        heard = clock.monotonic()
        office.settle(lambda: call.over, "the end")
        assert heard - began > 4  # for which nobody has taken it
        assert clock.monotonic() - heard < 3  # for which the tone would last
    clock.close()

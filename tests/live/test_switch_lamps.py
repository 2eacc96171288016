"""Lamps of pages across two real switches: a phone at either switch is told."""

from __future__ import annotations

import time
from contextlib import ExitStack

from controller.laboratory.office import DOMAIN
from tests.live.office import wait_for
from tests.live.test_keys import press
from tests.live.two import ALPHA, BETA, TwoOffice
from tests.live.watcher import Watcher

OFFICE = TwoOffice


def test_phones_at_both_switches_see_a_page_and_mute_also_through_the_death_of_a_controller(
    office: TwoOffice,
) -> None:
    office.target_calls()
    with ExitStack() as stack:

        def watch(lamp: str) -> list[Watcher]:
            """A key of a phone at each switch."""
            keys = [Watcher("1003", f"{lamp}+1002@{DOMAIN}", host=host) for host in (ALPHA, BETA)]
            return [stack.enter_context(key) for key in keys]

        def are(keys: list[Watcher], lit: bool, what: str) -> None:
            wait_for(lambda: [key.lit for key in keys] == [lit, lit], f"the lamps to {what}")

        page, mute = watch("whisper"), watch("whispermute")
        are(page, False, "be dark at first")
        pager = office.page()
        up = time.monotonic()
        are(page, True, "show the page")
        print(f"lit at both {1000 * (time.monotonic() - up):.0f} ms after the page was seen")
        are(watch("whisper"), True, "show the page to phones that subscribe later")
        for lit in (True, False):
            press(office, "*5")
            are(mute, lit, "follow the key of mute")
        assert [key.told for key in page] == [[False, True]] * 2
        office.kill_controller()
        office.lab.phone_switch.api(f"uuid_kill {pager}")
        wait_for(lambda: not office.page_legs(), "the end of the page")
        assert [key.lit for key in page] == [True, True]
        office.start_controller()
        are(page, False, "be dark after a page that has ended without a controller")
        office.page()
        are(page, True, "show the next page")

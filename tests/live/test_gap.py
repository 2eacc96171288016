"""The gap in the target's voice for the far party when a page begins, compared with a recording."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.live.handset import Handset
from tests.live.office import Office, wait_for

#: Silence in PCMU: plus zero and minus zero.
SILENCE = {0xFF, 0x7F}
#: The number of measurements of each kind; the median counts, since a busy machine has gaps of its own.
TIMES = 5
#: The gap of a page may be one and a half times that of a recording.
AT_MOST = 1.5


def gap(phone: Handset, begin: Callable[[], object]) -> float:
    """The longest time in milliseconds between two packets of speech, during and after an action."""
    before = len(phone.packets) - 1
    begin()
    time.sleep(1)  # the time that is measured
    speech = [at for at, payload in phone.packets[before:] if not set(payload) <= SILENCE]
    return max(later - earlier for earlier, later in pairwise(speech)) / 1e6


def test_far_party_misses_no_more_at_a_time_than_by_a_recording(office: Office, tmp_path: Path) -> None:
    customer = office.handset("customer")
    assert customer.call("1002") == 200
    office.talking(1002)
    leg = office.leg(1002)
    recorded, paged, ended = [], [], []
    for number in range(TIMES):
        file = tmp_path / f"{number}.wav"
        recorded.append(gap(customer, lambda: office.lab.pbx.api(f"uuid_record {leg} start {file}")))  # noqa: B023
        assert office.lab.pbx.api(f"uuid_record {leg} stop {file}") == "+OK Success"
        pagers: list[str] = []
        paged.append(gap(customer, lambda: pagers.append(office.page())))  # noqa: B023
        ended.append(gap(customer, lambda: office.lab.phone_switch.api(f"uuid_kill {pagers[0]}")))  # noqa: B023
        wait_for(office.page_is_gone, "the page to be gone")
    found = f"recording {recorded}, page {paged}, its end {ended}"
    assert median(recorded) > 30, found  # else the measurement has failed
    assert median(paged) <= AT_MOST * median(recorded), found
    assert median(ended) <= AT_MOST * median(recorded), found

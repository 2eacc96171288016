"""P1 and P2: who hears whom, measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.live.office import PAGE_TONE, PLAIN, Office
from tests.switchlab import level, read_wave

CODECS = ("PCMU", "G722", "OPUS")


def hears_page_tone(office: Office, name: str) -> float:
    """Seconds of the page's tone in a recording."""
    newest = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
    samples, rate = read_wave(str(newest))
    window = rate // 20
    starts = range(0, len(samples) - window, window)
    return 0.05 * sum(level(samples[at : at + window], rate, PAGE_TONE) > PLAIN - 12 for at in starts)


def heard(office: Office, name: str) -> set[str]:
    """Who is heard as in a plain call. Between that and silence there must be nobody."""
    levels = {
        who: value for who, value in office.lab.hears(name).items() if who in ("1001", "1002", "customer")
    }
    clear = {who for who, value in levels.items() if abs(value - PLAIN) <= 6}
    leaks = {who: value for who, value in levels.items() if who not in clear and value > PLAIN - 40}
    assert not leaks, f"{name} hears what it should not: {levels}"
    return clear


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_the_target_hears_both_and_neither_of_them_the_other(
    office: Office, direction: str, target: str, pager: str
) -> None:
    getattr(office, direction)(codec=target)
    office.page(codec=pager)
    time.sleep(2.5)  # what is measured is time: this much of it is recorded
    office.lab.hang_up_all()
    name = "target" if direction == "target_calls" else "in-1002-*"
    assert heard(office, name) == {"1001", "customer"}
    assert heard(office, "pager") == {"1002"}
    assert heard(office, "customer-*") == {"1002"}
    assert 0.3 <= hears_page_tone(office, name) <= 0.5
    assert 0.3 <= hears_page_tone(office, "pager") <= 0.5
    assert hears_page_tone(office, "customer-*") == 0

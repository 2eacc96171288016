"""P13: what pager and target hear of each other is as good as both their phones are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from controller.laboratory.office import PHONES
from tests.live.levels import CODECS, recording_of_target
from tests.live.office import PLAIN, Office

#: Hz of the pager's and the target's tones here: no telephone of 8 kHz carries them.
PAGER, TARGET = 5500, 6100
WIDEBAND = ("G722", "OPUS")
#: dB by which a page may differ from a plain call.
ALIKE = 6
#: dB by which what must not be heard is below what is.
ISOLATION = 40
#: Levels in dBFS, by listener and speaker.
Heard = dict[str, dict[str, float]]
#: What is heard in plain calls, by direction and codec, once each was measured.
Plain = dict[tuple[str, str], Heard]


@pytest.fixture(scope="module", autouse=True)
def tones() -> Iterator[None]:
    """Pager and target have tones that only wideband codecs carry."""
    with patch.dict(PHONES, {1001: (PHONES[1001][0], PAGER), 1002: (PHONES[1002][0], TARGET)}):
        yield


@pytest.fixture(scope="module")
def plain() -> Plain:
    return {}


def heard(office: Office, direction: str) -> Heard:
    """Who hears which tone at which level, once all have hung up; a rate too low for a tone is silence."""
    names = {"target": recording_of_target(direction), "customer": "customer-*"}
    return {who: office.lab.hears(name) for who, name in names.items()}


def pager_and_target_hear_each_other(
    office: Office, plain: Plain, direction: str, target: str, pager: str, within: float = ALIKE
) -> None:
    """Make a call and a page; assert that HD is heard if both codecs have it, `within` so many dB."""
    if (direction, target) not in plain:
        getattr(office, direction)(codec=target)
        time.sleep(2.2)  # what is measured is time: this much of it is recorded
        office.lab.hang_up_all()
        plain[direction, target] = heard(office, direction)
    getattr(office, direction)(codec=target)
    office.page(codec=pager)
    time.sleep(2.5)
    office.lab.hang_up_all()
    found = heard(office, direction) | {"pager": office.lab.hears("pager")}
    both = target in WIDEBAND and pager in WIDEBAND
    in_plain_call = plain[direction, target]
    of_target, of_pager = found["pager"].get("1002", -200.0), found["target"].get("1001", -200.0)
    if both:
        assert abs(of_target - in_plain_call["customer"]["1002"]) <= within, found
        assert abs(of_pager - PLAIN) <= within, found
    else:
        assert max(of_target, of_pager) < PLAIN - ISOLATION, found
    assert found["customer"].get("1001", -200.0) < PLAIN - ISOLATION, found
    assert found["pager"]["customer"] < PLAIN - ISOLATION, found
    assert abs(found["target"]["customer"] - in_plain_call["target"]["customer"]) <= ALIKE, found


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_pager_and_target_hear_each_other_as_well_as_both_phones_can(
    office: Office, plain: Plain, direction: str, target: str, pager: str
) -> None:
    pager_and_target_hear_each_other(office, plain, direction, target, pager)

"""P13, C1: across switches, pager and target hear each other in HD if both phones have it."""

from __future__ import annotations

import pytest

from tests.live import test_hd as hd
from tests.live.levels import CODECS
from tests.live.two import TwoOffice

OFFICE = TwoOffice

tones = hd.tones
plain = hd.plain


@pytest.mark.parametrize("pager", CODECS)
@pytest.mark.parametrize("target", CODECS)
def test_pager_and_target_hear_each_other_as_well_as_both_phones_can(
    office: TwoOffice, plain: hd.Plain, target: str, pager: str
) -> None:
    # an Opus call is 6 dB louder at each of its ends (mod_opus), and the pager's has two
    hd.pager_and_target_hear_each_other(office, plain, "target_calls", target, pager, within=7)

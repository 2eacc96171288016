"""The headers that make a phone answer by itself."""

from __future__ import annotations

import pytest

from controller.simulator.behaviour import obeys

ALERT = "<http://pbx.test>;info=alert-autoanswer;delay=0"


@pytest.mark.parametrize(
    ("agent", "headers", "takes"),
    [
        ("PolycomVVX-VVX_411-UA/5.9.5.0614", {"Alert-Info": "<http://x>;info=Auto Answer"}, True),
        ("PolycomVVX-VVX_411-UA/5.9.5.0614", {"Alert-Info": ALERT}, False),
        ("snomD785/10.1.84.12", {"Alert-Info": ALERT}, True),
        ("Yealink SIP-T46S 66.85.0.5", {"Call-Info": "<sip:x>;answer-after=0"}, True),
        ("Yealink SIP-T46S 66.85.0.5", {}, False),
        ("LinphoneDesktop/5.2.3", {"Alert-Info": ALERT, "Call-Info": "<sip:x>;answer-after=0"}, False),
    ],
)
def test_phone_obeys_the_headers_of_its_vendor(agent: str, headers: dict[str, str], takes: bool) -> None:
    assert obeys(agent)(headers) is takes

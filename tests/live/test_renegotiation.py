"""A phone changes its codec in the midst of a page, by a re-INVITE."""

from __future__ import annotations

import json
import time

import pytest

from tests.live.office import PLAIN, Office

#: Seconds after which everybody must hear what they heard before, and that are then measured.
AGAIN, MEASURED = 1.0, 1.9
#: dB by which it may be louder or lower, and by which what must not be heard is below that.
ALIKE, ISOLATION = 6, 40
#: dBFS of the client to a target that has Opus, in a plain call.
OPUS = -10.2
OK = "+OK Success"


def phones(office: Office) -> dict[str, str]:
    """The phones' own legs, on the phone switch."""
    rows = json.loads(office.lab.phone_switch.api("show channels as json"))["rows"]
    legs = {"pager": "*19", "customer": "sofia/customer/"}
    found = {who: next(row["uuid"] for row in rows if name in row["name"]) for who, name in legs.items()}
    return found | {"target": office.target_phone()}


def heard(office: Office) -> dict[str, dict[str, float]]:
    """Who hears whom from now on, in dBFS; then all hang up.

    By recordings that begin now: one that ran as its phone changed its codec is wrong from there on.
    """
    for who, leg in phones(office).items():
        office.lab.phone_switch.api(f"uuid_record {leg} start {office.lab.recordings}/after-{who}.wav")
    time.sleep(MEASURED)  # what is measured is time: this much of it is recorded
    assert office.whispering()
    office.lab.hang_up_all()
    return {
        who: office.lab.hears(f"after-{who}", last=1.2, skip=0.2) for who in ("target", "pager", "customer")
    }


def as_before(found: dict[str, dict[str, float]], client: float) -> None:
    """Assert that each hears the right parties, and the target its client as loud as in a plain call."""
    assert abs(found["target"]["1001"] - PLAIN) < ALIKE, found
    assert abs(found["target"]["customer"] - client) < ALIKE, found
    assert abs(found["pager"]["1002"] - PLAIN) < ALIKE, found
    assert abs(found["customer"]["1002"] - PLAIN) < ALIKE, found
    assert found["pager"]["customer"] < PLAIN - ISOLATION, found
    assert found["customer"]["1001"] < PLAIN - ISOLATION, found


@pytest.mark.parametrize("changes", [1, 2, 3])
@pytest.mark.parametrize(
    ("who", "target", "pager", "other"),
    [
        ("pager", "G722", "G722", "PCMU"),
        ("pager", "PCMU", "G722", "PCMU"),
        ("pager", "PCMU", "PCMU", "G722"),
        ("target", "PCMU", "G722", "G722"),
        ("target", "G722", "PCMU", "PCMU"),
        ("target", "G722", "G722", "PCMU"),
        ("pager", "OPUS", "OPUS", "G722"),
        ("pager", "OPUS", "OPUS", "PCMU"),
    ],
)
def test_page_is_heard_as_before_within_a_second(
    office: Office, who: str, target: str, pager: str, other: str, changes: int
) -> None:
    office.target_calls(codec=target)
    office.page(codec=pager)
    codecs = [other, target if who == "target" else pager, other][:changes]
    for codec in codecs:
        time.sleep(1)
        assert office.lab.phone_switch.api(f"uuid_media_reneg {phones(office)[who]} ={codec}") == OK
    time.sleep(AGAIN)
    as_before(heard(office), client=OPUS if target == "OPUS" else PLAIN)


@pytest.mark.parametrize("other", ["G722", "PCMU"])
def test_page_of_opus_is_heard_as_before_where_the_target_becomes_slower(office: Office, other: str) -> None:
    """Back to Opus, a client hears its target at a third of the pitch, without a page as well."""
    office.target_calls(codec="OPUS")
    office.page(codec="OPUS")
    assert office.lab.phone_switch.api(f"uuid_media_reneg {phones(office)['target']} ={other}") == OK
    time.sleep(AGAIN)
    as_before(heard(office), client=OPUS)

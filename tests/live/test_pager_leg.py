"""P6: the pager's leg can do nothing but hang up."""

from __future__ import annotations

import json
from urllib.parse import quote

from tests.live.office import PLAIN, Office, wait_for


def names(office: Office) -> set[str]:
    return {row["uuid"] for row in office.lab.channels()}


def test_hold_has_no_effect(office: Office) -> None:
    office.target_calls()
    phone = office.page()
    with office.watching("CHANNEL_HOLD") as esl:
        office.lab.bank.api(f"uuid_hold {phone}")
        assert esl.event(1.5) is None
    assert office.whispering()
    office.lab.hang_up_all()
    assert office.lab.hears("target")["customer"] > PLAIN - 6
    assert office.lab.hears("customer-*")["1002"] > PLAIN - 6


def test_blind_transfer_ends_the_page_and_rings_nobody(office: Office) -> None:
    office.target_calls()
    phone = office.page()
    target = office.leg(1002)
    office.lab.bank.api(f"uuid_deflect {phone} sip:1003@pbx.test")
    wait_for(lambda: not office.page_legs(), "the page to be gone")
    assert not office.lab.channels(presence_id="1003@")
    assert office.partner(target)
    assert not office.bugs(target)


def test_attended_transfer_is_denied(office: Office) -> None:
    office.target_calls()
    phone = office.page()
    office.lab.dial(1001, "1003", "consultation", wait=0.5)
    other = json.loads(office.lab.pbx.api(f"uuid_dump {office.leg(1001)} json"))
    replaces = quote(
        f"{other['variable_sip_call_id']};to-tag={other['variable_sip_to_tag']};"
        f"from-tag={other['variable_sip_from_tag']}",
        safe="",
    )
    answer = office.lab.bank.api(f"uuid_deflect {phone} <sip:1003@127.0.0.1:5060?Replaces={replaces}>")
    assert "403" in answer, answer
    third = office.leg(1003)
    assert office.whispering()
    assert office.partner(third) != office.leg(1002)


def test_another_program_transfers_the_pager(office: Office) -> None:
    office.target_calls()
    office.page()
    target = office.leg(1002)
    office.lab.pbx.api(f"uuid_transfer {office.leg(1001)} 1003 XML default")
    wait_for(lambda: not office.page_legs(), "the page to be gone")
    assert office.partner(target)
    assert not office.bugs(target)


def test_somebody_joins_the_pagers_leg(office: Office) -> None:
    office.target_calls()
    office.page()
    target = office.leg(1002)
    office.dial(f"tw-{office.leg(1001)}", extension=1003, name="third")
    wait_for(lambda: not office.page_legs(), "the page to be gone")
    wait_for(lambda: not office.bugs(target), "the target's leg to be clean")

"""The contract, displays: the pager's phone never shows the target's far party."""

from __future__ import annotations

import pytest

from tests.contract.office import ContractOffice


def shown(office: ContractOffice, leg: str) -> tuple[str, str]:
    """The name and number that a leg's phone got last."""
    told = (office.wire.api(f"uuid_getvar {leg} last_sent_callee_id_{what}") for what in ("name", "number"))
    name, number = (each.strip() for each in told)
    return name, number


@pytest.mark.parametrize(("number", "codec"), [("9555", "PCMU"), ("1003", "PCMU"), ("9555", "G722")])
def test_pagers_phone_shows_the_target_and_the_targets_phone_its_far_party(
    office: ContractOffice, number: str, codec: str
) -> None:
    office.codecs = {"1001": codec, "1002": codec}
    office.target_calls(number)
    target = office.leg("1002")
    office.wait(lambda: "_undef_" not in shown(office, target), "the far party to be shown")
    before = shown(office, target)
    office.page()
    pager = office.leg("1001")
    office.wait(lambda: shown(office, pager) == ("Paging 1002", "1002"), "the pager to be told")
    assert shown(office, target) == before
    assert office.wire.api(f"uuid_display {target} Somebody else|5551") == "+OK Success\n"
    assert shown(office, target) == ("Somebody else", "5551")
    assert shown(office, pager) == ("Paging 1002", "1002")
    assert office.whispering()

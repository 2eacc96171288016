"""The contract, displays: the pager's phone never shows the target's far party."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.office import ContractOffice, SimulatedOffice


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


def test_simulated_target_is_shown_the_page_and_then_its_far_party_again(tmp_path: Path) -> None:
    """On a real phone: tests/live/test_displays.py."""
    office = SimulatedOffice(tmp_path, show_on_displays=True)
    office.target_calls()
    target = office.leg("1002")
    office.wait(lambda: "_undef_" not in shown(office, target), "the far party to be shown")
    before = shown(office, target)
    pager = office.page()
    office.wait(lambda: shown(office, target) == ("Page from 1001", "1001"), "the page to be shown")
    office.hang_up(pager)
    office.wait(lambda: shown(office, target) == before, "the far party to be shown again")
    office.close()

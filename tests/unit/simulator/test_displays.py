"""The displays of phones, as measured on FreeSWITCH 1.10.12."""

from __future__ import annotations

from pathlib import Path

from controller.simulator.office import CUSTOMER, Office
from tests.unit.simulator.conftest import change_dialplan, page, talk

CLIENT = ("555", "555")


def test_each_end_of_a_call_shows_the_other(office: Office) -> None:
    target = talk(office)
    assert target.leg.displayed == [CLIENT]
    assert office.phone(CUSTOMER).calls[0].leg.displayed == [("1002", "1002")]


def test_pager_is_shown_whom_it_pages_and_the_target_goes_on_to_show_its_client(office: Office) -> None:
    made = page(office)
    assert made.pager.leg.displayed == [("Paging 1002", "1002")]
    assert made.target.leg.displayed == [CLIENT]


def test_pagers_phone_does_not_show_what_the_targets_phone_shows(office: Office) -> None:
    made = page(office)
    assert made.api(f"uuid_display {made.target.leg.uuid} Somebody|5551") == "+OK Success\n"
    assert made.target.leg.displayed[-1] == ("Somebody", "5551")
    assert made.pager.leg.displayed == [("Paging 1002", "1002")]


def test_pager_would_get_the_display_from_an_eavesdropper_that_passes_it_on(
    office: Office, tmp_path: Path
) -> None:
    change_dialplan(office, tmp_path, "ignore_display_updates=true", "ignore_display_updates=false")
    made = page(office)
    made.api(f"uuid_display {made.target.leg.uuid} Somebody|5551")
    assert made.pager.leg.displayed[-1] == ("Somebody", "5551")


def test_a_hook_of_a_leg_that_has_gone_shows_what_was_shown_before(office: Office) -> None:
    made = page(office)
    again = f"uuid_display {made.target.leg.uuid} Client|555"
    made.api(f"uuid_setvar {made.mark.relay} api_reporting_hook {again}")
    made.api(f"uuid_kill {made.mark.relay}")
    office.settle(lambda: made.target.leg.displayed[-1] == ("Client", "555"), "the client to be shown")

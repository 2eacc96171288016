"""The displays of the phones in a page: a Yealink gets its text in UPDATE, a FreeSWITCH in INFO."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.office import Office, wait_for
from tests.live.sipp import Sipp
from tests.live.test_keys import press


def talking(office: Office, extension: int, number: str, folder: Path) -> Sipp:
    """A phone with a display that calls a number at its switch."""
    return Sipp("talk", str(extension), number, folder, office.address(extension))


def shown(office: Office, extension: int, name: str, number: str) -> str:
    """What the phone of an extension is told to show."""
    return f'UPDATE "{name}" <sip:{number}@{office.address(extension)}>'


@pytest.fixture(params=[True, False])
def shows(office: Office, request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the controller shows pages on displays."""
    office.environment["WHISPERPAGE_SHOW_ON_DISPLAYS"] = str(request.param)
    office.kill_controller()
    office.start_controller()
    yield request.param
    del office.environment["WHISPERPAGE_SHOW_ON_DISPLAYS"]
    office.kill_controller()
    office.start_controller()


def test_target_is_shown_the_page_and_then_its_client_again(
    office: Office, shows: bool, tmp_path: Path
) -> None:
    with talking(office, 1002, "9555", tmp_path) as phone:
        wait_for(lambda: phone.told[1:], "the client to be shown")
        assert phone.told == ["talks", shown(office, 1002, "555", "555")]
        pager = office.page()
        if shows:
            wait_for(lambda: phone.told[2:], "the page to be shown")
            assert phone.told[2:] == [shown(office, 1002, "Page from 1001", "1001")]
        target = office.leg(1002)
        assert office.whispering()
        office.lab.phone_switch.api(f"uuid_kill {pager}")
        wait_for(office.page_is_gone, "the page to be gone")
        if shows:
            wait_for(lambda: phone.told[3:], "the client to be shown again")
            assert phone.told[3:] == [shown(office, 1002, "555", "555")]
        assert office.partner(target)
        assert len(phone.told) == (4 if shows else 2)


@pytest.mark.parametrize("how", ["target_calls", "customer_calls"])
def test_pager_is_shown_whom_it_pages_and_never_who_is_talking_to_it(
    office: Office, shows: bool, how: str, tmp_path: Path
) -> None:
    getattr(office, how)()
    with talking(office, 1001, "*191002", tmp_path) as phone:
        wait_for(office.whispering, "the page")
        wait_for(lambda: phone.told[1:], "the pager to be told")
        office.lab.pbx.api(f"uuid_display {office.leg(1002)} Somebody else|5551")
        office.lab.phone_switch.api(f"uuid_kill {office.target_phone()}")
        wait_for(office.page_is_gone, "the page to be gone")
        assert phone.told == ["talks", shown(office, 1001, "Paging 1002", "1002"), "BYE"]


def test_pager_is_shown_the_reply_before_its_call_ends(office: Office, shows: bool, tmp_path: Path) -> None:
    office.target_calls()
    with talking(office, 1001, "*191002", tmp_path) as phone:
        wait_for(lambda: office.page_legs() and office.keyed(), "the target's keys")
        press(office, "*2")
        wait_for(lambda: phone.told[-1] == "BYE", "the end of the pager's call")
        reply = [shown(office, 1001, "1002 - five minutes", "1002")] if shows else []
        assert phone.told == ["talks", shown(office, 1001, "Paging 1002", "1002"), *reply, "BYE"]
    assert office.last_attempt(ending="replied")["reply"] == "five minutes"


def test_display_is_put_right_without_a_controller(office: Office, shows: bool, tmp_path: Path) -> None:
    with talking(office, 1002, "9555", tmp_path) as phone:
        wait_for(lambda: phone.told[1:], "the client to be shown")
        pager = office.page()
        wait_for(lambda: office.history()[0]["answered_at"], "the page to be up")
        wait_for(lambda: not shows or phone.told[2:], "the page to be shown")
        office.kill_controller()
        office.lab.phone_switch.api(f"uuid_kill {pager}")
        wait_for(office.page_is_gone, "the page to be gone")
        wait_for(lambda: phone.told[-1] == shown(office, 1002, "555", "555"), "the client to be shown")
        office.start_controller()


def test_target_that_is_sent_elsewhere_is_not_shown_its_old_client(
    office: Office, shows: bool, tmp_path: Path
) -> None:
    with talking(office, 1002, "9555", tmp_path) as phone:
        wait_for(lambda: phone.told[1:], "the client to be shown")
        office.page()
        wait_for(lambda: not shows or phone.told[2:], "the page to be shown")
        before = len(phone.told)
        office.lab.pbx.api(f"uuid_transfer {office.leg(1002)} 9222 XML default")
        wait_for(lambda: phone.told[before:], "the new client to be shown")
        wait_for(office.page_is_gone, "the page to be gone")
        assert phone.told[before:] == [shown(office, 1002, "222", "222")]

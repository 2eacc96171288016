"""P8, P9: lamps as an independent SIP stack sees them, and how soon they change."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controller.laboratory.office import DOMAIN
from tests.live.office import Office, wait_for
from tests.live.sipp import Sipp
from tests.live.watcher import Watcher

LIT, DARK = ">confirmed", "</dialog-info"


def press(office: Office, keys: str) -> None:
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} {keys}")


def test_sipp_sees_every_lamp_change(office: Office, tmp_path: Path) -> None:
    office.target_calls()
    lamps = [
        Sipp("watch", "1003", f"{lamp}+1002", tmp_path) for lamp in ("whisper", "whispermute", "whisperoff")
    ]
    with lamps[0] as page, lamps[1] as mute, lamps[2] as off:
        wait_for(lambda: page.told == mute.told == off.told == [DARK], "all lamps to be dark at first")
        office.page()
        wait_for(lambda: page.told[1:] == [LIT], "the page's lamp")
        for state in (LIT, DARK, LIT):
            press(office, "*5")
            wait_for(lambda wanted=state: mute.told[-1] == wanted, f"the lamp of mute to be {state}")
        press(office, "*7")
        wait_for(lambda: off.told[1:] == [LIT], "the lamp of off")
        wait_for(lambda: page.told[2:] == [DARK], "the page's lamp to be dark")
        wait_for(lambda: mute.told[1:] == [LIT, DARK, LIT, DARK], "the lamp of mute to be dark")
        office.whisperpage("users", "set", f"1002@{DOMAIN}", "--no-pages-off")
        wait_for(lambda: off.told[2:] == [DARK], "the lamp of off to follow the command line", 8)
        office.whisperpage("users", "remove", f"1002@{DOMAIN}")


@pytest.mark.parametrize("event", ["dialog", "presence"])
def test_lamp_is_lit_within_half_a_second_of_the_page_and_dark_within_one_of_its_end(
    office: Office, event: str
) -> None:
    office.target_calls()
    with Watcher("1003", f"whisper+1002@{DOMAIN}", event) as key:
        wait_for(lambda: key.lit is False, "the lamp to be dark at first")
        pager = office.page()
        up = time.monotonic()
        wait_for(lambda: key.lit, "the lamp to be lit")
        lit = time.monotonic() - up
        office.lab.phone_switch.api(f"uuid_kill {pager}")
        over = time.monotonic()
        wait_for(lambda: key.lit is False, "the lamp to be dark")
        dark = time.monotonic() - over
    print(
        f"{event}: lit {1000 * lit:.0f} ms after the page was seen, dark {1000 * dark:.0f} ms after its end"
    )
    assert lit < 0.5
    assert dark < 1


def test_two_controllers_switch_pages_off_once(office: Office) -> None:
    with office.second_controller(), Watcher("1003", f"whisperoff+1002@{DOMAIN}") as key:
        wait_for(lambda: key.lit is False, "the lamp to be dark at first")
        for lit in (True, False):
            leg = office.lab.dial(1002, "*20")
            wait_for(lambda wanted=lit: key.lit is wanted, "the lamp to follow")
            wait_for(
                lambda leg=leg: office.lab.phone_switch.api(f"uuid_exists {leg}") == "false",
                "the end of the call",
            )
            assert key.lit is lit
    office.whisperpage("users", "remove", f"1002@{DOMAIN}")

"""Whole pages on the configuration in freeswitch/, with the controller's login of least privilege."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.live.office import wait_for
from tests.live.parties import page_is_heard
from tests.live.pbx import DOMAIN, running
from tests.live.small_office import PhoneSwitch, SmallOffice


@pytest.fixture(scope="module")
def small_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallOffice]:
    with (
        running(tmp_path_factory.mktemp("pbx")) as pbx,
        PhoneSwitch(pbx) as phones,
        SmallOffice(phones, tmp_path_factory.mktemp("controller")) as office,
    ):
        yield office


@pytest.fixture
def office(small_office: SmallOffice) -> Iterator[SmallOffice]:
    """The small office; everybody may page everybody, and the customer has called 1002."""
    small_office.open()
    small_office.customer_calls()
    yield small_office
    small_office.close_up()


def far_hears_nothing(office: SmallOffice) -> bool:
    return office.bugs(office.partner(office.leg(1002))) > 0


def press(office: SmallOffice, keys: str) -> None:
    office.lab.phone_switch.api(f"uuid_send_dtmf {office.target_phone()} {keys}")


def denials(office: SmallOffice) -> list[str]:
    return [line for line in office.log.read_text().splitlines() if "permission denied" in line]


def test_who_hears_whom(office: SmallOffice) -> None:
    office.page()
    time.sleep(2.2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    page_is_heard(office, pager="pager", target="in-1002-*", far="customer")
    assert denials(office) == []


def test_the_targets_keys_mute_it_and_end_the_page(office: SmallOffice) -> None:
    office.page()
    press(office, "*5")
    wait_for(lambda: far_hears_nothing(office), "the mute")
    press(office, "*5")
    wait_for(lambda: not far_hears_nothing(office), "the unmute")
    press(office, "*5")
    wait_for(lambda: far_hears_nothing(office), "the second mute")
    press(office, "*6")
    wait_for(office.page_is_gone, "the end of the page")
    assert office.partner(office.leg(1002))
    wait_for(lambda: not far_hears_nothing(office), "the far party to hear the target again")
    office.last_attempt(ending="stopped")
    assert denials(office) == []


def test_the_history_has_the_whole_of_a_page(office: SmallOffice) -> None:
    pager = office.page()
    office.lab.phone_switch.api(f"uuid_kill {pager}")
    kept = office.last_attempt(ending="pager_hung_up")
    assert (kept["pager"], kept["target"]) == (f"1001@{DOMAIN}", f"1002@{DOMAIN}")
    assert (kept["treatment"], kept["reason"]) == ("whisper", None)
    assert kept["started_at"] <= kept["answered_at"] <= kept["ended_at"]


def test_a_restarted_controller_takes_the_page_over(office: SmallOffice) -> None:
    office.page()
    office.kill_controller()
    office.start_controller()
    press(office, "*6")
    wait_for(office.page_is_gone, "the end of the page")
    office.last_attempt(ending="stopped")
    assert denials(office) == []


def test_an_idle_target_is_called_by_intercom(office: SmallOffice) -> None:
    office.lab.hang_up_all()
    assert office.answer_of(office.dial("*151002")).startswith("+OK")
    assert office.last_attempt(treatment="intercom")["pager"] == f"1001@{DOMAIN}"
    assert denials(office) == []


def test_a_customer_cannot_transfer_the_target(office: SmallOffice) -> None:
    """With `disable-transfer` of the external profile, nobody outside can transfer a user."""
    [leg] = wait_for(
        lambda: [
            row["uuid"] for row in office.lab.on_phone_switch() if row["name"].startswith("sofia/customer/")
        ],
        "the customer's leg",
    )
    with closing((esl := office.lab.switch.login()).sock):
        esl.command("event json CHANNEL_HANGUP")
        office.lab.phone_switch.api(f"uuid_deflect {leg} sip:1001@{DOMAIN}")
        office.lab.hang_up_all()
        ended = esl.event(5, lambda event: event["Channel-Name"].startswith("sofia/external/"))
    assert ended
    assert "variable_transfer_destination" not in ended


@pytest.mark.parametrize(
    "words", [("explain", "1001", "1002"), ("doctor",), ("pages",), ("page", "1001", "1002")]
)
def test_the_command_line_needs_no_more(office: SmallOffice, words: tuple[str, ...]) -> None:
    told = office.whisperpage(*words)
    assert "permission denied" not in told
    assert denials(office) == []

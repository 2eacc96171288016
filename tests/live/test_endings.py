"""P7, P11: however a page ends, nothing of it is left and the target's call goes on where it should."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.switch.pagelegs import AFTER_BRIDGE
from tests.live.office import Office, wait_for


@pytest.fixture(params=["target_calls", "customer_calls"])
def paged(office: Office, request: pytest.FixtureRequest) -> Office:
    """An office in which the target is on a call, in either direction, and is being paged."""
    getattr(office, request.param)()
    office.page()
    return office


def call_goes_on(office: Office) -> bool:
    """Whether the target is bridged to the customer, and neither leg has any trace of the page."""
    leg = office.leg(1002)
    far = office.partner(leg)
    unset = all(office.lab.pbx.api(f"uuid_getvar {leg} {name}") == "_undef_" for name in AFTER_BRIDGE)
    return bool(far) and unset and not office.bugs(leg) and not office.bugs(far)


def no_channels(office: Office) -> bool:
    return not office.lab.channels()


def test_pager_hangs_up(paged: Office) -> None:
    paged.lab.pbx.api(f"uuid_kill {paged.leg(1001)}")
    wait_for(paged.page_is_gone, "the page to be gone")
    wait_for(lambda: call_goes_on(paged), "the call to go on")
    assert paged.last_attempt(ending="pager_hung_up")["treatment"] == "whisper"


def test_target_hangs_up(paged: Office) -> None:
    paged.lab.pbx.api(f"uuid_kill {paged.leg(1002)}")
    wait_for(lambda: no_channels(paged), "every leg to be gone")
    paged.last_attempt(ending="target_hung_up")


def test_far_party_hangs_up(paged: Office) -> None:
    paged.lab.pbx.api(f"uuid_kill {paged.partner(paged.leg(1002))}")
    wait_for(lambda: no_channels(paged), "every leg to be gone")
    paged.last_attempt(ending="call_ended")


@pytest.mark.parametrize("end", ["relay-a", "relay-b", "voice-a", "voice-b"])
def test_any_leg_of_the_page_is_killed(paged: Office, end: str) -> None:
    name, side = end.split("-")
    leg = next(r["uuid"] for r in paged.page_legs() if name in r["name"] and r["name"].endswith(f"-{side}"))
    paged.lab.pbx.api(f"uuid_kill {leg}")
    wait_for(paged.page_is_gone, "the page to be gone")
    wait_for(lambda: call_goes_on(paged), "the call to go on")


@pytest.mark.parametrize("who", [1001, 1002])
def test_controller_is_killed_and_then_somebody_hangs_up(paged: Office, who: int) -> None:
    paged.kill_controller()
    paged.lab.pbx.api(f"uuid_kill {paged.leg(who)}")
    wait_for(paged.page_is_gone, "the page to be gone")
    done: Callable[[Office], bool] = call_goes_on if who == 1001 else no_channels
    wait_for(lambda: done(paged), "the call to go on, or to be over")


def test_target_goes_on_without_its_far_party_and_without_a_controller(office: Office) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    target = office.leg(1002)
    office.lab.pbx.api(f"uuid_transfer {target} 9555 XML default")
    wait_for(office.page_is_gone, "the page to be gone")
    wait_for(lambda: call_goes_on(office), "the new call")


def test_controller_that_comes_back_takes_the_page_over(office: Office) -> None:
    office.target_calls()
    office.page()
    office.kill_controller()
    office.start_controller()
    office.lab.pbx.api(f"uuid_kill {office.leg(1001)}")
    office.last_attempt(ending="pager_hung_up")
    assert len([row for row in office.history() if row["ended_at"] is None]) == 0


def test_target_holds_its_client(office: Office) -> None:
    phone = office.lab.dial(1002, "9555", "target", wait=0.5)
    office.page()
    relay = office.relay()
    with office.watching("CHANNEL_HOLD", "CHANNEL_HANGUP") as esl:
        office.lab.phone_switch.api(f"uuid_hold {phone}")
        held = esl.event(3, lambda event: event["Event-Name"] == "CHANNEL_HOLD")
        over = esl.event(3, lambda event: event["Unique-ID"] == relay)
    assert int(over["Event-Date-Timestamp"]) - int(held["Event-Date-Timestamp"]) < 200_000  # microseconds
    wait_for(office.page_is_gone, "the page to be gone")
    office.last_attempt(ending="held")


def test_target_transfers_its_client(office: Office) -> None:
    phone = office.lab.dial(1002, "9555", "target", wait=0.5)
    office.page()
    office.lab.phone_switch.api(f"uuid_deflect {phone} sip:1003@pbx.test")
    wait_for(office.page_is_gone, "the page to be gone")


@pytest.mark.parametrize("how", ["tw", "spy"])
def test_somebody_joins_the_targets_call(office: Office, how: str) -> None:
    office.target_calls()
    office.page()
    office.dial(f"{how}-{office.leg(1002)}", extension=1003, name="third")
    wait_for(office.page_is_gone, "the page to be gone")
    office.last_attempt(ending="joined")


def test_target_is_transferred_into_a_conference(office: Office) -> None:
    office.target_calls()
    office.page()
    office.lab.pbx.api(f"uuid_transfer {office.leg(1002)} 3001 XML default")
    wait_for(office.page_is_gone, "the page to be gone")

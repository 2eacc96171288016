"""Lamps of another domain: what FreeSWITCH knows of a phone that subscribes is only what the phone says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from controller.laboratory.esl import ESL
from tests.live.attacks.wide import TENANTS_PORT
from tests.live.office import Office, wait_for
from tests.live.watcher import Watcher

TARGET = "1002@a.test"


def watching(domain: str, says: str = "", to: str = f"whisperoff+{TARGET}") -> Watcher:
    """A key of 1001 of a domain, which watches whether 1002 of a.test has switched pages off."""
    return Watcher("1001", to, switch=TENANTS_PORT, domain=domain, password=f"pw1001-{domain}", says=says)


@pytest.fixture
def switched_off(office: Office) -> Iterator[Office]:
    """1002 of a.test has switched pages off, and the controller knows."""
    office.whisperpage("users", "add", TARGET)
    office.whisperpage("users", "set", TARGET, "--pages-off")
    with watching("a.test") as colleague:
        wait_for(lambda: colleague.lit, "the change to be told")
    yield office
    office.whisperpage("users", "remove", TARGET)


def test_a_phone_of_another_domain_is_told_nothing(switched_off: Office) -> None:
    with watching("b.test") as stranger, watching("a.test") as colleague:
        wait_for(lambda: colleague.lit, "the colleague's lamp")
        assert stranger.lit is None


def test_the_event_of_a_subscription_does_not_say_who_was_authenticated(switched_off: Office) -> None:
    """So a phone that lies about its domain cannot be told from one that does not (docs/lamps.md)."""
    esl = ESL(8021)
    with closing(esl.sock):
        esl.command("event json PRESENCE_PROBE")
        with watching("b.test", says="1001@a.test") as liar:
            asked = esl.event(5, lambda event: event.get("to", "").startswith("whisperoff+"))
            wait_for(lambda: liar.lit, "the lamp that lies have brought")
    assert asked
    assert asked["from"] == "1001@a.test"
    assert not [name for name, value in asked.items() if "b.test" in str(value)]


def test_freeswitch_itself_tells_a_phone_that_lies_of_the_calls_of_another_domain(office: Office) -> None:
    """So lamps tell no more than the switch does where phones are shared by domains (docs/lamps.md)."""
    with watching("b.test", says="1001@a.test", to=TARGET) as liar:
        wait_for(lambda: liar.lit is False, "the state of the other domain's user")


def test_without_lamps_no_lie_helps(switched_off: Office) -> None:
    switched_off.kill_controller()
    switched_off.environment["WHISPERPAGE_LAMPS"] = "false"
    try:
        switched_off.start_controller()
        with (
            watching("b.test", says="1001@a.test") as liar,
            watching("b.test", says="1001@10.0.0.1") as other,
        ):
            switched_off.whisperpage("users", "set", TARGET, "--no-pages-off")
            switched_off.whisperpage("users", "set", TARGET, "--pages-off")
            leg = switched_off.lab.dial(1002, "*20")  # by then the controller has looked at both
            wait_for(lambda: switched_off.lab.phone_switch.api(f"uuid_exists {leg}") == "false", "its end")
            assert (liar.lit, other.lit) == (None, None)
    finally:
        del switched_off.environment["WHISPERPAGE_LAMPS"]
        switched_off.kill_controller()
        switched_off.start_controller()
        switched_off.whisperpage("users", "remove", "1002@pbx.test")

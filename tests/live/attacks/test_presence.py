"""Only the target gets the whisper, whatever another phone claims to be (finding 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.attacks.agent import Agent, Answer, Dialog
from tests.live.attacks.wide import OPEN_PORT, TENANTS_PORT
from tests.live.office import Office, wait_for

CUSTOMER_NUMBER = "9555"
BUSY = 486


@pytest.fixture(params=["no restart", "a restart"])
def after(request: pytest.FixtureRequest, office: Office) -> Callable[[], None]:
    """What happens to the controller between the call and the page."""
    return (lambda: None) if request.param == "no restart" else lambda: restarted(office)


def restarted(office: Office) -> None:
    office.kill_controller()
    office.start_controller()


def on_a_call(office: Office, agent: Agent, number: str = CUSTOMER_NUMBER) -> str:
    """Make the agent call a number, and return the uuid of its leg on the switch."""
    call = agent.call(number)
    assert call.status == 200
    return leg_of(office, call)


def leg_of(office: Office, call: Dialog) -> str:
    def found() -> str:
        rows = [row["uuid"] for row in office.lab.channels()]
        mine = [
            each for each in rows if office.lab.pbx.api(f"uuid_getvar {each} sip_call_id") == call.call_id
        ]
        return mine[0] if mine and office.partner(mine[0]) else ""

    return wait_for(found, "the leg to be on its call")


def untouched(office: Office, leg: str, **attempt: str) -> None:
    """Assert that the page has the same result as without that call, and that the call has no part of it."""
    found = office.last_attempt(**attempt)
    assert office.bugs(leg) == 0, found
    assert office.page_legs() == []


# -- somebody else, in the target's name -------------------------------------------------------------------


def test_a_user_who_calls_in_the_targets_name_gets_no_whisper(
    office: Office, after: Callable[[], None]
) -> None:
    with Agent(SIP_PORT, "1003", "pw1003", DOMAIN) as forger:
        forger.says = f'"1002" <sip:1002@{DOMAIN}>'
        leg = on_a_call(office, forger)
        after()
        office.dial("*191002")
        untouched(office, leg, treatment="intercom", target=f"1002@{DOMAIN}")


@pytest.mark.parametrize("host", ["127.0.0.1", DOMAIN.upper()])
def test_no_form_of_the_domain_helps(office: Office, after: Callable[[], None], host: str) -> None:
    with Agent(SIP_PORT, "1003", "pw1003", DOMAIN) as forger:
        forger.says = f"<sip:1002@{host}>"
        leg = on_a_call(office, forger)
        after()
        office.dial("*191002")
        untouched(office, leg, treatment="intercom", target=f"1002@{DOMAIN}")


def test_a_call_from_outside_in_the_targets_name_gets_no_whisper(
    office: Office, after: Callable[[], None]
) -> None:
    """On a profile that needs no password and manages presence."""
    with Agent(OPEN_PORT, "1002", domain=DOMAIN) as forger:
        leg = on_a_call(office, forger, "1005")
        after()
        office.dial("*191002")
        untouched(office, leg, treatment="intercom", target=f"1002@{DOMAIN}")


@pytest.fixture
def tenants(office: Office) -> Iterator[tuple[Agent, Agent]]:
    """1001 of a.test, and 1002 of b.test; 1002 of a.test has a phone that is busy."""
    first = Agent(TENANTS_PORT, "1001", "pw1001-a.test", "a.test")
    other = Agent(TENANTS_PORT, "1002", "pw1002-b.test", "b.test")
    target = Agent(TENANTS_PORT, "1002", "pw1002-a.test", "a.test")
    for agent in (first, other):
        agent.server = agent.domain  # the realm, and so the tenant, whatever From is
    with first, other, target:
        target.answer = lambda _: Answer(BUSY)
        assert target.register() == 200
        yield first, other


def test_a_user_of_another_tenant_gets_no_whisper(
    office: Office, tenants: tuple[Agent, Agent], after: Callable[[], None]
) -> None:
    pager, other = tenants
    leg = on_a_call(office, other)
    dump = office.lab.pbx.api(f"uuid_dump {leg}")
    assert "variable_domain_name: b.test" in dump, dump
    after()
    pager.call("*191002")
    untouched(office, leg, treatment="intercom", target="1002@a.test", pager="1001@a.test")


def test_a_user_of_another_tenant_that_calls_in_the_targets_name_gets_no_whisper(
    office: Office, tenants: tuple[Agent, Agent], after: Callable[[], None]
) -> None:
    pager, other = tenants
    other.says = "<sip:1002@a.test>"
    leg = on_a_call(office, other)
    after()
    pager.call("*191002")
    untouched(office, leg, treatment="intercom", target="1002@a.test", pager="1001@a.test")


# -- the target itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["target_calls", "customer_calls"])
def test_the_target_is_found_on_its_call(office: Office, after: Callable[[], None], call: str) -> None:
    getattr(office, call)()
    after()
    office.page()
    assert office.bugs(office.leg(1002))


@pytest.mark.parametrize("host", [DOMAIN, "127.0.0.1"])
def test_a_target_that_called_is_found_by_whatever_name_its_phone_has_for_the_switch(
    office: Office, after: Callable[[], None], host: str
) -> None:
    with Agent(SIP_PORT, "1007", "pw1007", host) as target:
        leg = on_a_call(office, target)
        after()
        office.page("*191007")
        assert office.bugs(leg)


@pytest.mark.parametrize("host", [DOMAIN, "127.0.0.1"])
def test_a_target_that_was_called_is_found_by_whatever_name_its_phone_has_for_the_switch(
    office: Office, after: Callable[[], None], host: str
) -> None:
    with Agent(SIP_PORT, "1007", "pw1007", host) as target:
        assert target.register() == 200
        office.customer_calls(target=1007)
        leg = leg_of(office, target.rung())
        after()
        office.page("*191007")
        assert office.bugs(leg)

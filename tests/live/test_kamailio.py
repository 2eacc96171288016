"""C3: behind a real Kamailio, which authenticates the phones and spreads their calls over two switches."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from controller.laboratory.office import SIP_PORT, TRUNK_PORT
from tests.live.attacks.agent import Agent
from tests.live.kamailio import ProxiedLab, ProxiedOffice
from tests.live.laboratory import laboratory
from tests.live.office import wait_for
from tests.live.parties import page_is_heard
from tests.live.two import ALPHA, BETA

SAYS = "P-Asserted-Identity: <sip:1001@pbx.test>\r\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedOffice]:
    with laboratory(ProxiedLab) as lab, ProxiedOffice(lab, tmp_path_factory.mktemp("controller")) as office:
        yield office


@pytest.fixture
def office(running: ProxiedOffice) -> Iterator[ProxiedOffice]:
    running.open()
    yield running
    running.close_up()


def target_at_beta(office: ProxiedOffice) -> None:
    """1002 calls the customer; Kamailio sends every second call to beta."""
    for _ in range(2):
        office.phone = office.lab.dial(1002, "9555", "target", codec="PCMU")
        wait_for(lambda: office.where(1002), "the target's call")
        if office.where(1002) == "beta":
            return
        office.lab.hang_up_all()
    raise AssertionError("no call of the target came to beta")


def test_pages_go_between_phones_of_both_switches(office: ProxiedOffice) -> None:
    target_at_beta(office)
    phone = office.dial("*191002")
    assert office.answer_of(phone).startswith("+OK"), office.log.read_text()[-3000:]
    assert office.where(1001) == "alpha"
    wait_for(lambda: office.whispering() and office.keyed(), "the page")
    time.sleep(2.5)
    office.lab.phone_switch.api(f"uuid_kill {phone}")
    wait_for(lambda: not office.page_legs(), "the end of the page")
    office.lab.hang_up_all()
    page_is_heard(office, pager="pager", target="target", far="customer-*")
    found = office.last_attempt(ending="pager_hung_up")
    assert (found["pager"], found["target"], found["switch"]) == ("1001@pbx.test", "1002@pbx.test", "beta")


def test_page_on_the_switch_to_which_both_calls_came(office: ProxiedOffice) -> None:
    target_at_beta(office)
    office.lab.dial(1003, "9556", "third", codec="PCMU")  # to alpha, so the next call goes to beta
    phone = office.dial("*191002")
    assert office.answer_of(phone).startswith("+OK"), office.log.read_text()[-3000:]
    wait_for(lambda: office.whispering() and office.keyed(), "the page")
    assert not office.alpha_loopbacks()
    assert office.last_attempt(switch="beta")["pager"] == "1001@pbx.test"


def test_idle_phone_that_only_the_proxy_knows_is_called(office: ProxiedOffice) -> None:
    assert "error/" in office.lab.alpha.api("sofia_contact */1005@pbx.test")
    phone = office.dial("*191005")
    assert office.answer_of(phone).startswith("+OK"), office.log.read_text()[-3000:]
    time.sleep(2.0)
    office.lab.hang_up_all()
    assert office.lab.hears("pager")["1005"] > -25
    assert office.lab.hears("in-1005-*")["1001"] > -25
    assert office.last_attempt(treatment="intercom")["target"] == "1005@pbx.test"


@pytest.mark.parametrize("switch", [ALPHA, BETA])
def test_header_of_a_phone_that_calls_a_switch_itself_counts_for_nothing(
    office: ProxiedOffice, switch: str
) -> None:
    target_at_beta(office)
    with Agent(SIP_PORT, "1003", "pw1003", domain="pbx.test") as agent:
        agent.switch, agent.server = (switch, SIP_PORT), "pbx.test"
        agent.call("*191002", SAYS)
    # the switch asks this phone for its own password
    assert office.last_attempt(target="1002@pbx.test")["pager"] == "1003@pbx.test"


@pytest.mark.parametrize("switch", [ALPHA, BETA])
def test_header_of_a_caller_from_elsewhere_counts_for_nothing(office: ProxiedOffice, switch: str) -> None:
    before = office.history()
    with Agent(TRUNK_PORT) as agent:  # which nobody asks for a password
        agent.switch, agent.server = (switch, TRUNK_PORT), "pbx.test"
        assert agent.call("*191002", SAYS).status == 404
    assert office.history() == before


def test_header_of_a_phone_does_not_pass_the_proxy(office: ProxiedOffice) -> None:
    target_at_beta(office)
    with Agent(SIP_PORT, "1003", "pw1003", domain="pbx.test") as agent:
        agent.switch, agent.server = ("127.0.0.9", SIP_PORT), "pbx.test"
        agent.call("*191002", SAYS)
    assert office.last_attempt(target="1002@pbx.test")["pager"] == "1003@pbx.test"

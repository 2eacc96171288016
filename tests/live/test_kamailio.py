"""C3: behind a real Kamailio, which authenticates the phones and spreads their calls over two switches."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.laboratory.office import SIP_PORT, TRUNK_PORT
from tests.live.attacks.agent import OK, Agent
from tests.live.kamailio import GATEWAY, KAMAILIO, ProxiedOffice
from tests.live.office import wait_for
from tests.live.parties import page_is_heard
from tests.live.two import ALPHA, BETA

OFFICE = ProxiedOffice

SAYS = "P-Asserted-Identity: <sip:1001@pbx.test>\r\n"
#: The same in the other header that the setting may name.
SAYS_TOO = "Remote-Party-ID: <sip:1001@pbx.test>\r\n"


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
    assert not office.other_loopbacks()
    assert office.last_attempt(switch="beta")["pager"] == "1001@pbx.test"


def test_idle_phone_that_only_the_proxy_knows_is_called(office: ProxiedOffice) -> None:
    assert "error/" in office.lab.other.api("sofia_contact */1005@pbx.test")
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
    assert office.history() == before  # for this caller there is no such number


@pytest.mark.parametrize("switch", [ALPHA, BETA])
def test_caller_whom_the_switch_lets_in_and_the_settings_do_not_trust_is_nobody(
    office: ProxiedOffice, switch: str
) -> None:
    before = [each["page_id"] for each in office.history()]
    with Agent(SIP_PORT, host=GATEWAY) as agent:
        agent.switch, agent.server = (switch, SIP_PORT), "pbx.test"
        assert agent.call("*191002", SAYS).status == 603
    found = office.last_attempt(reason="not_authenticated")
    assert found["page_id"] not in before
    assert found["pager"] is None


@contextmanager
def phone(user: str, password: str, says: str = "") -> Iterator[Agent]:
    """A phone at the proxy, whose credentials are those of `user`; `says` is the user in From, if another."""
    with Agent(SIP_PORT, user, password, domain="pbx.test") as agent:
        agent.switch, agent.server = (KAMAILIO, SIP_PORT), "pbx.test"
        agent.says = f"<sip:{says}@pbx.test>" if says else ""
        yield agent


@contextmanager
def traced(office: ProxiedOffice) -> Iterator[Callable[[], str]]:
    """All SIP of both switches since then."""
    logs = [Path(office.lab.root) / name / "log" / "freeswitch.log" for name in ("alpha", "beta")]
    began = [log.stat().st_size for log in logs]
    for esl in (office.lab.other, office.lab.pbx):
        esl.api("sofia tracelevel info")
        esl.api("sofia global siptrace on")
    try:
        yield lambda: "".join(
            log.read_text("utf-8", "replace")[at:] for log, at in zip(logs, began, strict=True)
        )
    finally:
        for esl in (office.lab.other, office.lab.pbx):
            esl.api("sofia global siptrace off")


HEADERS = [SAYS, SAYS.lower(), SAYS.replace(":", " :", 1), SAYS.replace(": ", ":\r\n ", 1), SAYS * 2]


@pytest.mark.parametrize("header", HEADERS, ids=["plain", "lower case", "space", "folded", "twice"])
def test_header_of_a_phone_does_not_pass_the_proxy(office: ProxiedOffice, header: str) -> None:
    target_at_beta(office)
    with phone("1003", "pw1003") as agent:
        agent.call("*191002", header)
    assert office.last_attempt(target="1002@pbx.test")["pager"] == "1003@pbx.test"


@pytest.mark.parametrize(("user", "says"), [("1001", "1003"), ("1003", "1001")], ids=["credentials", "From"])
def test_phone_that_gives_its_own_password_for_another_user_calls_nobody(
    office: ProxiedOffice, user: str, says: str
) -> None:
    target_at_beta(office)
    before = office.history()
    with phone(user, "pw1003", says) as agent:
        assert agent.call("*191002").status in (403, 407)
    assert office.history() == before
    assert not office.page_legs()


def test_phone_registers_for_nobody_else(office: ProxiedOffice) -> None:
    with phone("1003", "pw1003") as agent:
        assert agent.register(to="<sip:1005@pbx.test>") == 403
        assert office.answer_of(office.dial("*191005")).startswith("+OK"), office.log.read_text()[-3000:]
        assert not agent.calls


@pytest.mark.parametrize(("route", "header"), [(ALPHA, SAYS), (BETA, SAYS), (ALPHA, SAYS_TOO)])
def test_first_request_that_says_it_is_of_a_call_brings_no_header_to_a_switch(
    office: ProxiedOffice, route: str, header: str
) -> None:
    before = office.history()
    ways = "".join(f"Route: <sip:{each}:{SIP_PORT};lr>\r\n" for each in (KAMAILIO, route))
    with traced(office) as trace, phone("1003", "") as agent:
        agent.server = f"{route}:{SIP_PORT}"
        call = agent.call("*191002", ways + header, to="<sip:*191002@pbx.test>;tag=1")
        assert call.status == 481, trace()
        wait_for(lambda: call.call_id in trace(), "the trace of the request")
        assert "<sip:1001@" not in trace()
    assert office.history() == before


def test_request_within_a_call_goes_nowhere_but_to_a_switch(office: ProxiedOffice) -> None:
    with phone("1003", "") as agent, phone("1005", "") as other:
        ways = f"Route: <sip:{KAMAILIO}:{SIP_PORT};lr>\r\nRoute: <sip:{other.address};lr>\r\n"
        assert agent.call("*191002", ways + SAYS, to="<sip:*191002@pbx.test>;tag=1").status == 404
        assert not other.calls


def test_header_within_a_call_does_not_pass_the_proxy(office: ProxiedOffice) -> None:
    with traced(office) as trace, phone("1003", "pw1003") as agent:
        call = agent.call("9556")
        assert agent.renegotiate(call, SAYS) == OK
        wait_for(lambda: f"CSeq: {call.sequence} INVITE" in trace(), "the trace of the request")
        assert "<sip:1001@" not in trace()
        agent.hang_up(call)


@pytest.mark.parametrize("past", [False, True], ids=["through the proxy", "past the proxy"])
def test_phone_cannot_change_who_it_is_within_its_call(office: ProxiedOffice, past: bool) -> None:
    target_at_beta(office)
    with phone("1003", "pw1003") as agent:
        call = agent.call("*19")
        if past:
            agent.switch, call.route = (re.findall(r"@([\d.]+)", call.target)[0], SIP_PORT), ""
        # 500 until the ACK of the call has come, which goes through the proxy
        wait_for(lambda: agent.renegotiate(call, SAYS) == OK, "the re-INVITE")
        for digit in "1002#":
            body = f"Signal={digit}\r\nDuration=160\r\n"
            assert agent.ask(call, "INFO", "Content-Type: application/dtmf-relay\r\n", body) == OK
        assert office.last_attempt(target="1002@pbx.test", treatment="whisper")["pager"] == "1003@pbx.test"
        agent.hang_up(call)


def test_call_to_a_phone_that_is_sent_back_to_a_switch_pages_as_nobody(office: ProxiedOffice) -> None:
    """1007's contact is the code: who calls it would page without knowing it."""
    target_at_beta(office)
    with phone("1007", "pw1007") as agent:
        assert agent.register(f"<sip:*191002@{ALPHA}:{SIP_PORT}>") == 200
        headers = "sip_cid_type=pid,origination_caller_id_number=1001"
        office.lab.other.api(
            f"originate {{{headers}}}sofia/internal/1007@pbx.test;fs_path=sip:{KAMAILIO}:{SIP_PORT} &park"
        )
    assert not office.page_legs()
    assert office.last_attempt(reason="not_authenticated")["pager"] is None


def test_page_goes_on_without_the_proxy_and_ends_when_it_is_back(office: ProxiedOffice) -> None:
    target_at_beta(office)
    pager = office.dial("*191002")
    assert office.answer_of(pager).startswith("+OK"), office.log.read_text()[-3000:]
    wait_for(lambda: office.whispering() and office.keyed(), "the page")
    office.lab.stop_kamailio()
    try:
        time.sleep(3)
        assert office.whispering()
    finally:
        office.lab.start_kamailio()
    office.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(lambda: not office.page_legs(), "the end of the page", 10)

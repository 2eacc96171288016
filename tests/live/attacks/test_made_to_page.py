"""A page is what somebody dialled: nobody is made to page, or to switch its pages off (finding 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.live.attacks.agent import Agent, Dialog, redirect
from tests.live.attacks.wide import MANUAL_PORT
from tests.live.office import Office, wait_for
from tests.switchlab import DOMAIN

#: What a victim, 1001, might be sent to, and whether that asks for a page.
CODES = ["*191002", "*151002", "*19", "*20", "whisperoff+1001"]
#: Extensions of the context whisperpage, which no number of the users' context leads to.
INSIDE = ["request", "prompt", "pages", "intercom", "over"]


def history(office: Office) -> list[dict[str, Any]]:
    """The attempts since the test began, the oldest first."""
    known = {row["page_id"] for row in office.before}
    return [row for row in reversed(office.history()) if row["page_id"] not in known]


@pytest.fixture
def office(office: Office) -> Office:
    office.before = office.history()
    return office


def nobody_paged(office: Office, code: str, victim: str = f"1001@{DOMAIN}") -> None:
    """Once every call is over: the attempt, if it was one, is nobody's; nobody's pages are off."""
    wait_for(lambda: not office.lab.channels(), "every call to be over", 20)
    found = history(office)
    assert [row for row in found if row["pager"] is not None] == []
    assert {row["reason"] for row in found} <= {"not_authenticated"}, found
    if code.startswith(("*191", "*151")):
        assert len(found) == 1
    assert "pages off" not in office.whisperpage("users", "show", victim).lower()
    assert not switched_off(office, victim)


def switched_off(office: Office, user: str) -> bool:
    """Whether pages to a user are off: whether a page of it is refused for that."""
    return "pages_off" in office.whisperpage("explain", "1003", user.partition("@")[0])


# -- by who is called --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_called_phone_redirects_its_caller(
    office: Office, caller: Agent, callee: Agent, code: str
) -> None:
    callee.answer = lambda _: redirect(f"<sip:{code}@{DOMAIN}>")
    caller.hang_up(caller.call("1007"))
    nobody_paged(office, code)


@pytest.mark.parametrize("code", ["*191002", "*20"])
def test_a_called_phone_outside_redirects_its_caller(
    office: Office, caller: Agent, outside: Agent, code: str
) -> None:
    outside.answer = lambda _: redirect(f"<sip:{code}@{DOMAIN}>")
    caller.hang_up(caller.call(f"out-{outside.address.rpartition(':')[2]}"))
    nobody_paged(office, code)


@pytest.mark.parametrize("code", ["*191002", "*20"])
def test_a_called_phone_redirects_its_caller_by_the_dialplan(
    office: Office, caller: Agent, code: str
) -> None:
    with Agent(MANUAL_PORT, "1009", "pw1009", DOMAIN) as callee:
        assert callee.register() == 200
        callee.answer = lambda _: redirect(f"<sip:{code}@elsewhere.test>")
        caller.hang_up(caller.call("man-1009"))
    nobody_paged(office, code)


def test_one_redirect_after_another_is_no_way_round(office: Office, caller: Agent, callee: Agent) -> None:
    with Agent(caller.switch[1], "1008", "pw1008", DOMAIN) as second:
        assert second.register() == 200
        callee.answer = lambda _: redirect(f"<sip:1008@{DOMAIN}>")
        second.answer = lambda _: redirect(f"<sip:*191002@{DOMAIN}>")
        caller.hang_up(caller.call("1007"))
    nobody_paged(office, "*191002")


# -- by a transfer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_the_called_party_transfers_its_caller(
    office: Office, caller: Agent, callee: Agent, code: str
) -> None:
    own = caller.call("1007")
    callee.refer(callee.rung(), f"<sip:{code}@{DOMAIN}>")
    caller.hang_up(own)
    nobody_paged(office, code)


@pytest.mark.parametrize("code", CODES)
def test_the_calling_party_transfers_who_it_called(
    office: Office, caller: Agent, callee: Agent, code: str
) -> None:
    caller.refer(caller.call("1007"), f"<sip:{code}@{DOMAIN}>")
    callee.hang_up(callee.rung())
    nobody_paged(office, code, f"1007@{DOMAIN}")


@pytest.mark.parametrize("code", ["*19", "*20"])
def test_an_attended_transfer_puts_the_other_party_in_nobodys_place(
    office: Office, caller: Agent, callee: Agent, code: str
) -> None:
    """The callee calls the code itself, is heard out, and puts its caller there in its own place."""
    own = caller.call("1007")
    first, second = callee.rung(), callee.call(code)
    callee.refer(first, f"<sip:{code}@{DOMAIN}?Replaces={_escaped(second)}>")
    for agent, call in ((caller, own), (callee, first), (callee, second)):
        agent.hang_up(call)
    wait_for(lambda: not office.lab.channels(), "every call to be over", 20)
    assert [row for row in history(office) if row["pager"] == f"1001@{DOMAIN}"] == []
    assert not switched_off(office, f"1001@{DOMAIN}")


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("how", ["refer", "redirect"])
def test_nobody_is_sent_into_the_middle_of_a_page(
    office: Office, caller: Agent, callee: Agent, inside: str, how: str
) -> None:
    if how == "redirect":
        callee.answer = lambda _: redirect(f"<sip:{inside}@{DOMAIN}>")
        assert caller.call("1007").status == 404
    else:
        caller.call("1007")
        callee.refer(callee.rung(), f"<sip:{inside}@{DOMAIN}>")
    nobody_paged(office, inside)
    assert history(office) == []


@pytest.mark.parametrize("inside", [*INSIDE, "XML", "request XML whisperpage", "*191002"])
def test_who_hears_the_prompt_is_sent_nowhere(
    office: Office, caller: Agent, callee: Agent, inside: str
) -> None:
    """The prompt's leg is in the context whisperpage, and would find these there."""
    prompted = caller.call("*19")
    assert prompted.status == 200
    assert " 403 " in caller.refer(prompted, f"<sip:{inside.replace(' ', '%20')}@{DOMAIN}>") + " "
    caller.hang_up(prompted)
    wait_for(lambda: not office.lab.channels(), "every call to be over", 20)
    assert history(office) == []


# -- by the dialplan ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("forward", ["fwd-", "loop-"])
def test_a_forward_of_the_dialplan_pages_for_nobody(
    office: Office, caller: Agent, forward: str, code: str
) -> None:
    caller.hang_up(caller.call(forward + code))
    nobody_paged(office, code)


# -- what somebody dialled ---------------------------------------------------------------------------------


def test_what_was_dialled_is_a_page_of_who_dialled_it(office: Office, caller: Agent) -> None:
    caller.hang_up(caller.call("*191002"))
    [attempt] = wait_for(lambda: history(office), "the attempt")
    assert (attempt["pager"], attempt["treatment"]) == (f"1001@{DOMAIN}", "intercom")


def test_the_prompt_asks_who_dialled_it(office: Office, caller: Agent) -> None:
    prompted = caller.call("*19")
    for digit in "1001#":
        tone = f"Signal={digit}\r\nDuration=160\r\n"
        assert caller.ask(prompted, "INFO", "Content-Type: application/dtmf-relay\r\n", tone) == 200
    attempt = office.last_attempt(reason="oneself")
    assert attempt["pager"] == f"1001@{DOMAIN}"


def test_pages_are_switched_off_and_on_by_who_dials_that(office: Office, caller: Agent) -> None:
    for number, off in (("*20", True), ("whisperoff+1001", False)):
        caller.hang_up(caller.call(number))
        wait_for(lambda off=off: switched_off(office, f"1001@{DOMAIN}") == off, f"{number} to do it")


def test_a_click_still_pages_for_its_user(office: Office) -> None:
    office.target_calls()
    office.whisperpage("page", "1001", "1002")
    wait_for(office.whispering, "the page")
    assert office.last_attempt(treatment="whisper")["pager"] == f"1001@{DOMAIN}"


def test_a_transfer_of_the_target_to_somebody_else_is_what_it_was(
    office: Office, caller: Agent, callee: Agent
) -> None:
    """Who was redirected or transferred can be paged, and can page with its next call."""
    callee.answer = lambda _: redirect(f"<sip:1003@{DOMAIN}>")
    call = caller.call("1007")
    assert call.status == 200
    assert office.refused("*191001", extension=1002) != ""
    caller.hang_up(call)
    caller.hang_up(caller.call("*191002"))
    assert office.last_attempt(treatment="intercom")["pager"] == f"1001@{DOMAIN}"


def _escaped(dialog: Dialog) -> str:
    return dialog.replaced.replace(";", "%3B").replace("=", "%3D")

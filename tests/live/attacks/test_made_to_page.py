"""Only dialling makes a page: nobody can be made to page, or to switch its pages off (finding 2)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.attacks.agent import ACCEPT, Agent, redirect
from tests.live.attacks.wide import MANUAL_PORT
from tests.live.office import Office, wait_for

#: Numbers to which a caller might be sent. Three of them ask for a page or for a message at once, so they are
#: attempts.
CODES = ["*191002", "*151002", "*181*1002", "*19", "*20", "whisperoff+1001", "whisperoff+1007"]
ATTEMPTS = 3
#: Extensions of the context whisperpage@switch; no number of the users' context leads to them.
INSIDE = ["request", "prompt", "pages", "intercom", "over", "refuse", "pages-off"]
NOT_FOUND = 404


class Books:
    """The changes of the history and of the settings since the beginning of the test."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._known = {row["page_id"] for row in office.history()}
        self._off = self._pages_off()

    def attempts(self) -> list[dict[str, Any]]:
        """The new attempts, the newest first."""
        return [row for row in self.office.history() if row["page_id"] not in self._known]

    def switched(self) -> set[str]:
        """The users whose pages were switched off or on."""
        return self._off ^ self._pages_off()

    def say_that_nobody_paged(self, attempts: int) -> None:
        """After every call has ended: assert so many attempts without a pager, and no change of pages off."""
        wait_for(lambda: not self.office.lab.channels(), "every call to be over", 20)
        found = self.attempts()
        assert [row for row in found if row["pager"] is not None] == []
        assert {row["reason"] for row in found} <= {"not_authenticated"}, found
        assert len(found) == attempts, found
        assert self.switched() == set()

    def _pages_off(self) -> set[str]:
        users = json.loads(self.office.whisperpage("users", "list", "--json"))
        return {row["user"] for row in users if row["pages_off"]}


@pytest.fixture
def books(office: Office) -> Books:
    return Books(office)


def all_at_once(attack: Callable[[str], object], numbers: Iterable[str] = CODES) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(attack, numbers))


def calls(caller: Agent, number: str) -> Callable[[str], None]:
    """A function that calls a number, and hangs up if the call is answered."""
    return lambda _: caller.hang_up(caller.call(number))


def redirecting(agent: Agent, numbers: Iterable[str] = CODES, domain: str = DOMAIN) -> None:
    """Make the agent redirect each of its callers to another of the numbers."""
    left = deque(numbers)
    agent.answer = lambda _: redirect(f"<sip:{left.popleft()}@{domain}>")


# -- by who is called --------------------------------------------------------------------------------------


def test_a_called_phone_redirects_its_caller(books: Books, caller: Agent, callee: Agent) -> None:
    redirecting(callee)
    all_at_once(calls(caller, "1007"))
    books.say_that_nobody_paged(ATTEMPTS)


def test_a_called_phone_outside_redirects_its_caller(books: Books, caller: Agent, outside: Agent) -> None:
    redirecting(outside)
    all_at_once(calls(caller, f"out-{outside.address.rpartition(':')[2]}"))
    books.say_that_nobody_paged(ATTEMPTS)


def test_a_called_phone_redirects_its_caller_where_the_profile_leaves_that_to_the_dialplan(
    books: Books, caller: Agent
) -> None:
    with Agent(MANUAL_PORT, "1009", "pw1009", DOMAIN) as callee:
        assert callee.register() == 200
        redirecting(callee, domain="elsewhere.test")
        all_at_once(calls(caller, "man-1009"))
    books.say_that_nobody_paged(ATTEMPTS)


def test_one_redirect_after_another_is_no_way_round(books: Books, caller: Agent, callee: Agent) -> None:
    with Agent(SIP_PORT, "1008", "pw1008", DOMAIN) as second:
        assert second.register() == 200
        callee.answer = lambda _: redirect(f"<sip:1008@{DOMAIN}>")
        redirecting(second)
        all_at_once(calls(caller, "1007"))
    books.say_that_nobody_paged(ATTEMPTS)


# -- by a transfer -----------------------------------------------------------------------------------------


def test_the_called_party_transfers_its_caller(books: Books, caller: Agent, callee: Agent) -> None:
    def attack(code: str) -> None:
        own = caller.call("1007")
        callee.refer(callee.rung(), f"<sip:{code}@{DOMAIN}>")
        own.ended.wait(1)  # a refusal takes longer, and a prompt or a tone is an answer
        caller.hang_up(own)

    for code in CODES:  # one after the other, else it is not known who has called whom
        attack(code)
    books.say_that_nobody_paged(ATTEMPTS)


def test_the_calling_party_transfers_who_it_called(books: Books, caller: Agent, callee: Agent) -> None:
    all_at_once(lambda code: caller.refer(caller.call("1007"), f"<sip:{code}@{DOMAIN}>"))
    for _ in CODES:
        moved = callee.rung()
        moved.ended.wait(1)
        callee.hang_up(moved)
    books.say_that_nobody_paged(ATTEMPTS)


@pytest.mark.parametrize("code", ["*19", "*191002"])
def test_an_attended_transfer_puts_nobody_in_the_pagers_place(
    books: Books, caller: Agent, callee: Agent, code: str
) -> None:
    """The callee dials the code itself, and transfers its caller to that call."""
    own = caller.call("1007")
    first, second = callee.rung(), callee.call(code)
    assert second.status == 200
    replaced = second.replaced.replace(";", "%3B").replace("=", "%3D")
    callee.refer(first, f"<sip:{code}@{DOMAIN}?Replaces={replaced}>")
    for agent, call in ((caller, own), (callee, first), (callee, second)):
        agent.hang_up(call)
    books.office.lab.hang_up_all()
    assert [row for row in books.attempts() if row["pager"] == f"1001@{DOMAIN}"] == []


def test_nobody_is_redirected_into_the_middle_of_a_page(books: Books, caller: Agent, callee: Agent) -> None:
    redirecting(callee, INSIDE)
    found: list[int] = []
    all_at_once(lambda _: found.append(caller.call("1007").status), INSIDE)
    assert all(status >= NOT_FOUND for status in found), found
    books.say_that_nobody_paged(0)


def test_nobody_is_transferred_into_the_middle_of_a_page(books: Books, caller: Agent, callee: Agent) -> None:
    all_at_once(lambda inside: caller.refer(caller.call("1007"), f"<sip:{inside}@{DOMAIN}>"), INSIDE)
    books.say_that_nobody_paged(0)


def test_the_prompt_leads_to_no_internal_extension(books: Books, caller: Agent) -> None:
    """The prompt's leg is in the context whisperpage@switch, which has these extensions."""

    def attack(inside: str) -> None:
        prompted = caller.call("*19")
        assert prompted.status == 200
        assert "403" in caller.refer(prompted, f"<sip:{inside}@{DOMAIN}>")
        caller.hang_up(prompted)

    all_at_once(attack, [*INSIDE, *CODES])
    books.say_that_nobody_paged(0)


# -- by the dialplan ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("forward", ["fwd-", "loop-"])
def test_a_forward_of_the_dialplan_pages_for_nobody(books: Books, caller: Agent, forward: str) -> None:
    all_at_once(lambda code: caller.hang_up(caller.call(forward + code)))
    books.say_that_nobody_paged(ATTEMPTS)


# -- what somebody dialled ---------------------------------------------------------------------------------


def test_a_dialled_page_belongs_to_its_caller(books: Books, caller: Agent) -> None:
    caller.hang_up(caller.call("*191002"))
    [attempt] = books.attempts()
    assert (attempt["pager"], attempt["treatment"]) == (f"1001@{DOMAIN}", "intercom")


def test_the_prompt_pages_for_its_caller(books: Books, caller: Agent) -> None:
    prompted = caller.call("*19")
    for digit in "1001#":
        tone = f"Signal={digit}\r\nDuration=160\r\n"
        assert caller.ask(prompted, "INFO", "Content-Type: application/dtmf-relay\r\n", tone) == 200
    [attempt] = wait_for(books.attempts, "the attempt")
    assert (attempt["pager"], attempt["reason"]) == (f"1001@{DOMAIN}", "oneself")


def test_a_caller_switches_its_own_pages_off_and_on(books: Books, caller: Agent) -> None:
    for number, changed in (("*20", {f"1001@{DOMAIN}"}), ("whisperoff+1001", set())):
        caller.hang_up(caller.call(number))
        assert books.switched() == changed, number


def test_a_click_pages_for_its_user(books: Books, office: Office) -> None:
    office.target_calls()
    office.whisperpage("page", "1001", "1002")
    wait_for(office.whispering, "the page")
    [attempt] = books.attempts()
    assert (attempt["pager"], attempt["treatment"]) == (f"1001@{DOMAIN}", "whisper")


def test_a_redirected_caller_can_page_with_its_next_call(books: Books, caller: Agent, callee: Agent) -> None:
    callee.answer = lambda _: redirect(f"<sip:1003@{DOMAIN}>")
    call = caller.call("1007")
    assert call.status == ACCEPT.status
    caller.hang_up(call)
    caller.hang_up(caller.call("*191002"))
    [attempt] = books.attempts()
    assert (attempt["pager"], attempt["treatment"]) == (f"1001@{DOMAIN}", "intercom")

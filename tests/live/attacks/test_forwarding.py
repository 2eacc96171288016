"""A phone that forwards calls does not move an intercom call or a click to another phone (finding 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.laboratory.office import DOMAIN, TRUNK_PORT
from tests.live.attacks.agent import ACCEPT, Agent, redirect
from tests.live.office import Office, wait_for
from tests.live.pbx import whisperpage


@pytest.fixture
def elsewhere() -> Iterator[Agent]:
    """A phone outside, at an address that is not the switch's."""
    with Agent(TRUNK_PORT, host="127.0.0.2") as agent:
        yield agent


def contacts(agent: Agent) -> list[str]:
    """The contacts with which a phone might name that agent."""
    return [
        f"<sip:somebody@{agent.address}>",
        f"<sip:{agent.address}>",
        f"<sip:somebody@{agent.address}>;q=1, <sip:1003@{DOMAIN}>;q=0.5",
    ]


def test_an_intercom_call_is_not_forwarded_to_another_phone(
    office: Office, caller: Agent, callee: Agent, elsewhere: Agent
) -> None:
    answers = [("*151007", redirect(contact)) for contact in contacts(elsewhere)]
    answers.append(("*191007", redirect(contacts(elsewhere)[0], 305)))
    for number, answer in answers:
        callee.answer = lambda _, answer=answer: answer
        not_answered(office, caller, number)
    assert elsewhere.calls == []


def test_an_intercom_call_is_not_forwarded_into_the_dialplan(
    office: Office, caller: Agent, callee: Agent
) -> None:
    for number in ("1003", "*191002"):
        before = len(office.history())
        callee.answer = lambda _, number=number: redirect(f"<sip:{number}@{DOMAIN}>")
        not_answered(office, caller, "*151007")
        assert len(office.history()) == before + 1
    assert office.phone_legs(1003) == []


def not_answered(office: Office, caller: Agent, number: str) -> None:
    """Assert that the caller hears a refusal, and that the history has the ending `unanswered`."""
    call = caller.call(number)
    caller.hang_up(call)
    assert call.status >= 400
    attempt = wait_for(lambda: ended(office), "the end of it")
    assert (attempt["ending"], attempt["answered_at"]) == ("unanswered", None)


def test_a_click_is_not_forwarded_to_another_phone(office: Office, callee: Agent, elsewhere: Agent) -> None:
    office.target_calls()
    for contact in (contacts(elsewhere)[0], f"<sip:1003@{DOMAIN}>"):
        callee.answer = lambda _, contact=contact: redirect(contact)
        said = whisperpage(office.environment, "page", "1007", "1002")
        assert said.returncode == 1, said.stdout
        attempt = office.last_attempt(pager=f"1007@{DOMAIN}", reason="pager_unanswered")
        assert attempt["treatment"] == "refused"
        assert office.page_legs() == []
    assert elsewhere.calls == []
    assert office.phone_legs(1003) == []


def test_a_phone_that_forwards_nothing_is_called_and_pages(
    office: Office, caller: Agent, callee: Agent
) -> None:
    """Without this, the refusals above would prove nothing."""
    callee.answer = lambda _: ACCEPT
    call = caller.call("*151007")
    assert call.status == 200
    caller.hang_up(call)
    office.target_calls()
    office.whisperpage("page", "1007", "1002")
    wait_for(office.whispering, "the page")


def test_an_ordinary_call_is_forwarded_as_usual(caller: Agent, callee: Agent, elsewhere: Agent) -> None:
    callee.answer = lambda _: redirect(f"<sip:somebody@{elsewhere.address}>")
    call = caller.call("1007")
    assert call.status == 200
    caller.hang_up(call)
    assert elsewhere.rung()


def ended(office: Office) -> dict[str, object]:
    """The newest attempt, once it has ended."""
    newest = office.history()[0]
    return newest if newest["ended_at"] else {}

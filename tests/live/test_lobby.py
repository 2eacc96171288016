"""M2 on a real switch, in a real browser: a visitor is announced at a lobby's tablet, and reads the reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from controller.laboratory.office import DOMAIN
from tests.browser.conftest import browser
from tests.live.messages import SOUND, Messages
from tests.live.office import PLAIN, wait_for
from tests.live.test_keys import press
from tests.live.test_messages import messages, prepared
from tests.live.test_replies import sustained

__all__ = ["browser", "messages", "prepared"]  # the fixtures
KIOSK = "--scope", "kiosk", "--sender", "lobby", "--message", "lobby"


@pytest.fixture
def tablet(browser: Any, prepared: str, messages: Messages) -> Iterator[Any]:
    token = messages.office.whisperpage("tokens", "issue", "--domain", DOMAIN, *KIOSK).strip()
    context = browser.new_context(locale="en-US", viewport={"width": 800, "height": 1200})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{prepared}/lobby#{token}")
    yield page
    context.close()


def visit(tablet: Any, extension: int) -> None:
    tablet.get_by_role("button", name=re.compile(str(extension))).click()


def said(tablet: Any, text: str) -> None:
    tablet.get_by_role("status").filter(has_text=text).wait_for()


def test_visitor_is_announced_into_a_call_and_reads_the_reply(messages: Messages, tablet: Any) -> None:
    office = messages.office
    office.target_calls()
    visit(tablet, 1002)
    said(tablet, "You have been announced")
    wait_for(messages.is_heard, "the message")
    press(office, "*2")
    said(tablet, "Answer: “five minutes”")
    wait_for(lambda: not office.page_legs(), "the message to be gone")
    assert office.partner(office.leg(1002))
    office.lab.hang_up_all()
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40


def test_visitor_is_told_that_an_idle_colleague_has_heard(messages: Messages, tablet: Any) -> None:
    visit(tablet, 1003)
    said(tablet, "Your announcement was heard")
    wait_for(lambda: not messages.office.lab.channels(), "the call to be over")


def test_visitor_is_not_told_that_the_colleague_is_in_a_conference(messages: Messages, tablet: Any) -> None:
    messages.office.lab.dial(1002, "3001", "target", wait=1)
    visit(tablet, 1002)
    said(tablet, "Not there.")

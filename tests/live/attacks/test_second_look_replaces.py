"""An INVITE with Replaces during a page: it may end the page, but nobody can listen in.

FreeSWITCH accepts the uuid of a leg in a Replaces header, without its tags, from everybody who may call. A
bridged leg is taken over. For another leg, FreeSWITCH runs the leg's application for the caller as well, even
an eavesdrop (sofia_handle_sip_i_invite_replaces, sofia.c).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from controller.laboratory.office import DOMAIN
from controller.switch.pagelegs import relay_uuid, speak_uuid
from tests.live.handset import Handset
from tests.live.office import Office, wait_for
from tests.live.parties import heard, whom
from tests.live.watcher import Watcher

CALLERS = {"user": 1003, "outside": 0}
#: A tone that nobody else has.
TONE = 1700


class Reader(Watcher):
    """A watcher that keeps the whole text of each NOTIFY."""

    ids: list[str]

    def _receive(self) -> str:
        message = super()._receive()
        if message.startswith("NOTIFY ") and 'dialog id="' in message:
            self.ids = [each.partition('"')[0] for each in message.split('dialog id="')[1:]]
        return message


@pytest.fixture
def told(office: Office) -> str:
    """Make a page to 1002; return the NOTIFY about its call to a phone that watches 1002."""
    office.target_calls()
    office.page()
    with Reader("1003", f"1002@{DOMAIN}") as watcher:
        wait_for(lambda: watcher.lit, "the call on the lamp")
        [uuid] = watcher.ids
    return uuid


def third(office: Office, caller: str, replaces: str) -> Handset:
    phone = office.handset("third", CALLERS[caller], TONE)
    phone.call("nobody", f"Replaces: {replaces};to-tag=1;from-tag=2\r\n")
    return phone


def test_a_lamps_notify_has_the_uuid_of_the_call(office: Office, told: str) -> None:
    """If this fails, the tests below try something that nobody can know."""
    assert told == office.leg(1002)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("guess", [relay_uuid, speak_uuid])
def test_knowing_the_uuid_of_a_paged_call_lets_nobody_listen(
    office: Office, told: str, guess: Callable[[str], str], caller: str
) -> None:
    target, far = told, office.partner(told)
    third(office, caller, guess(told))
    time.sleep(2)  # the time that is recorded and measured
    assert office.partner(target) == far
    found = heard(office)
    assert whom(found, "1003") == set(), found
    assert "1003" not in whom(found, "1002") | whom(found, "1001") | whom(found, "customer"), found


def test_only_the_relays_uuid_can_be_derived_from_what_phones_get(office: Office, told: str) -> None:
    uuids = {row["uuid"] for row in office.page_legs()}
    assert len(uuids) == 4
    assert uuids & {relay_uuid(told), speak_uuid(told)} == {relay_uuid(told)}

"""The key with which a refused pager asks for a call back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Feature, Policy
from controller.errors import AlreadyThere, DatabaseUnavailable
from tests.unit.paging.fakes import Beside, FakeStore, FakeSwitch, event

PAGER, TARGET = UserName("1001", "pbx.test"), UserName("1002", "pbx.test")
ENTRY = "1795353634:98f5f1c2-be04-475b-b07b-46ca3c72a245:bl_xfer:{}/whisperpage@switch/XML"
REFUSED = "ARRAY::" + "|:".join(map(ENTRY.format, ("request", "refuse")))
HEARD = {
    done: f"uuid_transfer p-1 {where} XML whisperpage@switch"
    for done, where in ((True, "noted"), (False, "refuse"))
}
LEG = {
    "Event-Subclass": "whisperpage::key",
    "whisperpage_key": "call_back",
    "variable_sip_authorized": "true",
    "variable_user_name": "1001",
    "variable_domain_name": "pbx.test",
    "variable_transfer_history": REFUSED,
    "variable_whisperpage_request": "page",
    "variable_whisperpage_extension": "1002",
}


class Desk:
    def __init__(self, minutes: int = 30) -> None:
        self.switch = FakeSwitch({"sched_del": "+OK Deleted: 1"})
        self.store = FakeStore(Policy(PAGER, TARGET))
        self.beside = Beside(self.switch, self.store, call_back_minutes=minutes)

    def press(self, **changes: str) -> list[str]:
        """Press the key on a refused leg; return the commands to the switch."""
        self.beside.call_back_key.on_key(event("CUSTOM", "p-1", **(LEG | changes)))
        self.beside.runner.drain(60)
        return self.switch.asked


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.beside.close()


def test_the_call_back_is_kept_and_the_pager_hears_that(desk: Desk) -> None:
    first, *_, last = desk.press()
    assert (first, last) == ("sched_del whisperpage-pages-p-1", HEARD[True])
    (kept,) = desk.store.call_backs.values()
    assert (kept.pair, kept.feature, kept.taken_at) == ((PAGER, TARGET), Feature.WHISPER, None)
    assert (kept.expires_at - kept.asked_at).total_seconds() == 30 * 60


def test_an_intercom_is_called_back_as_such(desk: Desk) -> None:
    desk.press(variable_whisperpage_request="intercom")
    (kept,) = desk.store.call_backs.values()
    assert kept.feature is Feature.INTERCOM


def test_a_number_alias_is_kept_as_its_user(desk: Desk) -> None:
    desk.switch.answers["user_data 105@pbx.test attr id"] = "1002"
    desk.press(variable_whisperpage_extension="105")
    assert list(desk.store.call_backs) == [(PAGER, TARGET)]


def test_the_key_is_left_to_a_controller_that_was_first(desk: Desk) -> None:
    desk.switch.answers["sched_del"] = "+OK Deleted: 0"
    assert desk.press() == ["sched_del whisperpage-pages-p-1"]
    assert desk.store.call_backs == {}


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), AlreadyThere("too many")])
def test_what_cannot_be_kept_is_heard_as_refused(desk: Desk, error: Exception) -> None:
    desk.store.policy = error
    assert desk.press()[-1] == HEARD[False]
    assert desk.store.call_backs == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"variable_sip_authorized": ""},
        {"variable_whisperpage_request": "arrival"},
        {"variable_whisperpage_request": "stranger"},
        {"variable_whisperpage_request": "off"},
        {"variable_whisperpage_extension": "${system(id)}"},
        {"variable_transfer_history": ENTRY.format("refuse")},
        {"variable_transfer_history": "ARRAY::" + "|:".join(map(ENTRY.format, ("elsewhere", "refuse")))},
        {"variable_transfer_history": REFUSED + "|:" + ENTRY.format("refuse")},
        {"variable_transfer_history": REFUSED.replace("request/whisperpage@switch", "*191002/default", 1)},
        {"variable_transfer_history": ""},
    ],
)
def test_a_leg_of_somebody_else_asks_for_nothing(desk: Desk, changes: dict[str, str]) -> None:
    assert desk.press(**changes)[-1] == HEARD[False]
    assert desk.store.call_backs == {}


def test_nothing_is_kept_where_there_are_no_call_backs() -> None:
    desk = Desk(minutes=0)
    assert desk.press()[-1] == HEARD[False]
    assert desk.store.call_backs == {}
    desk.beside.close()


def test_keys_of_pages_are_left_alone(desk: Desk) -> None:
    assert desk.press(whisperpage_key="off") == []


def test_a_pager_that_came_by_the_prompt_or_by_a_click_may_ask(desk: Desk) -> None:
    desk.press(
        variable_transfer_history="ARRAY::" + "|:".join(map(ENTRY.format, ("prompt", "request", "refuse")))
    )
    assert len(desk.store.call_backs) == 1
    clicked = {"Call-Direction": "outbound", "variable_whisperpage_clicked_by": "1003@pbx.test"}
    desk.press(variable_sip_authorized="", **clicked)
    assert [str(pager) for pager, _ in desk.store.call_backs] == ["1001@pbx.test", "1003@pbx.test"]

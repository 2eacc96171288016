"""Lamps like those of mod_sofia, as measured on FreeSWITCH 1.10.12."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.eventsocket.commands import Command
from controller.eventsocket.events import JsonEvent
from controller.simulator.events import SwitchEvent
from controller.simulator.office import DOMAIN, Office
from controller.simulator.presence import Watch
from controller.switch.lamps import Lamp, Probe, probe, tell

WHO, USER = f"1001@{DOMAIN}", f"1002@{DOMAIN}"


def send(office: Office, command: Command) -> None:
    office.switch.presence.tell({name.lower(): value for name, value in command.headers})


@pytest.fixture
def watch(office: Office) -> Watch:
    return office.switch.presence.subscribe(WHO, f"whisper+{USER}")


def test_a_subscription_asks_for_the_state(office: Office) -> None:
    asked: list[Probe | None] = []

    def hear(event: SwitchEvent) -> None:
        asked.append(probe(JsonEvent(event.json())))

    office.switch.listen(hear)
    watch = office.switch.presence.subscribe(WHO, f"whisper+{USER}")
    asker = UserName.parse(WHO)
    assert asked == [Probe(Lamp.PAGE, UserName.parse(USER), watch.call_id, asker)]
    assert watch.lit is None


@pytest.mark.parametrize("busy", [False, True])
def test_watchers_are_notified_of_each_change_even_while_the_user_is_on_a_call(
    office: Office, watch: Watch, busy: bool
) -> None:
    if busy:
        office.dial(1002, "9555")
        office.settle(lambda: office.hears("customer"), "the call")
    for lit in (True, False, True):
        send(office, tell(Lamp.PAGE, USER, lit))
    assert watch.told == [True, False, True]


def test_a_dialog_that_is_said_to_have_ended_stays_lit_while_the_user_is_on_a_call(
    office: Office, watch: Watch
) -> None:
    ended = {"proto": "whisper", "from": USER, "unique-id": "x", "answer-state": "terminated"}
    office.switch.presence.tell(ended)
    office.dial(1002, "9555")
    office.settle(lambda: office.hears("customer"), "the call")
    office.switch.presence.tell(ended)
    assert watch.told == [False, True]


def test_another_lamp_or_another_user_is_not_meant(office: Office, watch: Watch) -> None:
    send(office, tell(Lamp.MUTE, USER, True))
    send(office, tell(Lamp.PAGE, WHO, True))
    assert watch.told == []


def test_an_answer_goes_to_the_subscription_that_asked_alone(office: Office, watch: Watch) -> None:
    other = office.switch.presence.subscribe(WHO, f"whisper+{USER}")
    send(office, tell(Lamp.PAGE, USER, True, other.call_id))
    assert (watch.lit, other.lit) == (None, True)

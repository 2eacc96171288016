"""M1, P11: the switch does not say what has become of a message, and the history says so none the less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.paging.announcing import RINGING
from controller.paging.messages import Sending
from controller.paging.takeover import RUNG
from controller.paging.unended import EVERY
from controller.simulator.switch import Switch
from tests.contract.killing import at_each_command
from tests.contract.office import SimulatedOffice
from tests.contract.rig import station

SOUND = "ivr/visitor.wav"
LOBBY, ANNA, BERT = (UserName(each, "pbx.test") for each in ("lobby", "1002", "1003"))


def opened(folder: Path, codec: str = "PCMU") -> SimulatedOffice:
    """An office in which 1002 is on a call."""
    office = SimulatedOffice(folder)
    office.office.switch.lengths[SOUND] = 10.0
    office.codecs = {"1002": codec}
    office.target_calls()
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SimulatedOffice]:
    with closing(opened(tmp_path)) as office:
        yield office


def send(office: SimulatedOffice, target: UserName = ANNA) -> PageRecord:
    assert office.controller
    by, there = station(office.controller), office.office.switch.channels
    office.wait(lambda: all(uuid in by.legs for uuid in there), "the controller to know every leg")
    office.clock.sleep(0.1)  # and what they do
    sent = by.messages.send(Sending(LOBBY, target, Message("visitor", sound=SOUND)))
    assert isinstance(sent, PageRecord)
    return sent


def cut_at(office: SimulatedOffice, number: int, moment: str) -> list[str]:
    """Cut the link at its command `number`, counted from now; returns its commands, as they will come."""
    commands: list[str] = []

    def met(line: str, client: int) -> None:
        if client == 1:
            commands.append(line)
            if len(commands) == number + 1:
                raise ConnectionAbortedError

    setattr(office.office.socket.faults, moment, met)
    return commands


def settled(office: SimulatedOffice) -> bool:
    """Whether the link is up, nothing of a message is left, and the history has its end."""
    assert office.controller
    by = station(office.controller)
    over = not office.legs("loopback/") and not by.live.all() and by.link.state == "up"
    return over and all(each["ending"] for each in office.attempts())


def is_told_as_heard(office: SimulatedOffice, target: UserName, note: str) -> None:
    """Assert that the history says of one message whether its target has heard it."""
    office.wait(lambda: settled(office), f"the end; {note}", RUNG + 2 * EVERY)
    (row,) = office.attempts()
    heard = any(SOUND in each for each in office.office.switch.sounds.get(target.extension, ()))
    assert (row["ending"] == "heard") is heard, f"{row}, heard: {heard}; {note}"


@pytest.mark.parametrize(
    ("target", "codec", "moment", "step"),
    [(ANNA, "G722", "before", 3), (ANNA, "G722", "after", 3), (BERT, "PCMU", "after", 1)],
)
def test_history_is_right_wherever_the_link_is_cut(
    tmp_path: Path, target: UserName, codec: str, moment: str, step: int
) -> None:
    folders = count()

    def one(number: int) -> bool:
        (folder := tmp_path / str(next(folders))).mkdir()
        with closing(opened(folder, codec)) as office:
            commands = cut_at(office, number, moment)
            send(office, target)
            office.clock.sleep(1)
            office.office.socket.faults.heal()
            note = f"{moment} {number}: {commands[-1:]}"
            is_told_as_heard(office, target, note)
            return len(commands) > number

    at_each_command(one, step=step)


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_message_whose_last_answer_is_lost_is_taken_over_with_its_keys(tmp_path: Path, codec: str) -> None:
    last = {"PCMU": "loopback/message-", "G722": " say-"}[codec]
    with closing(opened(tmp_path, codec)) as office:

        def met(line: str, client: int) -> None:
            if client == 1 and last in line:
                raise ConnectionAbortedError

        office.office.socket.faults.after = met
        assert send(office).reason is None
        call = office.got("1002")
        office.wait(lambda: "1" in call.leg.meta, "the keys")
        office.press(call, "*1")
        office.attempt(treatment="whisper", ending="replied", reply="I am coming")


def slow(office: SimulatedOffice, endpoint: str, seconds: float, *, before: bool) -> None:
    """Let the switch take so many seconds before it calls an endpoint, or before it answers that it has."""
    originate = office.office.switch.apis["originate"]

    def late(switch: Switch, argument: str) -> str:
        if endpoint not in argument:
            return originate(switch, argument)
        if before:
            office.clock.sleep(seconds)
        answer = originate(switch, argument)
        office.clock.sleep(seconds)
        return answer

    office.office.switch.apis["originate"] = late


@pytest.mark.parametrize("before", [True, False])
def test_message_that_the_switch_makes_late_is_followed(office: SimulatedOffice, before: bool) -> None:
    if not before:
        office.office.switch.tempo = 1  # so that the message is not over before the answer
    slow(office, "loopback/message-", 8.0, before=before)
    assert send(office).reason is None
    office.attempt(treatment="whisper", ending="heard", message="visitor")


def test_message_that_never_comes_up_is_lost(office: SimulatedOffice) -> None:
    slow(office, "loopback/message-", 1000.0, before=True)
    assert send(office).reason is None
    office.clock.sleep(RUNG + EVERY)
    office.attempt(treatment="whisper", ending="lost")


def test_idle_target_whose_answer_the_switch_does_not_tell_hears_the_message_on(
    office: SimulatedOffice,
) -> None:
    office.office.switch.lengths[SOUND] = 150.0
    slow(office, "sofia/", 1000.0, before=False)
    send(office, BERT)
    office.clock.sleep(RINGING + 6)  # until the controller waits for the answer no longer
    office.attempt(treatment="intercom", ending="heard", message="visitor")

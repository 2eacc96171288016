"""No attempt stays open in the history, whoever dies (S3, C5, M1, G1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import gevent
import pytest

from controller.app import Controller
from controller.domain.message import Message
from controller.domain.names import UserName
from controller.domain.record import PageRecord
from controller.eventsocket.outcome import Outcome
from controller.paging import unended
from controller.paging.messages import Sending
from controller.paging.takeover import ARRIVED
from controller.simulator.client import Client
from controller.simulator.phones import PhoneCall
from controller.switch.steps import Step
from tests.contract.gathering import FEW, GROUP, make_group, on_calls
from tests.contract.killable import Mortal
from tests.contract.killing import UNSEEN
from tests.contract.rig import Controllers, Rig, station
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

SOUND = "ivr/visitor.wav"
#: Seconds within which an attempt is closed that has not arrived at another switch, and that nobody follows.
SOON = ARRIVED + 2 * unended.EVERY


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Rig(open_to_all(tmp_path / "one.db"), tempo=5)) as rig:
        rig.office.switch.lengths[SOUND] = 10.0
        yield rig


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        yield two


def row(rig: Controllers) -> PageRecord:
    """The only attempt."""
    [attempt] = rig.attempts()
    return attempt


def ended(rig: Controllers) -> bool:
    """Whether there is an attempt, and none without an end."""
    attempts = rig.attempts()
    return bool(attempts) and all(each.ended_at for each in attempts)


# -- a message to an idle phone, which rings --------------------------------------------------------------


def does_not_answer(rig: Rig, extension: str) -> None:
    phone = rig.office.phone(extension)
    phone.behaviour = replace(phone.behaviour, answers=False, auto_answer=lambda _: False)


def rings(rig: Rig, controller: Controller) -> PhoneCall:
    """Send a message to 1003, whose phone rings; return its call."""
    does_not_answer(rig, "1003")
    lobby, bert = (UserName(each, "pbx.test") for each in ("lobby", "1003"))
    sending = Sending(lobby, bert, Message("visitor", sound=SOUND))
    gevent.spawn(station(controller).messages.send, sending)
    rig.settle(lambda: rig.office.phone("1003").calls, "the phone to ring")
    return rig.office.phone("1003").call


def test_message_of_a_dead_controller_is_closed_by_the_other_one(rig: Rig) -> None:
    first = Mortal(rig)
    rig.start()
    rig.settle(lambda: first.up, "the first controller")
    call = rings(rig, first.controller)
    first.kill()
    call.hang_up()
    rig.settle(lambda: ended(rig), "the end of the row", UNSEEN)
    assert row(rig).ending == "lost"


def test_message_that_rings_as_a_controller_comes_back_is_open_until_it_was_heard(rig: Rig) -> None:
    first = Mortal(rig)
    rig.settle(lambda: first.up, "the first controller")
    call = rings(rig, first.controller)
    first.kill()
    controller = rig.start()
    assert row(rig).ended_at is None
    call.answer()
    rig.settle(lambda: station(controller).live.all(), "the message to be followed")
    rig.settle(lambda: ended(rig), "the end of the row", 60)
    assert row(rig).ending == "heard"


def test_member_that_rings_as_its_controller_dies_is_closed_by_the_other_one(rig: Rig) -> None:
    make_group(rig.store, FEW)
    first = Mortal(rig)
    rig.start()
    rig.settle(lambda: first.up, "the first controller")
    does_not_answer(rig, "1005")
    on_calls(rig.office.dial, rig.settle)
    pager = rig.office.dial("1001", GROUP)
    rig.settle(lambda: rig.office.phone("1005").calls, "the member's phone to ring")
    first.kill()
    pager.hang_up()
    rig.settle(lambda: ended(rig), "the end of each row", UNSEEN)


# -- a page that is on its way to another switch ----------------------------------------------------------


def test_page_is_not_lost_to_a_controller_that_connects_while_it_is_on_its_way(
    two: TwoSwitches, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two.start(), two.make()
    two.target_calls()
    runner = at(first, "alpha").runner
    send = runner.run

    def later(steps: tuple[Step, ...]) -> tuple[Step, Outcome] | None:
        monkeypatch.undo()
        second.start()
        two.settle(lambda: at(second, "beta").link.state == "up", "the second controller")
        return send(steps)

    monkeypatch.setattr(runner, "run", later)
    two.page()
    second.history.drain(30)
    assert row(two).ended_at is None


@pytest.mark.parametrize("last", ["dial", "elsewhere"])
def test_pager_that_hangs_up_while_its_call_is_being_sent(
    two: TwoSwitches, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    controller = two.start()
    two.target_calls()
    runner = at(controller, "alpha").runner
    run, pagers = runner.run, list[PhoneCall]()

    def send(steps: tuple[Step, ...]) -> tuple[Step, Outcome] | None:
        return run(hung_up(steps))

    def hung_up(steps: tuple[Step, ...]) -> Iterator[Step]:
        for step in steps:
            if step.name == last and not pagers[0].over:
                pagers[0].hang_up()
                two.settle(lambda: not at(controller, "alpha").live.all(), "the controller to know it")
            yield step

    monkeypatch.setattr(runner, "run", send)
    pagers.append(two.alpha.dial("1001", "*191002"))
    two.settle(lambda: ended(two), "the end of the row")
    assert (row(two).reason, row(two).ending) == (None, "pager_hung_up")


@pytest.mark.parametrize("word", ["whisperpage_dial", "elsewhere"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_pager_that_hangs_up_while_its_switch_is_not_reached(
    two: TwoSwitches, word: str, moment: str
) -> None:
    controller = two.start()
    two.target_calls()
    faults, cut = two.alpha.socket.faults, []

    def met(line: str, _: Client) -> None:
        if word in line and not cut:
            cut.append(line)
            faults.refused = True
            two.alpha.socket.cut()
            raise ConnectionAbortedError

    setattr(faults, moment, met)
    pager = two.alpha.dial("1001", "*191002")
    two.settle(lambda: at(controller, "alpha").link.state != "up" and cut, "the gap")
    if not pager.over:
        pager.hang_up()
    two.settle(lambda: ended(two), "the end of the row", SOON)
    two.settle(lambda: not two.page_legs(), "no leg of the page to be left")
    faults.heal()
    two.settle(lambda: at(controller, "alpha").link.state == "up", "the switch")


def test_controller_that_dies_before_it_writes_that_a_call_did_not_arrive(
    two: TwoSwitches, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Mortal(two)
    two.settle(lambda: first.up, "the first controller")
    two.start()
    two.target_calls()
    two.beta.switch.configuration.acls.clear()  # the call is turned away there
    crossings = at(first.controller, "alpha").crossings
    give_up = crossings._give_up

    def die(page_id: str) -> bool:
        done = give_up(page_id)
        first.kill()
        return done

    monkeypatch.setattr(crossings, "_give_up", die)
    two.alpha.dial("1001", "*191002")
    two.settle(lambda: ended(two), "the end of the row", SOON)
    assert not first.alive


# -- a switch that never comes back -----------------------------------------------------------------------


def test_page_of_a_switch_that_has_another_name_now_is_closed_when_it_is_long_over(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unended, "SELDOM", 60.0)
    monkeypatch.setattr(unended, "LONG_OVER", timedelta(minutes=5))
    controller = rig.start()
    call = rig.office.dial("1002", "9555")
    rig.settle(lambda: call.leg.link, "the call")
    rig.office.dial("1001", "*191002")
    rig.settle(lambda: any(each.answered_at for each in rig.attempts()), "the page")
    rig.office.name = "renamed"
    rig.office.restart()
    rig.settle(lambda: station(controller).name == "renamed", "the other name")
    rig.settle(lambda: station(controller).link.state == "up", "the switch")
    rig.clock.sleep(200)
    assert row(rig).ended_at is None
    rig.settle(lambda: ended(rig), "the end of the row", 300)
    assert row(rig).ending == "lost"

"""Messages by their feature code: dialled or asked for, texts, several controllers and switches (M1)."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gevent import GreenletExit

from controller.app import Controller
from controller.domain.message import Message
from controller.domain.record import PageRecord
from controller.errors import DatabaseUnavailable
from controller.paging.takeover import RUNG
from controller.paging.unended import EVERY
from controller.simulator.phones import PhoneCall
from controller.station import Station
from controller.store import messages
from controller.store.session import Store
from tests.contract.killable import mortal
from tests.contract.killing import Scenes, at_each_command, scenes_in, tell_beside, tell_until_killed
from tests.contract.office import OVER, SimulatedOffice
from tests.contract.rig import station
from tests.contract.scene import Scene
from tests.contract.two import TwoSwitches, at
from tests.databases import open_to_all

SOUND = "ivr/visitor.wav"
#: The tones in Hz by which a sender hears that its message is sent.
SENT = (600, 900, 1200)


def add(store: Store) -> None:
    with store.unit() as unit:
        messages.add(unit, "*", Message("lobby", SOUND, number=1))
        messages.add(unit, "*", Message("text", words="Your visitor is here", number=12))
        unit.commit()


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def office(tmp_path: Path, settings: dict[str, Any]) -> Iterator[SimulatedOffice]:
    with closing(SimulatedOffice(tmp_path, **settings)) as office:
        office.office.switch.lengths[SOUND] = 10.0
        add(office.store)
        yield office


def told(office: SimulatedOffice, sound: str = SOUND) -> None:
    office.wait(lambda: sound in office.office.hears("1002"), "the target to hear the message")
    assert sound not in office.office.hears("1001")


def heard_that_it_is_sent(office: SimulatedOffice) -> None:
    office.wait(lambda: not office.legs("1001@"), "the end of the sender's call")
    assert office.beeps("1001", SENT)[-3:] == list(SENT)


def test_message_is_sent_by_its_number_and_the_sender_hears_that_it_is(office: SimulatedOffice) -> None:
    office.target_calls()
    assert not office.cause(office.dial("1001", "*181*1002"))
    told(office)
    [record] = office.rig.attempts()
    assert (str(record.pager), str(record.target), record.treatment) == (
        "1001@pbx.test",
        "1002@pbx.test",
        "whisper",
    )
    heard_that_it_is_sent(office)


@pytest.mark.parametrize(
    ("number", "cause", "reason"),
    [
        ("*182*1002", "UNALLOCATED_NUMBER", "no_message"),
        ("*181*1999", "UNALLOCATED_NUMBER", "unknown_target"),
        ("*181*1001", "CALL_REJECTED", "oneself"),
        ("*181*", "INVALID_NUMBER_FORMAT", "malformed"),
        ("*180*1002", "INVALID_NUMBER_FORMAT", "malformed"),
        ("*1812*1002", "NORMAL_TEMPORARY_FAILURE", "not_spoken"),
    ],
)
def test_refusal_is_heard_and_kept(office: SimulatedOffice, number: str, cause: str, reason: str) -> None:
    office.target_calls()
    assert office.cause(office.dial("1001", number)) == cause
    office.attempt(treatment="refused", reason=reason)
    assert len(office.attempts()) == 1
    assert OVER in office.beeps("1001", (OVER,))


def test_sender_beyond_its_limit_is_refused(tmp_path: Path) -> None:
    limits = {"pager_limit": "1/minute", "target_limit": "0"}
    with closing(SimulatedOffice(tmp_path, limits)) as office:
        add(office.store)
        office.target_calls()
        assert not office.cause(office.dial("1001", "*181*1002"))
        for _ in range(3):
            assert office.cause(office.dial("1001", "*181*1002")) == "CALL_REJECTED"
        office.attempt(treatment="refused", reason="too_often")
        assert len(office.attempts()) == 2


@pytest.fixture
def speaking(tmp_path: Path, settings: dict[str, Any]) -> str:
    """Settings with a command that speaks; returns its folder."""
    with wave.open(str(tmp_path / "sample.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(160_000))
    folder = f"{tmp_path}/kept"
    settings |= {"speech_command": f"cp {tmp_path}/sample.wav {{file}}", "speech_folder": folder}
    return folder


def test_text_is_spoken_when_it_is_sent(speaking: str, office: SimulatedOffice) -> None:
    office.target_calls()
    office.dial("1001", "*1812*1002")
    heard = office.office.switch.sounds
    office.wait(lambda: any(each.startswith(speaking) for each in heard.get("1002", ())), "the text")
    heard_that_it_is_sent(office)


def test_two_controllers_send_a_message_once(office: SimulatedOffice) -> None:
    second = office.rig.start()
    office.target_calls()
    office.wait(
        lambda: all(leg["uuid"] in station(second).legs for leg in office.legs()), "it to know the call"
    )
    office.dial("1001", "*181*1002")
    told(office)
    heard_that_it_is_sent(office)
    assert len(office.rig.attempts()) == 1


def both(office: SimulatedOffice) -> list[Station]:
    """The stations of two controllers that know the call of 1002."""
    assert office.controller
    stations = [station(each) for each in (office.controller, office.rig.start())]
    office.target_calls()

    def known() -> bool:
        return all(leg["uuid"] in each.legs for each in stations for leg in office.legs())

    office.wait(known, "both to know the call")
    return stations


def test_controller_without_its_database_leaves_a_message_to_the_other(office: SimulatedOffice) -> None:
    def fails(record: PageRecord) -> bool:
        raise DatabaseUnavailable("away")

    both(office)[0].messages._claim = fails
    office.dial("1001", "*181*1002")
    told(office)
    heard_that_it_is_sent(office)
    office.wait(lambda: office.rig.attempts()[0].ended_at, "the end")
    assert [(each.treatment, each.reason) for each in office.rig.attempts()] == [("whisper", None)]


def test_message_whose_controller_dies_before_it_is_heard_is_lost(office: SimulatedOffice) -> None:
    def dies(*_: object) -> PageRecord:
        raise GreenletExit

    for each in both(office):  # whichever has claimed it
        each.messages._carry_out = dies  # type: ignore[method-assign]
    call = office.dial("1001", "*181*1002")
    office.wait(lambda: call.over, "the refusal by the dialplan")
    assert office.rig.attempts()[0].ended_at is None
    office.clock.sleep(RUNG + EVERY)
    office.attempt(treatment="whisper", ending="lost")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSwitches]:
    with closing(TwoSwitches(open_to_all(tmp_path / "two.db"))) as two:
        add(two.store)
        two.beta.switch.lengths[SOUND] = 10.0
        yield two


def test_message_is_heard_on_the_switch_that_has_the_target(two: TwoSwitches) -> None:
    two.start()
    two.target_calls()
    sender = two.alpha.dial("1001", "*181*1002")
    two.settle(lambda: SOUND in two.beta.hears("1002"), "the message")
    two.settle(lambda: sender.over, "the end of the sender's call")
    assert " ".join(two.heard("1001")).count("900") == 1
    two.settle(lambda: two.attempts()[0].ending == "heard", "its end")
    [record] = two.attempts()
    assert (record.switch, record.treatment) == ("beta", "whisper")


def test_message_to_a_switch_that_cannot_be_reached_is_refused_by_its_name(two: TwoSwitches) -> None:
    controller = two.start()
    two.target_calls()
    two.beta.socket.faults.refused = True
    two.beta.socket.cut()
    two.settle(lambda: at(controller, "beta").link.state != "up", "the switch to be away")
    sender = two.alpha.dial("1001", "*181*1002")
    two.settle(lambda: sender.over, "the end of the sender's call")
    assert sender.cause == "NORMAL_TEMPORARY_FAILURE"
    assert [each.reason for each in two.attempts()] == ["switch_away"]


# -- P11: a controller that dies ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return scenes_in(tmp_path_factory.mktemp("databases"))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("extension", ["1002", "1005"])
def test_controller_killed_at_any_command_leaves_a_message_to_the_next_one(
    scenes: Scenes, extension: str, moment: str
) -> None:
    """1002 is on a call, and 1005 is idle."""
    at_each_command(lambda number: play(scenes(), extension, number, moment), step=4)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_one_of_two_killed_at_any_command_leaves_a_message_to_the_other(scenes: Scenes, moment: str) -> None:
    at_each_command(lambda number: play(scenes(), "1002", number, moment, beside=True), step=16)


def play(scene: Scene, extension: str, number: int, moment: str, *, beside: bool = False) -> bool:
    """Send a message that its target answers, with a kill at a command; False if there are fewer commands."""
    add(scene.store)
    scene.office.switch.lengths[SOUND] = 10.0
    scene.target_calls()
    scene.kill_at(number, moment)
    with closing(scene):
        second = None
        if beside:
            second = tell_beside(scene, lambda first: tell(scene, extension))
        else:
            tell_until_killed(scene, mortal(scene), lambda first: tell(scene, extension))
        scene.office.socket.faults.heal()
        note = f"killed {moment} {number}: {scene.killed}"
        verify(scene, second or scene.start(), extension, note)
        assert scene.killed or [each.ending for each in scene.attempts()] == ["replied"], note
    return bool(scene.killed)


def phone(scene: Scene, extension: str) -> PhoneCall | None:
    """The target's call: that with its client, or the one by which it hears the message."""
    calls = scene.office.phone(extension).calls
    return calls[-1] if calls else None


def hears_it(scene: Scene, extension: str) -> bool:
    return SOUND in scene.office.hears(extension)


def tell(scene: Scene, extension: str) -> None:
    scene.dial(f"*181*{extension}")
    scene.until(lambda: hears_it(scene, extension), "the message")
    target = phone(scene, extension)
    assert target
    scene.until(lambda: len(target.leg.meta) >= 4, "the keys")
    target.press("*2")
    scene.until(lambda: not hears_it(scene, extension) and not scene.page_legs, "the end")


def verify(scene: Scene, controller: Controller, extension: str, note: str) -> None:
    """Assert that this controller, the next or the second, finds all as it is, and that nothing stays."""
    office, client = scene.office, scene.target
    assert client
    if scene.pager:
        office.settle(lambda: scene.pager and scene.pager.over, f"the end of the sender's call; {note}")
    office.settle(lambda: not hears_it(scene, extension), f"the end of the message; {note}")
    office.settle(lambda: not scene.page_legs, f"nothing of the message to be left; {note}")
    office.settle(lambda: not station(controller).live.all(), f"nothing to be followed any more; {note}")
    for key in tuple(client.leg.meta):
        client.press(f"*{key}")  # a key without a message unbinds itself
    office.settle(lambda: not client.leg.meta, f"no keys to be left; {note}")
    assert not client.leg.bugs, note
    assert not [name for name in client.leg.variables if "whisperpage" in name], note
    other = phone(scene, extension)
    office.settle(lambda: not other or other is client or other.over, f"no phone to be called; {note}")
    controller.history.drain(30)
    if not all(each.ended_at for each in scene.attempts()):
        scene.clock.sleep(RUNG + EVERY)  # the other controller would not have sent it before
    office.settle(lambda: all(each.ended_at for each in scene.attempts()), f"every end to be kept; {note}")
    assert len(scene.attempts()) <= 1, note

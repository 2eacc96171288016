"""`doctor --audio` on a real switch: it proves P1 there, detects broken pages, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from controller.doctor import standins
from controller.doctor.audio import try_page
from controller.doctor.check import Check
from controller.doctor.hearing import Observation, moments, page
from controller.doctor.trial import Trial
from controller.errors import SwitchUnreachable
from controller.eventsocket.api import uuid_broadcast
from controller.eventsocket.connection import Connection
from controller.laboratory.esl import ESL
from controller.switch.pagelegs import PageMark
from controller.switch.steps import Step
from controller.switch.topology import Pair, Party, Topology
from controller.switch.whisper import WHISPER
from controller.switch_address import SwitchAddress
from tests.live.office import OPEN_TO_ALL, wait_for
from tests.live.pbx import SECRETS, Pbx, pages, serving, settings, whisperpage

PAGE = page(WHISPER)
MOMENTS = moments(WHISPER)


@pytest.fixture
def environment(pbx: Pbx, tmp_path: Path) -> dict[str, str]:
    environment = settings(pbx, tmp_path)
    whisperpage(environment, "db", "upgrade")
    return environment


def login(pbx: Pbx) -> SwitchAddress:
    """The administrator's login, since breaking a page needs more rights than making one."""
    return SwitchAddress("127.0.0.1", pbx.esl, SECRETS["event_socket_password"])


@contextmanager
def connected(pbx: Pbx) -> Iterator[Connection]:
    connection = Connection(login(pbx))
    try:
        connection.connect()
        yield connection
    finally:
        connection.stop()


def channels(administrator: ESL) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(administrator.api("show channels as json")).get("rows", [])
    return rows


def gone(administrator: ESL, seconds: float = 5) -> None:
    wait_for(lambda: not channels(administrator), "the last channel to be gone", seconds)


def heard(found: list[Observation | Check]) -> dict[str, set[Pair]]:
    """The differences from what should be heard in each moment."""
    assert not [each for each in found if isinstance(each, Check)], found
    return {
        each.moment.name: set(each.heard ^ each.moment.hears)
        for each in found
        if isinstance(each, Observation)
    }


def tried(pbx: Pbx, topology: Topology = WHISPER) -> dict[str, set[Pair]]:
    return heard(list(try_page(login(pbx), 5, lambda turns: None, topology)))


NOTHING_WRONG: dict[str, set[Pair]] = {moment.name: set() for moment in MOMENTS}


def test_doctor_finds_a_page_right_with_the_login_of_least_privilege(
    pbx: Pbx, administrator: ESL, environment: dict[str, str]
) -> None:
    done = whisperpage(environment, "doctor", "--audio", "--json")
    rows = json.loads(done.stdout)
    # here nobody may page, and no controller serves
    assert {row["what"] for row in rows if not row["right"]} == {"rights", "controller"}
    found = {row["what"]: row["found"] for row in rows}
    assert found["page: pager hears target"] == "yes"
    assert found["page: far party hears pager"] == "no"
    gone(administrator)


def test_it_shows_who_hears_whom_as_a_table(environment: dict[str, str]) -> None:
    done = whisperpage(environment, "doctor", "--audio")
    page = done.stdout[done.stdout.index("\n  page ") :].splitlines()[1:4]
    assert [line.split() for line in page] == [
        ["page", "pager", "-", "yes", "-"],
        ["target", "yes", "-", "yes"],
        ["far", "party", "-", "yes", "-"],
    ]


# -- broken pages ------------------------------------------------------------------------------------------


def joins(application: str) -> Topology:
    """A pager that joins the target's call with one application, like an office without Whisper Page."""

    def steps(mark: PageMark) -> tuple[Step, ...]:
        return (Step("join", uuid_broadcast(mark.pager_leg, f"{application}::{mark.target_leg}")),)

    return replace(WHISPER, legs=(), steps=steps)


def test_doctor_hears_that_a_plain_eavesdrop_is_no_page(pbx: Pbx, administrator: ESL) -> None:
    wrong = tried(pbx, joins("eavesdrop"))
    assert wrong["page"] == {(Party.PAGER, Party.FAR), (Party.TARGET, Party.PAGER)}
    gone(administrator)


def test_doctor_hears_that_a_three_way_call_is_no_page(pbx: Pbx, administrator: ESL) -> None:
    wrong = tried(pbx, joins("three_way"))
    assert wrong["page"] == {(Party.PAGER, Party.FAR), (Party.FAR, Party.PAGER)}
    gone(administrator)


def test_doctor_hears_that_a_page_without_its_second_half_is_one_way(pbx: Pbx, administrator: ESL) -> None:
    def deaf(mark: PageMark) -> tuple[Step, ...]:
        return tuple(step for step in WHISPER.steps(mark) if step.name != "speak")

    half = replace(WHISPER, legs=WHISPER.legs[:2], steps=deaf)
    assert tried(pbx, half) == NOTHING_WRONG | {"page": {(Party.TARGET, Party.PAGER)}}
    gone(administrator)


@pytest.mark.parametrize(
    ("extension", "words", "instead", "wrong"),
    [
        (
            "relay",
            "eavesdrop_bridge_aleg=",
            "eavesdrop_bridge_bleg=",
            {(Party.PAGER, Party.PAGER), (Party.PAGER, Party.TARGET), (Party.PAGER, Party.FAR)},
        ),
        (
            "speak",
            "_bleg=",
            "_aleg=",
            {(Party.FAR, Party.PAGER), (Party.TARGET, Party.PAGER), (Party.PAGER, Party.PAGER)},
        ),
        ("speak", "eavesdrop_whisper_bleg=", "eavesdrop_whisper_aleg=", {(Party.TARGET, Party.PAGER)}),
    ],
)
def test_one_wrong_word_in_the_installed_dialplan_is_heard(
    pbx: Pbx, administrator: ESL, extension: str, words: str, instead: str, wrong: set[Pair]
) -> None:
    file = pbx.folder / "conf" / "dialplan" / "whisperpage.xml"
    right = file.read_text()
    before, start, after = right.partition(f'<extension name="{extension}">')
    own, end, rest = after.partition("</extension>")
    assert words in own
    file.write_text(before + start + own.replace(words, instead) + end + rest)
    administrator.api("reloadxml")
    try:
        assert tried(pbx) == NOTHING_WRONG | {"page": wrong}
    finally:
        file.write_text(right)
        administrator.api("reloadxml")
    gone(administrator)


def test_a_failed_page_is_reported_with_its_step(pbx: Pbx, administrator: ESL) -> None:
    file = pbx.folder / "conf" / "dialplan" / "whisperpage.xml"
    right = file.read_text()
    file.write_text(right.replace('<context name="whisperpage@switch">', '<context name="elsewhere">'))
    administrator.api("reloadxml")
    try:
        *_, last = try_page(login(pbx), 5, lambda turns: None)
    finally:
        file.write_text(right)
        administrator.api("reloadxml")
    assert isinstance(last, Check)
    assert "the step `relay` of a page" in last.fix
    gone(administrator)


# -- beside others -----------------------------------------------------------------------------------------


def test_a_running_controller_ignores_it(
    pbx: Pbx, administrator: ESL, environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(environment, log):
        whisperpage(environment, "groups", "set", "default", *OPEN_TO_ALL)
        assert tried(pbx) == NOTHING_WRONG
        gone(administrator)
        assert pages(environment) == []
    assert "page." not in log.read_text()


def test_a_controller_that_starts_meanwhile_does_not_take_the_page_over(
    pbx: Pbx, administrator: ESL, environment: dict[str, str], tmp_path: Path
) -> None:
    with connected(pbx) as connection, Trial(connection, 5) as trial:
        for moment in MOMENTS[: MOMENTS.index(PAGE)]:
            trial.observe(moment)
        assert trial.observe(PAGE).right
        with serving(environment, tmp_path / "log"):
            assert "page.taken_over" not in (tmp_path / "log").read_text()
            assert pages(environment) == []
        assert trial.observe(MOMENTS[-1]).right
    gone(administrator)


def test_other_calls_are_as_they_were(pbx: Pbx, administrator: ESL) -> None:
    def states() -> dict[str, str]:
        return {row["uuid"]: row["state"] for row in channels(administrator)}

    leg = administrator.api("originate {loopback_bowout=false}loopback/app=park &park()").removeprefix("+OK ")
    wait_for(lambda: len(states()) == 2, "both ends of the other call")
    before = states()
    assert tried(pbx) == NOTHING_WRONG
    wait_for(lambda: states() == before, "the other call alone")
    administrator.api(f"uuid_kill {leg}")
    gone(administrator)


def test_two_doctors_at_once_do_not_hear_each_others_patients(pbx: Pbx, administrator: ESL) -> None:
    doctors = [gevent.spawn(tried, pbx) for _ in range(2)]
    gevent.joinall(doctors)
    assert [doctor.value for doctor in doctors] == [NOTHING_WRONG] * 2
    gone(administrator)


# -- what it leaves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels_up", [1, 6, 10])
def test_an_interrupted_doctor_hangs_up_everything(
    administrator: ESL, environment: dict[str, str], channels_up: int
) -> None:
    """It is interrupted at its first channel, in the calls, and in the page."""
    command = [str(Path(sys.executable).parent / "whisperpage"), "doctor", "--audio"]
    doctor = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: len(channels(administrator)) >= channels_up, "the doctor's channels", 15)
    doctor.send_signal(signal.SIGINT)
    _, told = doctor.communicate(timeout=15)
    assert doctor.returncode == 130
    assert b"Traceback" not in told
    gone(administrator, 2)


def test_a_doctor_that_is_cut_off_leaves_what_ends_by_itself(
    pbx: Pbx, administrator: ESL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standins, "LIFE", 4)
    with connected(pbx) as connection, Trial(connection, 5) as trial:
        trial.observe(MOMENTS[0])
        connection.close(SwitchUnreachable("cut off"))
        with pytest.raises(SwitchUnreachable, match="cut off"):
            trial.observe(MOMENTS[1])
    assert channels(administrator)
    gone(administrator, 6)


def test_a_switch_without_loopback_is_refused_with_what_to_do(
    pbx: Pbx, administrator: ESL, environment: dict[str, str]
) -> None:
    assert administrator.api("unload mod_loopback").startswith("+OK")
    try:
        done = whisperpage(environment, "doctor", "--audio")
    finally:
        administrator.api("load mod_loopback")
    assert done.returncode == 1
    assert "FAIL audio: not tried" in done.stdout
    assert "Load mod_loopback in modules.conf.xml" in done.stdout
    assert channels(administrator) == []

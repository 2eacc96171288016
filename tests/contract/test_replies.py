"""The contract, replies: the target answers a page by one key, or declines it (R1, R2, R3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from controller.laboratory.office import HOLD_MUSIC
from controller.simulator.events import SwitchEvent
from controller.simulator.phones import PhoneCall
from tests.contract.office import HEARD, OVER, PAGE_TONE, PARTIES, REPLIED, ContractOffice, SimulatedOffice
from tests.contract.rig import station
from tests.contract.test_keys import digits, mute, muted
from tests.contract.test_pages import CALL, PAGED

DECLINED = REPLIED[::-1]
MUSIC = f"tone_stream://v=-13;%(10000,0,{HOLD_MUSIC});loops=-1"


def answered(office: ContractOffice, target: object, keys: str, **wanted: str) -> None:
    """Make the target press a reply's key; wait until the page has ended so, and the call goes on."""
    office.press(target, keys)
    office.wait(lambda: not office.legs("loopback/"), "the page to be gone")
    office.attempt(treatment="whisper", **wanted)
    office.wait(office.call_goes_on, "the call to go on")


@pytest.mark.parametrize(
    ("keys", "ending", "reply", "tones"),
    [
        ("*1", "replied", "I am coming", REPLIED),
        ("*2", "replied", "five minutes", REPLIED),
        ("*3", "declined", "I cannot", DECLINED),
    ],
)
def test_reply_ends_the_page_and_its_pager_hears_which_kind_it_is(
    office: ContractOffice, keys: str, ending: str, reply: str, tones: tuple[int, ...]
) -> None:
    target = office.target_calls()
    office.page()
    answered(office, target, keys, ending=ending, reply=reply)
    assert office.beeps("1001", (PAGE_TONE, OVER, *REPLIED)) == [PAGE_TONE, *tones]


def test_nobody_but_the_pager_hears_a_reply(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    answered(office, target, "*1", ending="replied")
    office.clock.sleep(1.0)  # the tone is some 500 ms long
    assert office.beeps("1002", (*REPLIED, OVER)) == []
    assert office.beeps("customer", (*REPLIED, OVER, PAGE_TONE)) == []


def test_no_digit_of_a_reply_reaches_the_call_and_its_keys_are_the_calls_own_afterwards(
    office: ContractOffice,
) -> None:
    target = office.target_calls()
    office.page()
    assert digits(office, target, "*2") == ""
    office.wait(office.call_goes_on, "the call to go on")
    assert digits(office, target, "*1*2*3*5*6*7") == "*1*2*3*5*6*7"


def test_reply_without_a_controller_ends_the_page_and_is_heard(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.kill_controller()
    office.press(target, "*3")
    office.wait(lambda: not office.legs("loopback/"), "the page to be gone")
    office.wait(office.call_goes_on, "the call to go on")
    office.start_controller()
    assert office.beeps("1001", REPLIED) == list(DECLINED)


def test_controller_that_comes_during_a_page_knows_the_words_of_a_reply(office: ContractOffice) -> None:
    target = office.target_calls()
    office.page()
    office.kill_controller()
    office.start_controller()
    answered(office, target, "*2", ending="replied", reply="five minutes")


# -- the simulator alone, with settings of its own ---------------------------------------------------------


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[SimulatedOffice]:
    with closing(SimulatedOffice(tmp_path, show_on_displays=True)) as office:
        yield office


def sql(office: SimulatedOffice, statement: str) -> None:
    with office.store.unit() as unit:
        unit.session.execute(text(statement))
        unit.commit()


def shown(office: ContractOffice, leg: str) -> str:
    return office.wire.api(f"uuid_getvar {leg} last_sent_callee_id_name").strip()


@pytest.mark.parametrize(("keys", "words"), [("*1", "I am coming"), ("*3", "I cannot")])
def test_pager_reads_the_reply_on_its_display(simulated: SimulatedOffice, keys: str, words: str) -> None:
    target = simulated.target_calls()
    simulated.page()
    pager = simulated.leg("1001")
    simulated.press(target, keys)
    simulated.wait(lambda: shown(simulated, pager) == f"1002 - {words}", "the reply")
    simulated.clock.sleep(2.5)
    assert shown(simulated, pager) == f"1002 - {words}"
    simulated.wait(simulated.page_gone, "the pager's call to end", 3)


def test_display_of_the_target_is_as_before_the_page_after_a_reply(simulated: SimulatedOffice) -> None:
    target = simulated.target_calls()
    leg = simulated.leg("1002")
    simulated.wait(lambda: "_undef_" not in shown(simulated, leg), "the far party to be shown")
    before = shown(simulated, leg)
    simulated.page()
    simulated.wait(lambda: shown(simulated, leg) != before, "the page to be shown")
    simulated.press(target, "*1")
    simulated.wait(lambda: shown(simulated, leg) == before, "the far party to be shown again")


@pytest.mark.parametrize(
    "words",
    [
        "${system(touch /tmp/x)}",
        "$${domain}",
        "a|b",
        '"><sip:evil>',
        "x\ny: z",
        "x\r\n\r\napi hupall",
        "}{a=b}",
        "'; DROP",
        "\\",
        "\x00\x1b[2J"[1:],
        "\u202egnp.exe",
        "ä€𝄞" * 20,
    ],
)
def test_words_that_an_administrator_of_one_domain_has_written_stay_words(
    simulated: SimulatedOffice, words: str
) -> None:
    """Whoever may write SQL, or is the administrator of a domain, writes them; the pager reads them.

    SQL refuses some of them by now; here they are, as on a database that does not.
    """
    with closing(sqlite3.connect(simulated.settings.database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        row = "INSERT INTO replies (owner, digit, words) VALUES ('@pbx.test', '1', ?)"
        connection.execute(row, (words,))
        connection.commit()
    target = simulated.target_calls()
    simulated.page()
    pager = simulated.leg("1001")
    simulated.press(target, "*1")
    simulated.wait(lambda: not simulated.legs("loopback/"), "the page to be gone")
    simulated.attempt(treatment="whisper", ending="replied")
    simulated.clock.sleep(0.2)
    assert not set(shown(simulated, pager)) & set("${}|\"'\\<>;^\r\n\x1b\u202e")
    assert simulated.state("1002") == "CS_EXECUTE"
    assert simulated.office.switch.unknown == []


def test_group_has_its_own_replies_and_another_key(simulated: SimulatedOffice) -> None:
    sql(simulated, "INSERT INTO replies (owner, digit, words) VALUES ('default', '8', 'auf dem Weg')")
    sql(simulated, "INSERT INTO replies (owner, digit, words) VALUES ('default', '1', '')")
    target = simulated.target_calls()
    simulated.page()
    assert digits(simulated, target, "*1") == ""  # a star that was taken gives its digit to nobody
    assert simulated.whispering()
    answered(simulated, target, "*8", ending="replied", reply="auf dem Weg")


def test_one_press_counts_once_with_two_controllers(simulated: SimulatedOffice) -> None:
    second = simulated.rig.start()
    target = simulated.target_calls()
    simulated.page()
    simulated.wait(lambda: station(second).live.marks(), "the second controller to follow")
    pressed: list[SwitchEvent] = []
    simulated.office.switch.listen(
        lambda event: pressed.append(event) if event.subclass == "whisperpage::key" else None
    )
    answered(simulated, target, "*1", ending="replied", reply="I am coming")
    assert len(pressed) == 1
    assert len(simulated.rig.attempts()) == 1
    assert simulated.beeps("1001", REPLIED) == list(REPLIED)


# -- the decline window ------------------------------------------------------------------------------------


@pytest.fixture
def patient(simulated: SimulatedOffice) -> SimulatedOffice:
    """An office whose targets have five seconds to decline."""
    sql(simulated, "UPDATE settings_groups SET decline_seconds = 5")
    return simulated


def begun(office: SimulatedOffice) -> PhoneCall:
    """Make 1001 page 1002; return its call when the page is up with its keys, in its window."""
    call = office.call("1001", "*191002")
    office.wait(lambda: office.legs("loopback/") and office.keyed(), "the page and its keys")
    return call


def heard(office: SimulatedOffice) -> dict[str, set[str]]:
    """Whom each party hears."""
    return {who: set(office.office.hears(who)) & set(PARTIES) for who in ("1001", "1002", "customer")}


#: Whom each party hears in the decline window.
IN_WINDOW = {"1001": set(), "1002": {"customer"}, "customer": {"1002"}}


def test_nobody_hears_the_pager_before_the_window_is_over(patient: SimulatedOffice) -> None:
    patient.target_calls()
    begun(patient)
    at = patient.clock.monotonic()
    patient.clock.sleep(1.0)
    assert heard(patient) == IN_WINDOW
    patient.wait(patient.whispering, "the page")
    assert 4.0 < patient.clock.monotonic() - at < 6.0
    patient.clock.sleep(9)  # it is looked at whether it is complete
    assert patient.finish() == PAGED


@pytest.mark.parametrize(("keys", "reply"), [("*3", "I cannot"), ("*6", None)])
def test_key_in_the_window_declines(patient: SimulatedOffice, keys: str, reply: str | None) -> None:
    target = patient.target_calls()
    begun(patient)
    patient.clock.sleep(1.0)
    answered(patient, target, keys, ending="declined", reply=reply)  # type: ignore[arg-type]
    assert patient.beeps("1001", (OVER, *REPLIED)) == list(DECLINED)


def test_end_key_after_the_window_declines_nothing(patient: SimulatedOffice) -> None:
    target = patient.target_calls()
    begun(patient)
    patient.wait(patient.whispering, "the page")
    answered(patient, target, "*6", ending="stopped")


@pytest.mark.parametrize("who", ["1001", "1002"])
def test_codec_that_changes_in_the_window_does_not_shorten_it(patient: SimulatedOffice, who: str) -> None:
    patient.codecs = {"1001": "OPUS", "1002": "OPUS"}
    calls = {"1002": patient.target_calls(), "1001": begun(patient)}
    calls[who].recode("G722")
    patient.clock.sleep(2.0)
    assert not patient.whispering()
    assert heard(patient) == IN_WINDOW
    patient.wait(patient.whispering, "the page")
    patient.clock.sleep(9)
    assert patient.finish() == PAGED


def test_window_without_a_controller_ends_by_itself(patient: SimulatedOffice) -> None:
    patient.target_calls()
    begun(patient)
    patient.kill_controller()
    patient.wait(patient.whispering, "the page")
    patient.start_controller()
    patient.clock.sleep(9)
    assert patient.finish() == PAGED


# -- music at mute -----------------------------------------------------------------------------------------


@pytest.fixture
def musical(simulated: SimulatedOffice) -> SimulatedOffice:
    simulated.office.switch.configuration.variables["whisperpage_mute_music"] = MUSIC
    return simulated


def test_muted_targets_far_party_hears_music_and_nobody_else_does(musical: SimulatedOffice) -> None:
    target = musical.target_calls()
    musical.page()
    mute(musical, target)
    musical.clock.sleep(1.0)
    assert musical.office.hears("customer").keys() == {MUSIC}
    assert MUSIC not in musical.office.hears("1001")
    assert MUSIC not in musical.office.hears("1002")
    mute(musical, target, on=False)
    musical.wait(lambda: set(musical.office.hears("customer")) == {"1002"}, "the music to end")
    assert musical.beeps("1002", (HEARD,)) == [HEARD]


@pytest.mark.parametrize("controller", ["alive", "dead"])
@pytest.mark.parametrize("ends", ["pager", "target"])
def test_music_ends_with_the_page(musical: SimulatedOffice, controller: str, ends: str) -> None:
    target = musical.target_calls()
    pager = musical.page()
    mute(musical, target)
    if controller == "dead":
        musical.kill_controller()
    if ends == "pager":
        musical.hang_up(pager)
    else:
        musical.press(target, "*6")
    musical.wait(musical.call_goes_on, "the call to go on, without music")
    if controller == "dead":
        musical.start_controller()
    assert musical.finish() == CALL


def test_music_is_no_mute_that_the_controller_takes_for_one(musical: SimulatedOffice) -> None:
    target = musical.target_calls()
    musical.page()
    for on in (True, False, True):
        mute(musical, target, on=on)
    assert muted(musical)
    assert musical.finish()["1001"] == {"1002"}

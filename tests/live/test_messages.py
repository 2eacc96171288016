"""M1, measured: who hears a message, in every codec; replies by key; texts; how soon it is heard."""

from __future__ import annotations

import cmath
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest

from controller.laboratory.lab import Lab
from controller.laboratory.levels import read_wave
from controller.laboratory.office import DOMAIN
from tests.live.handset import DECODED, Handset
from tests.live.laboratory import laboratory
from tests.live.levels import CODECS, recording_of_target
from tests.live.messages import SENDER, SOUND, TOKEN, Messages, written
from tests.live.office import PAGE_TONE, PLAIN, Office, wait_for
from tests.live.sipphone import free_port
from tests.live.test_keys import loudest, press
from tests.live.test_replies import sustained

#: By codec: Hz that only this one carries of those with a lower rate, and the rate of a file with it.
HD = {"G722": (5500, 16000), "OPUS": (11000, 32000)}
#: The extension whose phone answers in Opus.
IN_OPUS = "1005"
#: The messages of a measurement, and the milliseconds within which 95 of 100 must be heard.
TIMES, SOON = 20, 400


class HdLab(Lab):
    """The laboratory, in which one phone answers in Opus, whatever else it is offered."""

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        before, context, after = configuration.partition(f'<context name="phone{IN_OPUS}">')
        answer = '<action application="answer" data=""/>'
        chosen = f'<action application="set" data="absolute_codec_string=OPUS"/>{answer}'
        return super().start(name, before + context + after.replace(answer, chosen, 1))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with laboratory(HdLab) as lab:
        yield lab


@pytest.fixture(scope="module")
def prepared(whole_module: Office) -> str:
    """Messages and settings of the module's office; returns the address of its HTTP."""
    office, port = whole_module, free_port()
    office.environment |= {
        "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "WHISPERPAGE_API_TOKEN": TOKEN,
        "WHISPERPAGE_SPEECH_COMMAND": "espeak-ng --stdin -v {voice} -w {file}",
        "WHISPERPAGE_SPEECH_VOICES": "en",
        "WHISPERPAGE_SPEECH_FOLDER": f"{office.folder}/kept",
    }
    office.open()
    for name, (hz, rate) in {"lobby": (SOUND, 8000), **HD}.items():
        sound = written(office.folder / f"{name}.wav", hz, rate)
        office.whisperpage("messages", "add", name.lower(), "--sound", str(sound))
    office.whisperpage("messages", "add", "parcel", "--words", "A parcel for you.", "--number", "7")
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def messages(prepared: str, office: Office) -> Messages:
    return Messages(office, prepared)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("direction", ["target_calls", "customer_calls"])
def test_message_is_heard_by_the_target_alone_and_its_call_goes_on(
    messages: Messages, direction: str, codec: str
) -> None:
    office, target = messages.office, recording_of_target(direction)
    getattr(office, direction)(codec=codec)
    (sent,) = messages.send("lobby", "1002")
    assert sent["treatment"] == "whisper"
    wait_for(messages.is_heard, "the message")
    time.sleep(3)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(sustained(office, target, SOUND) - PLAIN) < 6
    assert loudest(office, target, PAGE_TONE) > PLAIN - 12
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40
    assert sustained(office, "customer-*", PAGE_TONE) < PLAIN - 40
    assert abs(office.lab.hears("customer-*")["1002"] - PLAIN) < 9
    assert abs(office.lab.hears(target)["customer"] - PLAIN) < 9


@pytest.mark.parametrize("codec", HD)
def test_message_is_in_hd_where_the_targets_phone_is(messages: Messages, codec: str) -> None:
    office, (hz, _) = messages.office, HD[codec]
    office.target_calls(codec=codec)
    messages.send(codec.lower(), "1002")
    wait_for(messages.is_heard, "the message")
    time.sleep(3)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(sustained(office, "target", hz) - PLAIN) < 6
    assert sustained(office, "customer-*", hz) < PLAIN - 40


def test_message_to_an_idle_target_is_in_hd_where_its_phone_is(messages: Messages) -> None:
    office, (hz, _) = messages.office, HD["OPUS"]
    (sent,) = messages.send("opus", IN_OPUS)
    assert messages.result(sent)["result"] == "heard"
    office.lab.hang_up_all()
    assert abs(sustained(office, f"in-{IN_OPUS}-*", hz) - PLAIN) < 6


def test_message_ends_by_itself_and_leaves_nothing(messages: Messages) -> None:
    office = messages.office
    office.target_calls()
    (sent,) = messages.send("lobby", "1002")
    assert messages.result(sent)["result"] == "heard"
    wait_for(lambda: not office.page_legs(), "no leg to be left")
    leg = office.leg(1002)
    wait_for(lambda: not office.bugs(leg), "no media bug to be left")
    assert office.partner(leg)
    assert office.last_attempt(treatment="whisper", ending="heard")["pager"] == SENDER


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("keys", "result"), [("*1", "replied"), ("*3", "declined")])
def test_target_replies_by_a_key_and_no_digit_reaches_the_call(
    messages: Messages, codec: str, keys: str, result: str
) -> None:
    office = messages.office
    office.target_calls(codec=codec)
    (sent,) = messages.send("lobby", "1002")
    wait_for(messages.is_heard, "the message")
    time.sleep(1)
    with office.watching("DTMF") as esl:
        press(office, keys)
        told = messages.result(sent)
        assert esl.event(1, lambda event: event["Event-Name"] == "DTMF") is None
    assert (told["result"], told["reply"]) == (result, {"*1": "I am coming", "*3": "I cannot"}[keys])
    wait_for(lambda: not office.page_legs(), "the message to be gone")
    time.sleep(2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(office.lab.hears("customer-*")["1002"] - PLAIN) < 9
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40
    assert sustained(office, "target", SOUND) > PLAIN - 6


def test_idle_target_is_called_and_hears_the_message_to_the_end(messages: Messages) -> None:
    office = messages.office
    (sent,) = messages.send("lobby", "1003")
    assert sent["treatment"] == "intercom"
    assert messages.result(sent)["result"] == "heard"
    wait_for(lambda: not office.lab.channels(), "the call to be over")
    office.lab.hang_up_all()
    assert abs(sustained(office, "in-1003-*", SOUND) - PLAIN) < 6
    assert loudest(office, "in-1003-*", PAGE_TONE) > PLAIN - 12


def test_idle_target_replies_by_a_key(messages: Messages) -> None:
    office = messages.office
    (sent,) = messages.send("lobby", "1003")
    leg = wait_for(lambda: office.phone_legs(1003), "the phone to answer")[-1]["Unique-ID"]
    time.sleep(1.5)
    office.lab.phone_switch.api(f"uuid_send_dtmf {leg} *2")
    told = messages.result(sent)
    assert (told["result"], told["reply"]) == ("replied", "five minutes")
    wait_for(lambda: not office.lab.channels(), "the call to be over")


def test_target_in_a_conference_is_refused_and_hears_nothing(messages: Messages) -> None:
    office = messages.office
    office.lab.dial(1002, "3001", "target", wait=1)
    (sent,) = messages.send("lobby", "1002")
    assert (sent["result"], sent["reason"]) == ("refused", "conference")
    time.sleep(1)
    office.lab.hang_up_all()
    assert sustained(office, "target", SOUND) < PLAIN - 40


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng")
@pytest.mark.parametrize("way", ["folder", "http"])
def test_text_is_spoken_to_the_target_by_its_code(messages: Messages, prepared: str, way: str) -> None:
    office = messages.office
    if way == "http":
        assert "+OK" in office.lab.pbx.api("load mod_httapi")
        office.environment["WHISPERPAGE_SPEECH_URL"] = prepared
        office.kill_controller()
        office.start_controller()
    office.target_calls()
    answer = office.answer_of(office.dial("*187*1002"))
    assert answer.startswith("+OK"), answer
    wait_for(messages.is_heard, "the message")
    wait_for(lambda: not office.page_legs(), "its end", 20)
    found = office.last_attempt(treatment="whisper", ending="heard")
    assert found["pager"] == f"1001@{DOMAIN}"
    office.lab.hang_up_all()
    spoken, rate = read_wave(max(Path(office.folder, "kept").glob("*.wav")))
    assert len(spoken) / rate > 0.8
    # what is left of a second of the recording without the customer's tone is speech
    assert unsteady(office, "target") > 3 * unsteady(office, "customer-*")


#: A speech command that takes until there is a file. Its words are: the file by which it says that it has
#: begun, the one by which it is told to end, a sound, and where that is to be.
SPEAKS = """
import pathlib, shutil, sys, time
begun, go, sound, to = map(pathlib.Path, sys.argv[1:])
begun.touch()
while not go.exists():
    time.sleep(0.02)
shutil.copy(sound, to)
"""


@pytest.fixture
def slow(messages: Messages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a speech command that waits for a file `go`, and makes a file `begun` before."""
    office, script = messages.office, tmp_path / "speak.py"
    script.write_text(SPEAKS)
    words = (
        sys.executable,
        script,
        tmp_path / "begun",
        tmp_path / "go",
        written(tmp_path / "said.wav"),
        "{file}",
    )
    monkeypatch.setitem(office.environment, "WHISPERPAGE_SPEECH_COMMAND", " ".join(map(str, words)))
    monkeypatch.delitem(office.environment, "WHISPERPAGE_SPEECH_URL", raising=False)
    office.kill_controller()
    office.start_controller()
    return tmp_path


def test_target_that_begins_a_call_while_the_text_is_spoken_hears_a_whisper(
    messages: Messages, slow: Path
) -> None:
    office = messages.office
    sender = office.dial("*187*1002")
    wait_for((slow / "begun").exists, "the command")
    office.target_calls()
    (slow / "go").touch()
    answer = office.answer_of(sender)
    assert answer.startswith("+OK"), answer
    wait_for(messages.is_heard, "the message")
    office.last_attempt(treatment="whisper")
    time.sleep(2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(sustained(office, "target", SOUND) - PLAIN) < 6
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40
    assert abs(office.lab.hears("target")["customer"] - PLAIN) < 9


def unsteady(office: Office, name: str) -> float:
    """By how much a recording's loudness changes from one 20 ms to the next, at most."""
    newest = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda path: path.stat().st_mtime)
    samples, rate = read_wave(newest)
    size = rate // 50
    powers = [energy(samples[at : at + size]) for at in range(rate // 2, len(samples) - size, size)]
    return max(powers) - sorted(powers)[len(powers) // 2]


def energy(samples: Sequence[int]) -> float:
    return math.sqrt(sum(each * each for each in samples) / len(samples))


def test_message_is_sent_by_the_url_of_a_phones_key(messages: Messages, prepared: str) -> None:
    office, sender = messages.office, f"1001@{DOMAIN}"
    office.whisperpage("users", "add", sender)
    token = office.whisperpage("keys", "issue", sender).strip()
    office.target_calls()
    with urlopen(f"{prepared}/keys/{token}/message/lobby/1002", timeout=40) as answer:
        assert answer.status == 202
    wait_for(messages.is_heard, "the message")
    assert not office.phone_legs(1001)
    time.sleep(2)  # the time that is recorded and measured
    office.lab.hang_up_all()
    assert abs(sustained(office, "target", SOUND) - PLAIN) < 6
    assert sustained(office, "customer-*", SOUND) < PLAIN - 40
    assert office.last_attempt(treatment="whisper")["pager"] == sender


def test_message_goes_on_without_a_controller_and_the_next_one_has_its_reply(messages: Messages) -> None:
    office = messages.office
    sound = written(office.folder / "long.wav", seconds=30)  # longer than a controller needs to start
    office.whisperpage("messages", "add", "long", "--sound", str(sound))
    office.target_calls()
    (sent,) = messages.send("long", "1002")
    wait_for(messages.is_heard, "the message")
    office.kill_controller()
    office.start_controller()
    press(office, "*2")
    assert messages.result(sent)["reply"] == "five minutes"
    wait_for(lambda: not office.page_legs(), "the message to be gone")
    assert office.partner(office.leg(1002))


def test_message_is_heard_within_400_ms_of_its_request(messages: Messages) -> None:
    """From POST to the first packet with its tone at the target's phone; 95 of 100."""
    office = messages.office
    target = office.handset("target", 1002)
    assert target.call("9555") == 200
    office.talking(1002)
    took = []
    for _ in range(TIMES):
        before, begun = len(target.packets), time.time_ns()
        messages.send("lobby", "1002")
        wait_for(lambda: first_tone(target, before), "the tone")  # noqa: B023
        took.append((first_tone(target, before) - begun) / 1e6)
        wait_for(messages.is_heard, "the keys")
        for leg in office.page_legs():
            office.lab.pbx.api(f"uuid_kill {leg['uuid']}")
        wait_for(lambda: not office.page_legs(), "the message to be gone")
        time.sleep(0.5)
    took.sort()
    print("POST to the first sample in ms:", [round(each) for each in took])
    assert took[math.ceil(0.95 * TIMES) - 1] < SOON, took


def first_tone(phone: Handset, start: int) -> int:
    """When the first packet with the tone of a page came, in nanoseconds; 0 if none did."""
    for at, payload in phone.packets[start:]:
        samples = [DECODED[code] for code in payload]
        bin_ = sum(s * cmath.exp(-2j * math.pi * PAGE_TONE * i / 8000) for i, s in enumerate(samples))
        if abs(bin_) * 2 / len(samples) / 32768 > 10 ** ((PLAIN - 12) / 20):
            return at
    return 0

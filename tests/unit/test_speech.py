"""Texts are spoken by a command without a shell, within limits, and kept by their content."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from controller import speech
from controller.errors import InvalidValue, SpeechError
from controller.speech import Speech

Script = Callable[[str], str]
#: Whoever may write a message writes its text.
HOSTILE = [
    "${system(id)}",
    "$(id)",
    "`id`",
    "'; id; '",
    '"x"',
    "-w /etc/passwd",
    "--help",
    "a|b",
    "{file}",
    "ä ${voice}",
]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A sound of half a second."""
    return written(tmp_path / "sample.wav")


def written(path: Path, rate: int = 8000, frames: int = 4000, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(bytes(frames * width))
    return path


@pytest.fixture
def script(tmp_path: Path, sample: Path) -> Script:
    """Makes a command of a shell script, which gets the file and the voice and may use $SAMPLE."""

    def make(text: str) -> str:
        path = tmp_path / "speak.sh"
        path.write_text(f"SAMPLE={sample}\n{text}\n")
        return f"sh {path} {{file}} {{voice}}"

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def there(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def refused(speech: Speech, words: str = "hello", voice: str = "") -> str:
    with pytest.raises((SpeechError, InvalidValue)) as caught:
        speech.speak(words, voice)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 400
    return sentence


def test_text_is_spoken_once_and_kept_by_its_content(script: Script, folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    speaks = Speech(script(f'cat >>{told}; cp $SAMPLE "$1"'), ("en", "de"), str(folder))
    first, again = speaks.speak("Your visitor is here"), speaks.speak("Your visitor is here")
    assert first == again
    assert (first.sound, first.seconds) == (str(first.path), 0.5)
    assert told.read_text() == "Your visitor is here\n"
    assert (
        len({first.path, speaks.speak("Somebody else").path, speaks.speak("Your visitor is here", "de").path})
        == 3
    )


def test_another_command_speaks_anew(sample: Path, folder: Path) -> None:
    one, other = (Speech(f"{cp} {sample} {{file}}", (), str(folder)) for cp in ("cp", "cp -f"))
    assert one.speak("x").path != other.speak("x").path


@pytest.mark.parametrize("words", HOSTILE)
def test_text_is_input_and_no_word_of_a_command(
    script: Script, folder: Path, tmp_path: Path, words: str
) -> None:
    told = tmp_path / "told"
    speaks = Speech(script(f'cat >{told}; echo "$#" "$2" >>{told}; cp $SAMPLE "$1"'), ("en",), str(folder))
    speaks.speak(words)
    assert told.read_text() == f"{words}\n2 en\n"


def test_switch_can_read_what_is_kept(sample: Path, folder: Path) -> None:
    kept = Speech(f"cp {sample} {{file}}", (), str(folder)).speak("x").path
    assert kept.stat().st_mode & 0o777 == 0o644


def test_command_learns_nothing_of_our_environment(
    script: Script, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPERPAGE_API_TOKEN", "secret")
    told = tmp_path / "told"
    Speech(script(f'env >{told}; cp $SAMPLE "$1"'), ("en",), str(folder)).speak("x")
    assert "secret" not in told.read_text()


def test_without_a_command_nothing_is_spoken(folder: Path) -> None:
    assert "speech_command is not set" in refused(Speech("", (), str(folder)))


@pytest.mark.parametrize("voice", ["fr", "../de", "-w", "${system(id)}", "a\nb", "x" * 10_000])
def test_unknown_voice_is_refused_before_the_command_runs(script: Script, folder: Path, voice: str) -> None:
    speaks = Speech(script('cp $SAMPLE "$1"'), ("en", "de"), str(folder))
    assert "use one of en, de" in refused(speaks, voice=voice)
    assert there(folder) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 3", "exit status 3"),
        ("echo 'no such voice' >&2; exit 1", "no such voice"),
        ("printf '\\033[2Jbad\\n\\n' >&2; exit 1", "bad"),
        (":", "exit status 0"),
        ('echo hello >"$1"', "no WAV file"),
        (': >"$1"', "no WAV file"),
        ("sleep 60", "took too long"),
        ("trap '' TERM INT; sleep 60 & wait", "took too long"),
        ('while :; do cat $SAMPLE $SAMPLE; done >"$1"', "wrote too much"),
        ("while :; do cat $SAMPLE $SAMPLE; done >&2", "wrote too much"),
        ('head -c 200000 /dev/zero >"$1"', "wrote too much"),
        ('exec head -c 200000 /dev/zero >"$1"', "wrote too much"),
    ],
)
def test_command_that_does_not_speak_is_ended_and_leaves_nothing(
    script: Script, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    monkeypatch.setattr(speech, "LARGEST", 100_000)
    longest = 0.2 if "sleep" in text else 20.0
    speaks = Speech(script(text), ("en",), str(folder), longest=longest)
    began = time.monotonic()
    assert why in refused(speaks)
    assert time.monotonic() - began < 20
    assert there(folder) == []


def test_command_speaks_though_somebody_else_takes_its_exit_status(
    script: Script, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waitid = os.waitid

    def late(kind: int, pid: int, options: int) -> object:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)  # as gevent's loop does, once something has it watch children
        return waitid(kind, pid, options)

    monkeypatch.setattr(speech.os, "waitid", late)
    assert Speech(script('cp $SAMPLE "$1"'), ("en",), str(folder)).speak("hello").seconds == 0.5


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize(
    "text",
    [
        "sleep 600 &",
        'timeout 600 sleep 600 & until [ "$(cut -d" " -f5 /proc/$!/stat)" = $! ]; do :; done;',
    ],
    ids=["its group", "another group"],
)
def test_what_the_command_leaves_running_ends_with_it(
    script: Script, folder: Path, tmp_path: Path, text: str
) -> None:
    left = tmp_path / "left"
    Speech(script(f'cp $SAMPLE "$1"; {text} echo $! >{left}'), ("en",), str(folder)).speak("hello")
    assert not lives(int(left.read_text()))


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_command_that_cannot_be_killed_holds_up_nobody(
    script: Script, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill, told = os.kill, tmp_path / "told"
    speaks = Speech(script(f"echo $$ >{told}; exec sleep 600"), ("en",), str(folder), longest=0.2)

    def denied(*arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(speech, "ENDING", 0.1)
    monkeypatch.setattr(speech.os, "kill", denied)
    began = time.monotonic()
    try:
        assert "must run as the controller's user" in refused(speaks)  # sudo makes another one of it
    finally:
        kill(int(told.read_text()), signal.SIGKILL)
    assert time.monotonic() - began < 5
    gc.collect()  # the warning that it still runs comes here
    assert there(folder) == []


def test_command_has_limits_of_the_system(script: Script, folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = f'read words; cat /proc/self/limits >{told}; cp $SAMPLE "$1"'
    Speech(script(text), ("en",), str(folder), longest=3.0).speak("hello")
    limits = {line[:26].strip(): line[26:].split()[:2] for line in told.read_text().splitlines()}
    assert limits["Max file size"] == [str(speech.LARGEST_FILE)] * 2
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max cpu time"] == [str(3 * (os.cpu_count() or 1) + 1)] * 2


@pytest.mark.parametrize(
    "text",
    [
        'head -c 200000 /dev/zero >"$1.tmp"',
        "head -c 200000 /dev/zero >beside",
        'mkdir -p "$HOME/a/b"; head -c 200000 /dev/zero >a/b/c',
        'head -c 200000 /dev/zero >"$TMPDIR/beside"',
        "mkdir many; cd many; for each in $(seq 30); do : >$each; done",
    ],
)
def test_all_that_the_command_writes_in_its_folder_counts_and_is_removed(
    script: Script, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(speech, "LARGEST", 100_000)
    assert "wrote too much" in refused(Speech(script(f'{text}; cp $SAMPLE "$1"'), ("en",), str(folder)))
    assert there(folder) == []


def test_what_is_written_beside_the_sound_is_removed(script: Script, folder: Path) -> None:
    spoken = Speech(script('echo x >beside; echo y >&2; cp $SAMPLE "$1"'), ("en",), str(folder)).speak("x")
    assert there(folder) == [spoken.path.name]


@pytest.mark.parametrize(
    ("rate", "frames", "width"), [(4000, 4000, 2), (8000, 0, 2), (8000, 4000, 1), (8000, 8000 * 121, 2)]
)
def test_sound_that_the_switch_could_not_play_is_refused(
    folder: Path, tmp_path: Path, rate: int, frames: int, width: int
) -> None:
    sample = written(tmp_path / "strange.wav", rate, frames, width)
    assert "it must be a WAV file of 16 bits" in refused(Speech(f"cp {sample} {{file}}", (), str(folder)))


@pytest.mark.parametrize("command", ["/nowhere/speak {file}", "/etc/passwd {file}"])
def test_command_that_is_none_is_said_so(folder: Path, command: str) -> None:
    assert "see speech_command" in refused(Speech(command, (), str(folder)))


def test_folder_that_cannot_be_made_is_said_so(sample: Path) -> None:
    assert "speech_folder" in refused(Speech(f"cp {sample} {{file}}", (), "/proc/kept"))


def test_number_of_kept_files_is_bounded_and_the_last_used_ones_stay(
    sample: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "KEPT", 2)
    speaks = Speech(f"cp {sample} {{file}}", (), str(folder))
    old, used = (speaks.speak(words).path for words in ("old", "used"))
    for path in (old, used):
        os.utime(path, (1, 1))
    (folder / "notes.txt").write_text("of somebody else")
    speaks.speak("used")
    new = speaks.speak("new").path
    assert there(folder) == sorted([used.name, new.name, "notes.txt"])


def test_folder_that_a_killed_controller_has_left_is_removed(folder: Path) -> None:
    folder.mkdir()
    left, fresh = (folder / f"{'0' * 64}.{number}.part" for number in ("12345678", "12345679"))
    for each in (left, fresh):
        each.mkdir()
        (each / "sound.wav").touch()
    os.utime(left, (1, 1))
    assert "no sound" in refused(Speech("true", (), str(folder)))  # whatever becomes of the next text
    assert there(folder) == [fresh.name]


def test_switch_gets_a_sound_by_http_where_it_does_not_see_the_folder(sample: Path, folder: Path) -> None:
    speaks = Speech(f"cp {sample} {{file}}", (), str(folder), "http://10.0.0.5:8019")
    spoken = speaks.speak("x")
    assert spoken.sound == f"http://10.0.0.5:8019/speech/{spoken.path.name}"
    assert speaks.kept(spoken.path.name) == spoken.path


@pytest.mark.parametrize("name", ["../sample.wav", "sample.wav", "..", "", "x" * 10_000, f"{'0' * 64}.wav"])
def test_nothing_but_a_kept_sound_is_found_by_its_name(sample: Path, folder: Path, name: str) -> None:
    folder.mkdir()
    shutil.copy(sample, folder)
    assert Speech(f"cp {sample} {{file}}", (), str(folder)).kept(name) is None


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng")
def test_espeak_speaks(folder: Path) -> None:
    speaks = Speech("espeak-ng --stdin -v {voice} -w {file}", ("en", "de", "nobody"), str(folder))
    spoken = [speaks.speak("Your visitor is here", voice) for voice in ("en", "de")]
    assert all(1 < each.seconds < 3 for each in spoken)
    assert "voice does not exist" in refused(speaks, voice="nobody")

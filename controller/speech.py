"""Speaks texts: a command writes a sound file, which is kept by its content.

The command is run without a shell, in a session of its own and without our environment, which has secrets.
The text is its standard input and never one of its words. Its time, the size of what it writes and the number
of kept files have limits, and what it has started in its session ends with it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
import wave
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from typing import IO

from controller.errors import InvalidValue, SpeechError

#: What the command's words have in place of the voice and of the file that it writes.
VOICE, FILE = "{voice}", "{file}"
#: Seconds that the command may take, and the bytes and seconds of sound that it may write.
LONGEST, LARGEST, LONGEST_SOUND = 10.0, 12_000_000, 120.0
#: Files that are kept; beyond that the one that was used the longest time ago is deleted.
KEPT = 200
#: Seconds between two looks at the command, and those after which a file that was not finished is deleted.
LOOK, LEFT = 0.05, 60.0
#: The lowest and the highest rate of a sound in Hz.
SLOWEST, FASTEST = 8000, 48000
_NAME = re.compile(r"[0-9a-f]{64}\.wav")


@dataclass(frozen=True)
class Spoken:
    """A spoken text: its file, the `sound` by which the switch plays it, and its length in seconds."""

    path: Path
    sound: str
    seconds: float


class Speech:
    """Speaks texts by a command; every method blocks, and can be called by several threads at once.

    `command` is empty if there is none. `voices` are those that a message may name; the first is that of a
    message without one. `folder` is where the files are kept. `url` is where the switch gets them by HTTP,
    empty if it sees the folder, too.
    """

    def __init__(
        self,
        command: str,
        voices: Sequence[str] = (),
        folder: str = "",
        url: str = "",
        longest: float = LONGEST,
    ) -> None:
        self._command = shlex.split(command)
        self._folder = Path(folder)
        self._url = url
        self._longest = longest
        self.voices = tuple(voices)

    def __bool__(self) -> bool:
        """Whether there is a command."""
        return bool(self._command)

    def check(self, voice: str) -> str:
        """The voice that a message gets. Raises InvalidValue if nothing speaks, or not by this voice."""
        if not self:
            raise InvalidValue("Nothing here speaks texts: speech_command is not set.", "words")
        if voice and voice not in self.voices:
            known = f"use one of {', '.join(self.voices)}" if self.voices else "speech_voices has none"
            raise InvalidValue(f"There is no voice {voice[:40]!a}: {known}.", "voice")
        return voice or next(iter(self.voices), "")

    def speak(self, words: str, voice: str = "") -> Spoken:
        """The spoken text, which is kept already or is spoken now. Raises InvalidValue, SpeechError."""
        if found := self.find(words, voice):
            return found
        voice = self.check(voice)
        path = self._path(words, voice)
        self._make(words, voice, path)
        return self._spoken(path)

    def find(self, words: str, voice: str = "") -> Spoken | None:
        """The spoken text if it is kept already; it is then kept for longer. Raises InvalidValue."""
        path = self._path(words, self.check(voice))
        with suppress(OSError, SpeechError):
            os.utime(path)
            return self._spoken(path)
        return None

    def kept(self, name: str) -> Path | None:
        """A kept file by its name; None if there is none."""
        path = self._folder / name
        return path if self and _NAME.fullmatch(name) and path.is_file() else None

    def _spoken(self, path: Path) -> Spoken:
        return Spoken(path, f"{self._url}/speech/{path.name}" if self._url else str(path), _seconds(path))

    def _path(self, words: str, voice: str) -> Path:
        return self._folder / f"{self._digest(words, voice)}.wav"

    def _digest(self, words: str, voice: str) -> str:
        return sha256(json.dumps([self._command, voice, words]).encode()).hexdigest()

    def _make(self, words: str, voice: str, path: Path) -> None:
        part = path.with_name(f"{path.stem}.{token_hex(4)}.part.wav")
        command = [word.replace(VOICE, voice).replace(FILE, str(part)) for word in self._command]
        try:
            self._folder.mkdir(exist_ok=True)
            with TemporaryFile() as said:
                _run(command, words, part, said, self._longest)
            _seconds(part)
            part.chmod(0o644)  # the switch is another user
            part.replace(path)
            self._tidy()
        except OSError as error:
            raise SpeechError(
                f"The speech command {command[0]!a} or its folder {self._folder} cannot be used "
                f"({error.strerror or error}): see speech_command and speech_folder."
            ) from None
        finally:
            part.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Delete what was used the longest time ago, and what was left unfinished."""
        files = [each for each in self._folder.iterdir() if each.suffix == ".wav"]
        kept = [each for each in files if _NAME.fullmatch(each.name)]
        old = sorted(kept, key=_age)[KEPT:]
        left = [each for each in files if each.name.endswith(".part.wav") and _age(each) > LEFT]
        for each in (*old, *left):
            with suppress(OSError):
                each.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """The seconds since a file was used; 0 for one that another controller has just deleted."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0


def _run(command: Sequence[str], words: str, part: Path, said: IO[bytes], longest: float) -> None:
    """Run the command, which must be done and have written `part`. Raises SpeechError, OSError."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/"},
        start_new_session=True,
    )
    try:
        assert process.stdin
        with suppress(BrokenPipeError), process.stdin as text:
            text.write(f"{words}\n".encode())  # less than a pipe holds
        _wait(process, part, said, time.monotonic() + longest)
    finally:
        # until it is waited for, its number is no other group's
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if _written(part, said) > LARGEST:
        raise SpeechError("The speech command was ended: it wrote too much.")
    if process.returncode or not part.is_file():
        raise SpeechError(f"The speech command has made no sound ({_why(process.returncode, said)}).")


def _wait(process: subprocess.Popen[bytes], part: Path, said: IO[bytes], until: float) -> None:
    """Wait for the end of the command, and leave its exit status for later. Raises SpeechError."""
    look = LOOK / 50
    while not _ended(process):
        if time.monotonic() > until:
            raise SpeechError("The speech command was ended: it took too long.")
        if _written(part, said) > LARGEST:
            raise SpeechError("The speech command was ended: it wrote too much.")
        time.sleep(look)
        look = min(2 * look, LOOK)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:  # taken by the loop of gevent, if that watches children
        return True


def _written(part: Path, said: IO[bytes]) -> int:
    return (part.stat().st_size if part.exists() else 0) + os.fstat(said.fileno()).st_size


def _why(status: int, said: IO[bytes]) -> str:
    """The first line that the command has said, else its exit status."""
    said.seek(0)
    first = said.read(400).decode(errors="replace").strip().partition("\n")[0]
    shown = "".join(each if each.isprintable() else " " for each in first)[:200].strip(" .")
    return shown or f"exit status {status}"


def _seconds(path: Path) -> float:
    """The length of a sound in seconds. Raises SpeechError for what the switch could not play."""
    try:
        with wave.open(str(path)) as sound:
            rate = sound.getframerate()
            seconds = float(sound.getnframes() / rate)
            plays = sound.getsampwidth() == 2 and sound.getnchannels() in (1, 2)
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise SpeechError(f"The speech command has written no WAV file ({error}).") from None
    if not plays or not SLOWEST <= rate <= FASTEST or not 0 < seconds <= LONGEST_SOUND:
        raise SpeechError(
            f"The speech command has written {seconds:.0f} s at {rate} Hz: it must be a WAV file of 16 bits, "
            f"{SLOWEST} to {FASTEST} Hz, and at most {LONGEST_SOUND:.0f} s."
        )
    return seconds

"""Speaks texts: a command writes a sound file, which is kept by its content.

The command is run without a shell, in a session and a folder of its own and without our environment, which
has secrets. The text is its standard input and never one of its words. Its time, the size of all that it
writes in its folder and the number of kept files have limits. All processes of its session end with it, and
its folder is removed. The system itself limits CPU time and the size of a file, which holds though we are
killed. A process that leaves the session (setsid), and a file elsewhere, have these limits alone.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import time
import wave
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from pathlib import Path
from secrets import token_hex
from typing import IO

from controller.errors import InvalidValue, SpeechError

#: What the command's words have in place of the voice and of the file that it writes.
VOICE, FILE = "{voice}", "{file}"
#: Seconds that the command may take, and the bytes and seconds of sound that it may write.
LONGEST, LARGEST, LONGEST_SOUND = 10.0, 12_000_000, 120.0
#: Files that are kept; beyond that the one that was used the longest time ago is deleted.
KEPT = 200
#: What a file or folder counts at least, in bytes.
BLOCK = 4096
#: The limit of the system for a file in bytes: espeak-ng makes a shared memory of that size for PulseAudio.
LARGEST_FILE = 1 << 26
#: Seconds between two looks at the command, those in which it must be gone once it was killed, and the age at
#: which a folder that was left is removed.
LOOK, ENDING, LEFT = 0.05, 2.0, 60.0
#: The lowest and the highest rate of a sound in Hz.
SLOWEST, FASTEST = 8000, 48000
_NAME = re.compile(r"[0-9a-f]{64}\.wav")
#: The folder of one run of the command.
_RUN = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}\.part")


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
        own = path.with_name(f"{path.stem}.{token_hex(4)}.part").absolute()
        file = own / "sound.wav"
        command = [word.replace(VOICE, voice).replace(FILE, str(file)) for word in self._command]
        try:
            self._folder.mkdir(exist_ok=True)
            self._tidy()
            own.mkdir(mode=0o700)
            _run(command, words, file, self._longest)
            _seconds(file)
            file.chmod(0o644)  # the switch is another user
            file.replace(path)
            self._forget()
        except OSError as error:
            raise SpeechError(
                f"The speech command {command[0]!a} or its folder {self._folder} cannot be used "
                f"({error.strerror or error}): see speech_command and speech_folder."
            ) from None
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def _tidy(self) -> None:
        """Remove the folders of commands whose controller was killed."""
        for each in self._folder.iterdir():
            if _RUN.fullmatch(each.name) and _age(each) > LEFT:
                shutil.rmtree(each, ignore_errors=True)

    def _forget(self) -> None:
        """Delete what was used the longest time ago."""
        kept = [each for each in self._folder.iterdir() if _NAME.fullmatch(each.name)]
        for each in sorted(kept, key=_age)[KEPT:]:
            with suppress(OSError):
                each.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """The seconds since a file was used; 0 for one that another controller has just deleted."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0


def _run(command: Sequence[str], words: str, file: Path, longest: float) -> None:
    """Run the command, which must be done and have written `file`. Raises SpeechError, OSError.

    The folder of the file is the command's own.
    """
    own = file.parent
    path = os.environ.get("PATH", os.defpath)
    with (own / "said").open("w+b") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=own,
            env={"PATH": path, "LC_ALL": "C.UTF-8", "HOME": str(own), "TMPDIR": str(own)},
            start_new_session=True,
        )
        try:
            _limit(process.pid, longest)
            assert process.stdin
            with suppress(BrokenPipeError), process.stdin as text:
                text.write(f"{words}\n".encode())  # less than a pipe holds
            _wait(process, own, time.monotonic() + longest)
        finally:
            _end(process)
        if _written(own) > LARGEST:
            raise SpeechError("The speech command was ended: it wrote too much.")
        if process.returncode or not file.is_file():
            raise SpeechError(f"The speech command has made no sound ({_why(process.returncode, said)}).")


def _limit(pid: int, longest: float) -> None:
    """Set limits for each process of the command, which hold though nobody looks at it any more."""
    seconds = ceil(longest * (os.cpu_count() or 1)) + 1  # of all its threads
    for kind, most in (
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ProcessLookupError, PermissionError, ValueError):  # a lower limit stays
            resource.prlimit(pid, kind, (most, most))


def _wait(process: subprocess.Popen[bytes], own: Path, until: float) -> None:
    """Wait for the end of the command, and leave its exit status for later. Raises SpeechError."""
    look = LOOK / 50
    while not _ended(process):
        if time.monotonic() > until:
            raise SpeechError("The speech command was ended: it took too long.")
        if _written(own) > LARGEST:
            raise SpeechError("The speech command was ended: it wrote too much.")
        time.sleep(look)
        look = min(2 * look, LOOK)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the session of the command. Raises SpeechError if a process of it is not gone soon."""
    until = time.monotonic() + ENDING
    # until its first process is waited for, its number is no other session's
    while left := _session(process.pid):
        if time.monotonic() > until:
            raise SpeechError("The speech command cannot be ended: it must run as the controller's user.")
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(LOOK / 50)
    process.wait()


def _session(number: int) -> list[int]:
    """The living processes of a session (proc(5), `stat`)."""
    found = []
    for process in Path("/proc").glob("[1-9]*"):
        with suppress(OSError, ValueError):  # it has ended
            state, _, _, session = (process / "stat").read_bytes().rpartition(b")")[2].split()[:4]
            if int(session) == number and state not in (b"Z", b"X"):
                found.append(int(process.name))
    return found


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:  # taken by the loop of gevent, if that watches children
        return True


def _written(own: Path) -> int:
    """The bytes of all that is in the command's folder."""
    written = 0
    for where, folders, files in os.walk(own):
        for name in (*folders, *files):
            with suppress(OSError):
                written += max(Path(where, name).lstat().st_size, BLOCK)
    return written


def _why(status: int | None, said: IO[bytes]) -> str:
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

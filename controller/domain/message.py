"""A message: what a target is told without a pager, by a sound or by a text that is spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from controller.domain.names import shown
from controller.domain.record import Ending, PageRecord, Treatment
from controller.errors import InvalidValue

#: The lowest and the highest number of a message, and the greatest length of its words.
LOWEST, HIGHEST = 1, 999
LONGEST = 500
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")
_SOUND = re.compile(r"[A-Za-z0-9._/-]{1,255}")
_VOICE = re.compile(r"[A-Za-z0-9](?:[._+-]?[A-Za-z0-9]){0,15}")


class Result(StrEnum):
    """What has become of a message for one target. HEARD: to its end, without a reply; MISSED: not so far."""

    WAITING = "waiting"
    REPLIED = "replied"
    DECLINED = "declined"
    HEARD = "heard"
    MISSED = "missed"
    REFUSED = "refused"


#: The results of messages with these endings; with any other one they were missed.
_RESULTS = {Ending.REPLIED: Result.REPLIED, Ending.DECLINED: Result.DECLINED, Ending.HEARD: Result.HEARD}


@dataclass(frozen=True)
class Message:
    """A message, which has a `sound` or `words`; the other one is empty.

    `name` and `number` are those by which it is sent; `number` may be None. `sound` is the path of a sound
    file on the switch. `words` are a text for the speech command, and `voice` is the voice that speaks them;
    empty: the first that the settings name.
    """

    name: str
    sound: str = ""
    words: str = ""
    number: int | None = None
    voice: str = ""


def result_of(record: PageRecord) -> Result:
    """What has become of the message of a record."""
    if record.treatment is Treatment.REFUSED:
        return Result.REFUSED
    if record.ended_at is None:
        return Result.WAITING
    return _RESULTS.get(Ending(record.ending), Result.MISSED) if record.ending else Result.MISSED


def check(message: Message) -> None:
    """Raises InvalidValue for what cannot be a message, in one sentence."""
    check_name(message.name)
    if message.number is not None:
        check_number(message.number)
    if bool(message.sound) == bool(message.words):
        raise InvalidValue("A message has a sound file or a text: give one of them.", "message")
    if message.sound:
        check_sound(message.sound)
    else:
        check_words(message.words)
    if message.voice:
        check_voice(message.voice)
        if not message.words:
            raise InvalidValue("Only a text has a voice.", "voice")


def check_name(text: str) -> str:
    """The name itself. Raises InvalidValue for what is none."""
    if not is_name(text):
        raise InvalidValue(
            f"{shown(text)} is not a message's name: use 1 to 32 of a-z 0-9 . _ -, a letter first.", "name"
        )
    return text


def is_name(text: str) -> bool:
    """Whether a text could be a message's name."""
    return _NAME.fullmatch(text) is not None


def check_number(number: int) -> int:
    """The number itself. Raises InvalidValue for what is none."""
    if not LOWEST <= number <= HIGHEST:
        raise InvalidValue(f"A message's number is {LOWEST} to {HIGHEST}.", "number")
    return number


def check_sound(text: str) -> str:
    """The path itself. Raises InvalidValue for a path that could be more than a path, or lead upwards."""
    if not _SOUND.fullmatch(text) or ".." in text:
        raise InvalidValue(
            f"{shown(text)} is not a sound file: use at most 255 of A-Z a-z 0-9 . _ / -, and no '..'.",
            "sound",
        )
    return text


def check_words(text: str) -> str:
    """The text itself. Raises InvalidValue for one that is too long, or that cannot be printed."""
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise InvalidValue(
            f"This text cannot be a message: use 1 to {LONGEST} characters that can be printed.", "words"
        )
    return text


def check_voice(text: str) -> str:
    """The voice itself. Raises InvalidValue for what could be more than its name, or lead upwards."""
    if not _VOICE.fullmatch(text):
        raise InvalidValue(
            f"{shown(text)} is not a voice: use letters and digits, and one of . _ + - between them.",
            "voice",
        )
    return text

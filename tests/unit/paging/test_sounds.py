"""The sounds of messages: so many texts are spoken or wait, and none holds up the stop of the controller."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import gevent
import pytest

from controller.domain.message import Message
from controller.errors import SpeechError
from controller.paging.sounds import AT_ONCE, WAITING, Sounds
from controller.speech import Spoken


class Slow:
    """Speech that begins, and ends when a test lets it."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()

    def find(self, words: str, voice: str) -> None:
        return None

    def speak(self, words: str, voice: str) -> None:
        self.begun.set()
        self.go_on.wait(60)
        raise SpeechError("It was ended.")


def test_a_close_waits_no_longer_than_it_may() -> None:
    speech: Any = Slow()
    sounds = Sounds(speech)
    speaking = gevent.spawn(sounds.of, Message("visitor", words="Your visitor is here."))
    while not speech.begun.is_set():
        gevent.sleep(0.01)
    sounds.close(0.01)
    assert not speaking.ready()  # so it was not waited for
    speech.go_on.set()
    with pytest.raises(SpeechError, match="It was ended"):
        speaking.get(timeout=60)


class Quick:
    """Speech that has one text already, and fails with another one."""

    def find(self, words: str, voice: str) -> Spoken | None:
        return Spoken(Path("kept.wav"), "kept.wav", 1.0) if words == "kept" else None

    def speak(self, words: str, voice: str) -> Spoken:
        if words == "wrong":
            raise SpeechError("It has made no sound.")
        return Spoken(Path("new.wav"), "new.wav", 1.0)


def test_texts_are_counted_as_spoken_or_failed_with_the_time_of_the_command() -> None:
    speech: Any = Quick()
    sounds = Sounds(speech)
    for words in ("hello", "wrong", "wrong"):
        with suppress(SpeechError):
            sounds.of(Message("visitor", words=words))
    assert (sounds.spoken.count, sounds.failed.count, sounds.left_out) == (1, 2, 0)
    assert 0 < sounds.spoken.sum < 60


def test_a_text_that_is_kept_and_a_file_are_not_counted() -> None:
    speech: Any = Quick()
    sounds = Sounds(speech)
    assert sounds.of(Message("visitor", words="kept")) == "kept.wav"
    assert sounds.of(Message("door", "door.wav")) == "door.wav"
    assert (sounds.spoken.count, sounds.failed.count) == (0, 0)


def test_a_text_for_which_there_is_no_place_is_counted_as_left_out() -> None:
    speech: Any = Slow()
    sounds = Sounds(speech)
    texts = [Message("visitor", words=f"Visitor {number}") for number in range(AT_ONCE + WAITING)]
    waiting = [gevent.spawn(sounds.of, each) for each in texts]
    gevent.sleep(0)
    with pytest.raises(SpeechError, match="Too many"):
        sounds.of(Message("visitor", words="one more"))
    assert sounds.left_out == 1
    speech.go_on.set()
    gevent.joinall(waiting, timeout=60)
    assert sounds.failed.count == AT_ONCE + WAITING
    with pytest.raises(SpeechError, match="It was ended"):
        sounds.of(texts[0])  # there is room again

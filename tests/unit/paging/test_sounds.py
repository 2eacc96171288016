"""The sounds of messages: so many texts are spoken or wait, and none holds up the stop of the controller."""

from __future__ import annotations

from threading import Event
from typing import Any

import gevent
import pytest

from controller.domain.message import Message
from controller.errors import SpeechError
from controller.paging.sounds import AT_ONCE, WAITING, Sounds


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


def test_a_text_beyond_those_that_may_wait_is_refused_at_once() -> None:
    speech: Any = Slow()
    sounds = Sounds(speech)
    message = Message("visitor", words="Your visitor is here.")
    speaking = [gevent.spawn(sounds.of, message) for _ in range(AT_ONCE + WAITING)]
    while not speech.begun.is_set():
        gevent.sleep(0.01)
    with pytest.raises(SpeechError, match="Too many texts are being spoken"):
        sounds.of(message)
    speech.go_on.set()
    gevent.joinall(speaking, timeout=60)
    with pytest.raises(SpeechError, match="It was ended"):
        sounds.of(message)  # there is room again

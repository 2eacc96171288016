"""The sounds of messages: files of the switch, and texts that are spoken in a thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import cast

from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from controller.clock import REAL, Clock
from controller.domain.message import Message, check_sound, check_words
from controller.errors import SpeechError, WhisperPageError
from controller.speech import LONGEST, Speech, Spoken

#: Texts that are spoken at the same time, and those that may wait.
AT_ONCE, WAITING = 2, 10


class Sounds:
    """The sounds of one controller; `speech` speaks texts."""

    def __init__(self, speech: Speech, clock: Clock = REAL) -> None:
        self.speech = speech
        self._clock = clock
        self._threads = ThreadPool(AT_ONCE)
        self._places = BoundedSemaphore(AT_ONCE + WAITING)

    def of(self, message: Message, seconds: float = 2 * LONGEST) -> str:
        """What the switch plays; it may take `seconds` to speak a text for the first time.

        Raises InvalidValue for what cannot be played or spoken, SpeechError if it was not spoken in time. A
        text that was late is kept when it is done.
        """
        if message.sound:
            return check_sound(message.sound)  # the dialplan expands it, and SQL can be written by hand
        words = check_words(message.words)
        kept = self.speech.find(words, message.voice)
        return (kept or self._speak(lambda: self.speech.speak(words, message.voice), seconds)).sound

    def close(self, seconds: float) -> None:
        """End the threads, if what they speak is done within so many seconds."""
        with suppress(TimeoutError), self._clock.outside(), self._clock.timeout(seconds, TimeoutError()):
            self._threads.join()
            self._threads.kill()

    def _speak(self, work: Callable[[], Spoken], seconds: float) -> Spoken:
        if not self._places.acquire(blocking=False):
            raise SpeechError("Too many texts are being spoken at this moment: try again.")

        def run() -> Spoken | WhisperPageError:
            try:
                return work()
            except WhisperPageError as error:
                return error  # an error that is raised in a thread would be printed there with its traceback

        done = self._threads.spawn(run)
        done.rawlink(lambda _: self._places.release())
        late = SpeechError("The text was not spoken in time: try again.")
        with self._clock.outside(), self._clock.timeout(seconds, late):
            found = done.get()
        if isinstance(found, WhisperPageError):
            raise found
        return cast(Spoken, found)

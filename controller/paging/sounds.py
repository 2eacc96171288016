"""The sounds of messages: files of the switch, and texts that are spoken in a thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from controller.clock import REAL, Clock
from controller.domain.message import Message, check_sound, check_words
from controller.errors import SpeechError, WhisperPageError
from controller.histogram import Histogram
from controller.speech import LONGEST, Speech, Spoken

#: Texts that are spoken at the same time, and those that may wait.
AT_ONCE, WAITING = 2, 10
#: Upper bounds of the histograms in seconds.
SPEAKING = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Sounds:
    """The sounds of one controller; `speech` speaks texts."""

    def __init__(self, speech: Speech, clock: Clock = REAL) -> None:
        self.speech = speech
        self._clock = clock
        self._threads = ThreadPool(AT_ONCE)
        self._places = BoundedSemaphore(AT_ONCE + WAITING)
        #: How long the command took for the texts that it has spoken, and for those that it has not.
        self.spoken, self.failed = Histogram(SPEAKING), Histogram(SPEAKING)
        #: The number of texts for which there was no place.
        self.left_out = 0

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
            self.left_out += 1
            raise SpeechError("Too many texts are being spoken at this moment: try again.")

        def run() -> tuple[Spoken | WhisperPageError, float]:
            begun = self._clock.monotonic()
            found: Spoken | WhisperPageError
            try:
                found = work()
            except WhisperPageError as error:
                found = error  # if it were raised, the thread would print it with its traceback
            return found, self._clock.monotonic() - begun

        done = self._threads.spawn(run)
        done.rawlink(self._done)
        late = SpeechError("The text was not spoken in time: try again.")
        with self._clock.outside(), self._clock.timeout(seconds, late):
            told = done.get()
        assert told
        found, _ = told
        if isinstance(found, WhisperPageError):
            raise found
        return found

    def _done(self, done: AsyncResult[tuple[Spoken | WhisperPageError, float]]) -> None:
        self._places.release()
        if done.value:  # else it was a fault of ours, which the thread has printed
            found, seconds = done.value
            (self.failed if isinstance(found, WhisperPageError) else self.spoken).observe(seconds)

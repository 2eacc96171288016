"""Messages: what can be one, and what is refused in one sentence."""

from __future__ import annotations

import pytest

from controller.domain.message import Message, check
from controller.errors import InvalidValue

#: Whoever may write settings writes these: an administrator, perhaps of one domain alone.
HOSTILE = [
    "${system(id)}",
    "$${domain}",
    "a\nb",
    "a\r\n\r\napi x",
    "'a'",
    '"a"',
    "a\x00b",
    "\x1b[2J",
    "a|b",
    "a;b",
    "a,b",
    "a\\b",
    "{a=b}c",
]


def refused(message: Message) -> None:
    with pytest.raises(InvalidValue) as caught:
        check(message)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "message",
    [
        Message("lobby", words='Besuch für Sie, ${name} "wartet"!'),
        Message("lobby", words="Bonjour", voice="fr-be+f3"),
        Message("l.o-b_y2", sound="/var/lib/freeswitch/sounds/lobby.wav", number=999),
    ],
)
def test_the_obvious_message_is_one(message: Message) -> None:
    check(message)


@pytest.mark.parametrize("text", [*HOSTILE, "../a.wav", "a/../../b", "a b", "a" * 256, "https://x/?a=b", "ä"])
def test_sound_that_could_be_more_than_a_path_is_refused(text: str) -> None:
    refused(Message("lobby", sound=text))


@pytest.mark.parametrize("text", [*HOSTILE, "", "1", "1lobby", "Lobby", "a" * 33, "ä"])
def test_name_that_is_none_is_refused(text: str) -> None:
    refused(Message(text, words="x"))


@pytest.mark.parametrize("text", [*HOSTILE, "-w", "../de", "de/../x", "de..x", "a" * 40, "ä", " de"])
def test_voice_that_could_be_more_than_its_name_is_refused(text: str) -> None:
    refused(Message("lobby", words="x", voice=text))


def test_a_sound_has_no_voice() -> None:
    refused(Message("lobby", "a.wav", voice="de"))


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\n\r\napi x", "\x1b[2J", "\u202eb", "\x00", " ", "\udcff", "a" * 501, "a" * 10_240]
)
def test_words_that_cannot_be_printed_or_are_too_long_are_refused(text: str) -> None:
    refused(Message("lobby", words=text))


@pytest.mark.parametrize(
    "message",
    [
        Message("lobby"),
        Message("lobby", "a.wav", "b"),
        Message("lobby", words="x", number=0),
        Message("lobby", words="x", number=1000),
    ],
)
def test_message_has_one_content_and_a_small_number(message: Message) -> None:
    refused(message)

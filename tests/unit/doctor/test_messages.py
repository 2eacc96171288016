"""What messages need: the speech command, its voices and folder, and the files on the switch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.config import Settings
from controller.doctor.messages import look_at_sounds, look_at_speech
from controller.domain.message import Message
from controller.eventsocket.api import ApiCall

TEXT, GERMAN = Message("text", words="hello"), Message("german", words="Besuch", voice="de")
FILES = [Message("lobby", "/sounds/lobby.wav"), Message("own", "ivr/own.wav")]


def speaking(folder: Path, **settings: str) -> Settings:
    values = {"speech_command": "cp sample.wav {file}", "speech_voices": "en", "speech_folder": str(folder)}
    return Settings(**values | settings)  # type: ignore[arg-type]


def switch(**answers: str) -> Callable[[ApiCall], str]:
    """A switch with all files and modules but those that `answers` have, by the last word of a call."""
    return lambda call: answers.get(Path(call.text.rpartition(" ")[2]).name, "true")


def test_without_texts_nothing_is_said_of_speech(tmp_path: Path) -> None:
    assert list(look_at_speech(Settings(), FILES)) == []


def test_speech_that_is_ready_is_right_and_makes_nothing(tmp_path: Path) -> None:
    (check,) = look_at_speech(speaking(tmp_path / "kept"), [TEXT])
    assert check.right
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"speech_command": ""}, "texts are not spoken"),
        ({"speech_command": "nobody-speaks {file}"}, "no program nobody-speaks"),
        ({}, "speech_voices has no de"),
        ({"speech_voices": "en, de", "speech_folder": "/nowhere/kept"}, "/nowhere cannot be written"),
    ],
)
def test_what_keeps_texts_from_being_spoken_is_a_warning(
    tmp_path: Path, settings: dict[str, str], found: str
) -> None:
    (check,) = look_at_speech(speaking(tmp_path, **settings), [TEXT, GERMAN])
    assert (check.right, check.fails) == (False, False)
    assert found in check.found
    assert check.fix


def test_missing_file_of_a_message_is_named(tmp_path: Path) -> None:
    assert list(look_at_sounds(switch(), Settings(), FILES)) == []
    (check,) = look_at_sounds(switch(**{"lobby.wav": "false"}), Settings(), FILES)
    assert (check.found, check.fails) == ("not on the switch: /sounds/lobby.wav", False)


def test_login_that_may_not_ask_for_files_says_nothing() -> None:
    assert list(look_at_sounds(switch(**{"lobby.wav": "-ERR permission denied"}), Settings(), FILES)) == []


def test_folder_that_the_switch_does_not_see_is_a_warning_unless_it_gets_texts_by_http(
    tmp_path: Path,
) -> None:
    away = switch(kept="false")
    (check,) = look_at_sounds(away, speaking(tmp_path / "kept"), [TEXT])
    assert "does not see" in check.found
    by_http = speaking(tmp_path / "kept", speech_url="http://10.0.0.5:8019")
    assert list(look_at_sounds(away, by_http, [TEXT])) == []


def test_module_by_which_the_switch_gets_texts_must_be_loaded(tmp_path: Path) -> None:
    by_http = speaking(tmp_path / "kept", speech_url="http://10.0.0.5:8019")
    (check,) = look_at_sounds(switch(mod_httapi="false"), by_http, [TEXT])
    assert "mod_httapi is not loaded" in check.found

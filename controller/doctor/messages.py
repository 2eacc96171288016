"""Checks what messages need: the speech command, its voices and folder, and the files on the switch."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from controller.config import Settings
from controller.doctor.check import Check
from controller.doctor.dialplan import Ask
from controller.domain.message import Message
from controller.eventsocket import api

#: The module by which the switch plays a sound from a URL.
HTTP_MODULE = "mod_httapi"
_TEST = "`whisperpage messages test NAME` speaks one."


def look_at_speech(settings: Settings, messages: Collection[Message]) -> Iterator[Check]:
    """Check whether texts can be spoken here, if there are any. Nothing is spoken."""
    if not (texts := [each for each in messages if each.words]):
        return
    trouble, fix = _trouble(settings, texts)
    yield Check("speech", not trouble, trouble or f"{settings.speech_command}", fix, needed=False)


def look_at_sounds(ask: Ask, settings: Settings, messages: Collection[Message]) -> Iterator[Check]:
    """Check whether the switch has the files of messages, and can get spoken texts."""
    missing = sorted({each.sound for each in messages if each.sound and _missing(ask, each.sound)})
    if missing:
        fix = "Put them there, or change the messages: `whisperpage messages list`."
        yield Check("message sounds", False, f"not on the switch: {', '.join(missing)}", fix, needed=False)
    if not settings.speech_command or not any(each.words for each in messages):
        return
    if settings.speech_url:
        if ask(api.module_exists(HTTP_MODULE)) != "true":
            fix = f"Load {HTTP_MODULE} in modules.conf.xml, and now with `fs_cli -x 'load {HTTP_MODULE}'`."
            found = f"{HTTP_MODULE} is not loaded, by which the switch gets {settings.speech_url}"
            yield Check("spoken texts", False, found, fix, needed=False)
    elif _missing(ask, settings.speech_folder):
        fix = "Give both the same folder by the same path, or set speech_url (docs/messages.md)."
        yield Check(
            "spoken texts", False, f"the switch does not see {settings.speech_folder}", fix, needed=False
        )


def _trouble(settings: Settings, texts: Collection[Message]) -> tuple[str, str]:
    """What keeps texts from being spoken, and what to do; empty if nothing does."""
    if not settings.speech_command:
        return "none: texts are not spoken", "Set speech_command, or remove them (docs/messages.md)."
    program = shlex.split(settings.speech_command)[0]
    if shutil.which(program) is None:
        return f"there is no program {program}", f"Install it, or change speech_command. {_TEST}"
    if unknown := sorted({each.voice for each in texts if each.voice} - set(settings.voices)):
        return f"speech_voices has no {', '.join(unknown)}", "Add it there, or change the messages."
    folder = Path(settings.speech_folder)
    there = folder if folder.exists() else folder.parent
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} cannot be written by this user", "Make it writable, or change speech_folder."
    return "", ""


def _missing(ask: Ask, path: str) -> bool:
    """Whether the switch certainly has no such file; a login that may not ask learns nothing."""
    return path.startswith("/") and ask(api.call("file_exists", path)) == "false"

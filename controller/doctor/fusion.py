"""Checks in FusionPBX's own database that the feature codes, the keys and the login are right.

FusionPBX's handler returns no dialplan outside of a call (dialplan.lua), so the switch cannot be asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from controller.config import Settings
from controller.doctor.check import Check
from controller.errors import SettingsError
from controller.fusion import codes, keys, parts
from controller.fusion.site import FusionPbx, find

_INSTALL = "Run `sudo whisperpage fusionpbx install`."


def examine(config: Path, settings: Settings, replies: Collection[str] = ()) -> Iterator[Check]:
    """The checks of the FusionPBX with this configuration, each as soon as it is done.

    `replies` are the digits of the replies that SQL has.
    """
    try:
        there = find(config)
        yield from _codes(there)
        yield from _lamps(there, settings)
        yield from _replies(there, replies)
    except SettingsError as error:
        yield Check("FusionPBX", False, "cannot be looked at", f"{error} Run the doctor as root.")
        return
    yield _login(there, settings)
    yield _keys(settings)


def _codes(there: FusionPbx) -> Iterator[Check]:
    wanted = codes.chosen(there, {})
    lacking = codes.missing(there, wanted)
    found = codes.rows(there, wanted)
    state = "missing" if not found else f"missing or of another version: {', '.join(lacking)}"
    off = [str(row) for row in found if not row.enabled]
    there_are = f"there; disabled: {', '.join(off)}" if off else "there"
    yield Check("feature codes in FusionPBX", not lacking, state if lacking else there_are, _INSTALL)
    late = [str(row) for row in found if row.enabled and row.order >= codes.TOO_LATE]
    if late:
        fix = f"Give them an order below {codes.TOO_LATE}: behind it, a recording has the pager's own leg."
        yield Check("order of the codes", False, f"too late: {', '.join(late)}", fix)
    empty = [str(row) for row in found if not row.details]
    if empty:
        fix = f"The next Save in Dialplan Manager empties them: delete them there. {_INSTALL}"
        yield Check("details of the codes", False, f"missing: {', '.join(empty)}", fix)
    if others := codes.taken(there, wanted):
        fix = "Move them, or give another code: `whisperpage fusionpbx install --help`."
        yield Check("codes of others", False, f"in the way: {', '.join(others)}", fix)


def _login(there: FusionPbx, settings: Settings) -> Check:
    what = "login in FusionPBX"
    if not (password := parts.login_password(there)):
        return Check(what, False, "missing", _INSTALL)
    own = {each.password for each in settings.addresses if each.user == parts.USER}
    fix = f"Write the password of {there.conf / parts.LOGIN} into switch_url."
    right = password in own
    return Check(what, right, "there" if right else "of another password than switch_url", fix)


def _lamps(there: FusionPbx, settings: Settings) -> Iterator[Check]:
    if (domains := len(there.domains())) > 1:
        found = f"on, for {domains} domains: a phone that lies about its own is told those of others"
        fix = "Set lamps = false, unless the domains may know of each other."
        right = not settings.lamps
        yield Check("lamps of other domains", right, "off" if right else found, fix, needed=False)


def _replies(there: FusionPbx, replies: Collection[str]) -> Iterator[Check]:
    if taken := sorted(keys.bound(there).intersection(replies)):
        found = f"{', '.join(f'*{digit}' for digit in taken)}: FusionPBX binds them in calls, and both act"
        fix = "Give these replies other digits: `whisperpage replies set --help`."
        yield Check("reply keys in FusionPBX", False, found, fix, needed=False)


def _keys(settings: Settings) -> Check:
    digits = {name: getattr(settings, name) for name in parts.KEYS}
    taken = [f"{name} {digit}" for name, digit in digits.items() if digit in parts.ITS_KEYS]
    fix = f"Set {', '.join(f'{name} = {chr(34)}{digit}{chr(34)}' for name, digit in parts.KEYS.items())}."
    found = f"FusionPBX has these for itself: {', '.join(taken)}" if taken else "free in FusionPBX"
    return Check("keys in a call", not taken, found, fix)

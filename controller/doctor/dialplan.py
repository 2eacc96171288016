"""Checks whether the dialplan of a page is installed, and whether the users' phones reach it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from controller import resources
from controller.config import Settings
from controller.doctor.check import Check
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall
from controller.switch.keys import bound_by

Ask = Callable[[ApiCall], str]

CONTEXTS = ("whisperpage@switch", "whisperpage-end@switch")
FEATURE_CODES = "whisperpage_page"
_OF_MESSAGES = "whisperpage_message"
#: Our extensions for a code that is dialled without a user's number after it.
_CODES = (
    "whisperpage_page_prompt",
    "whisperpage_intercom_prompt",
    "whisperpage_off",
    "whisperpage_message_prompt",
)
#: An expression that matches one code only.
_CODE = re.compile(r"\^((?:\\[*#]|[0-9#])+)\$")
#: An example of the number that follows a code.
_SOMEBODY = "1002"
_RELOAD = "and run `fs_cli -x reloadxml`."


def look_at_dialplan(ask: Ask, users_context: str | None) -> Iterator[Check]:
    """Check that the contexts of a page exist, and that the users' phones can dial the feature codes.

    If `users_context` is None, because no file has it, this is a FusionPBX, and the codes are not checked.
    """
    copy = f"Copy {resources.dialplan()}/whisperpage.xml into FreeSWITCH's conf/dialplan/ {_RELOAD}"
    if users_context is None:
        copy = "Run `sudo whisperpage fusionpbx upgrade`."
    for name in CONTEXTS:
        shipped, found = _shipped(name), _names(_context(ask, name))
        state = "there" if found == shipped else "of another version" if found else "missing"
        if not found and _names(_context(ask, old_name(name))):
            state = f"missing, but {old_name(name)} of an older version is there"
        yield Check(f"context {name}", found == shipped, state, copy)
    if users_context is None:
        return
    context = _context(ask, users_context)
    yield _feature_codes(ask, users_context, context)
    if taken := list(_taken(context)):
        first = ", ".join(f"{number} goes to the extension {name}" for number, name in taken)
        yield Check(
            f"feature codes in context {users_context}",
            False,
            f"taken: {first} before ours",
            f"Choose other codes in default/whisperpage.xml, or move that extension behind it, {_RELOAD}",
        )


def look_at_replies(ask: Ask, settings: Settings, replies: Collection[str]) -> Iterator[Check]:
    """Check whether the keys of replies are free, and whether a page leaves the dialplan's keys alone.

    `replies` are the digits of those that SQL has. unbind_meta_app with 0 unbinds every key of the leg
    (switch_ivr_unbind_dtmf_meta_session, switch_ivr_async.c).
    """
    own = {settings.mute_key, settings.end_key, settings.off_key}
    of_dialplan = bound_by(ask(api.call("xml_locate", "dialplan")))
    if "0" in own.union(replies) and (lost := sorted(of_dialplan - {"0"})):
        yield Check(
            "page keys",
            False,
            f"*0: with it a call loses the dialplan's {_keys(lost)} at the end of a page",
            "Use another digit than 0 (mute_key, end_key, off_key, `whisperpage replies`).",
            needed=False,
        )
    by_dialplan = sorted(set(replies) & of_dialplan)
    by_page = sorted(set(replies) & own)
    for digits, whose in (
        (by_dialplan, "the dialplan uses them in calls"),
        (by_page, "they are a page's own keys"),
    ):
        if digits:
            found = f"none by {_keys(digits)}: {whose}"
            fix = "Give these replies other digits: `whisperpage replies set --help`."
            yield Check("reply keys", False, found, fix, needed=False)


def _keys(digits: Iterable[str]) -> str:
    return ", ".join(f"*{digit}" for digit in digits)


def old_name(context: str) -> str:
    """The name of a context up to version 0.1.1."""
    return context.partition("@")[0]


def _feature_codes(ask: Ask, users_context: str, context: Element | None) -> Check:
    what = f"feature codes in context {users_context}"
    copy = f"Copy {resources.dialplan()}/default/whisperpage.xml into FreeSWITCH's conf/dialplan/default/"
    if FEATURE_CODES in _names(context):
        if _OF_MESSAGES in _names(context):
            return Check(what, True, "there")
        return Check(what, False, "there, without that for messages", f"{copy} {_RELOAD}", needed=False)
    state = "missing" if context is not None else "missing, and there is no such context"
    elsewhere = [
        each.get("name", "") for each in _whole(ask).iter("context") if FEATURE_CODES in _names(each)
    ]
    if elsewhere:
        fix = (
            f"They are in the context {elsewhere[0]}: if the users' phones are, add --context {elsewhere[0]}."
        )
    else:
        fix = (
            f"{copy} {_RELOAD} Where the users' phones are in another context than default, include the file "
            "there and name the context with --context."
        )
    return Check(what, False, state, fix)


def _taken(context: Element | None) -> Iterator[tuple[str, str]]:
    """Each of our numbers that an earlier extension takes, with the name of that extension."""
    extensions = [] if context is None else list(context.iter("extension"))
    names = [each.get("name", "") for each in extensions]
    if FEATURE_CODES not in names:
        return
    before = extensions[: names.index(FEATURE_CODES)]
    codes = [code for each in extensions if each.get("name") in _CODES and (code := _code(each))]
    for number in [*codes, *(code + _SOMEBODY for code in codes[:2])]:
        if taker := next((each for each in before if _takes(each, number)), None):
            yield number, taker.get("name", "without a name")


def _code(extension: Element) -> str:
    """The code of an extension; empty if its expression matches more than one code."""
    condition = extension.find("condition")
    match = _CODE.fullmatch(condition.get("expression", "")) if condition is not None else None
    return match[1].replace("\\", "") if match else ""


def _takes(extension: Element, number: str) -> bool:
    """Whether a number certainly ends in an extension, which has no condition on anything else."""
    conditions = [each for each in extension.findall("condition") if each.get("break") != "never"]
    certain = all(each.get("field") == "destination_number" for each in conditions)
    if extension.get("continue") == "true" or not conditions or not certain:
        return False
    try:
        return all(re.search(each.get("expression", ""), number) for each in conditions)
    except re.error:  # a regular expression of PCRE that Python does not know
        return False


def _shipped(context: str) -> list[str]:
    root = ElementTree.parse(resources.dialplan() / "whisperpage.xml").getroot()
    return _names(root.find(f"context[@name='{context}']"))


def _context(ask: Ask, name: str) -> Element | None:
    return _read(ask(api.xml_locate("dialplan", "context", "name", name)))


def _whole(ask: Ask) -> Element:
    found = _read(ask(api.call("xml_locate", "dialplan")))
    return Element("section") if found is None else found


def _read(xml: str) -> Element | None:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError:  # `-ERR ...`: there is no such context
        return None


def _names(context: Element | None) -> list[str]:
    return [] if context is None else [each.get("name", "") for each in context.iter("extension")]

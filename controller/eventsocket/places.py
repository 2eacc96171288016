"""Checks a value for its place in a command; a value that cannot be written there exactly is refused.

Each function returns the value as it is written in the command, or raises UnsafeValue. The places differ
because FreeSWITCH reads each of them in another way (functions of src/ in 1.10.12):

- A line ends at CR or LF, and a C string at NUL. So no place accepts a control character (`read_packet`,
  mod_event_socket.c).
- Words are split at spaces; `'...'` and backslashes escape (`switch_separate_string`, switch_utils.c).
- The variables of originate are split three times: into the words of the line, at `,`, and at `=`
  (`originate_function`, mod_commands.c; `switch_event_create_brackets`, switch_event.c). A quote or a
  backslash would need escaping three times and is refused; a space is `\\s`, a comma is `\\,`.
- `${...}` is expanded in application arguments, and in variables that are run as hooks
  (`switch_channel_expand_variables_check`, switch_channel.c).
"""

from __future__ import annotations

import re

from controller.errors import UnsafeValue

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_CONTEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]*")
_LEG = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9@._:+~%*!=-]{0,254}")
#: switch_ivr_originate (switch_ivr_originate.c) splits its whole argument at this text, variables included.
_ENTERPRISE = ":_:"
#: The dial string of one phone: its own variables, which contain no bracket, and the rest.
_PHONE = re.compile(r"(?:\[[^\[\]]*\])?[^\[\] <&,][^ ,]*")


def refuse(place: str, value: str, why: str) -> UnsafeValue:
    """The error for `value`; the caller raises it."""
    return UnsafeValue(f"The {place} {value!r} cannot go to the switch: {why}.")


def text(place: str, value: str) -> str:
    """Any text that UTF-8 can encode, without control characters; every other place requires this, too."""
    if _CONTROL.search(value):
        raise refuse(place, value, "it contains a control character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse(place, value, "it is not valid Unicode") from None
    return value


def name(place: str, value: str) -> str:
    """A name such as the switch uses: letters, digits and `_ . : -`."""
    if not _NAME.fullmatch(value):
        raise refuse(place, value, "a name has only letters, digits and _ . : -")
    return value


def context(value: str) -> str:
    """The name of a dialplan context. It may have an @: FusionPBX reads such a context only from files."""
    if not _CONTEXT.fullmatch(value):
        raise refuse("context", value, "a context has only letters, digits and _ . : @ -")
    return value


def leg(value: str) -> str:
    """A leg's uuid in any form that a switch uses: with `inbound-use-callid-as-uuid` it is a SIP Call-ID.

    It must contain a digit, so that no keyword of the switch (`off`, `all`, `undef`) is taken for a leg.
    """
    if not _LEG.fullmatch(value):
        raise refuse("leg's uuid", value, "a uuid has letters, digits (one at least) and @._:+~%*!=- only")
    return value


def word(place: str, value: str) -> str:
    """One argument among several."""
    if not value or " " in value:
        raise refuse(place, value, "it must be one word")
    return argument(place, value)


def argument(place: str, value: str) -> str:
    """The last argument of a command; it may contain spaces, but not begin or end with one."""
    text(place, value)
    if "'" in value or "\\" in value:
        raise refuse(place, value, "the switch would read its quote or backslash, not keep it")
    if value != value.strip(" "):
        raise refuse(place, value, "the switch would cut the spaces around it")
    if value.startswith("^^"):
        raise refuse(place, value, "a leading ^^ changes how the switch splits it")
    return value


def variable(place: str, value: str) -> str:
    """The value of a channel variable, which the switch may later run as a hook."""
    argument(place, value)
    if "${" in value:
        raise refuse(place, value, "the switch would expand its ${...}")
    return value


def application_argument(place: str, value: str) -> str:
    """The argument of an application; it may contain quotes, which each application reads in its own way."""
    text(place, value)
    if "\\" in value or "${" in value:
        raise refuse(place, value, "the switch would expand its backslash or ${...}")
    if value.startswith("%") and "[" in value[1:3]:  # switch_core_session_exec, switch_core_session.c
        raise refuse(place, value, "a leading %[...] sets variables")
    if value != value.strip(" "):
        raise refuse(place, value, "the switch would cut the spaces around it")
    return value


def originate_variable(variable_name: str, value: str) -> str:
    """`value` as it is written in originate's `{name=value}`, so that three splits restore it."""
    place = f"originate variable {variable_name}"
    if not value:
        raise refuse(place, value, "the switch drops an empty variable, so leave it out")
    variable(place, value)
    if "{" in value or "}" in value or _ENTERPRISE in value:
        raise refuse(place, value, "braces and :_: end the list of variables")
    return value.replace(",", "\\,").replace(" ", "\\s")


def endpoint(value: str) -> str:
    """One dial string, such as `user/1002@pbx.test` or `loopback/x/context`, without variables."""
    word("endpoint", value)
    if "/" not in value or value[0] in "[<&" or _ENTERPRISE in value or set(value) & set(",|{}"):
        raise refuse("endpoint", value, "it must be one dial string without variables")
    return value


def phone(value: str) -> str:
    """One phone with its own variables, `[a=b]sofia/...`, as it is written in originate's arguments."""
    argument("phone", value)
    if not _PHONE.fullmatch(value) or "/" not in value or _ENTERPRISE in value or set(value) & set("|{}"):
        raise refuse("phone", value, "it must be one dial string, with variables in [] alone")
    return value.replace(" ", "\\s")

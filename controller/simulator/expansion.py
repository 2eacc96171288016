r"""Expands `${...}` in text: variables and API calls (switch_channel_expand_variables_check).

`${name}` is a variable, `${name:offset:length}` a part of one, and `${call(argument)}` or `${call argument}`
an API call. The text between the braces is expanded first. The value of a variable is expanded as well; the
output of a call is not. A backslash protects a `$` from one expansion: `${eval(uuid:X \${Channel-State})}`
passes `${Channel-State}` to eval.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_PART = re.compile(r"(?P<name>.+?):(?P<offset>-?\d+)(?::(?P<length>-?\d+))?")

Lookup = Callable[[str], str | None]
Call = Callable[[str, str], str]
#: The depth to which the switch expands variables in variables.
DEPTH = 100


def expand(text: str, lookup: Lookup, call: Call, depth: int = 0) -> str:
    """The text with every `${}` replaced; a variable that is not set is empty."""
    if "$" not in text or depth > DEPTH:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] == "$":
            out.append("$")
            at += 2
        elif text.startswith("${", at) and (end := _close(text, at + 2)) >= 0:
            out.append(_value(text[at + 2 : end], lookup, call, depth + 1))
            at = end + 1
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _close(text: str, at: int) -> int:
    """The position of the brace that closes the one before `at`; -1 if there is none."""
    depth = 1
    for index in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return -1


def _value(inner: str, lookup: Lookup, call: Call, depth: int) -> str:
    for opening, closing in (("(", ")"), (" ", "")):
        name, found, argument = inner.partition(opening)
        if found and argument.endswith(closing):
            within = expand(argument.removesuffix(closing), lookup, call, depth)
            return call(expand(name, lookup, call, depth), within)
    inner = expand(inner, lookup, call, depth)
    whole = lookup(inner)
    if whole is None and (part := _PART.fullmatch(inner)):
        value = expand(lookup(part["name"]) or "", lookup, call, depth)
        return _slice(value, int(part["offset"]), part["length"])
    return expand(whole or "", lookup, call, depth)


def _slice(value: str, offset: int, length: str | None) -> str:
    tail = value[offset:] if offset >= 0 else value[max(len(value) + offset, 0) :]
    return tail if length is None else tail[: int(length)]

"""Finds the phone for a User-Agent: the first phone rule that matches; the user's override has priority."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from controller.phones.values import Header, Phone, PhoneKind, PhoneOverride, PhoneRule

#: The characters of a User-Agent that are compared; the header itself has no maximum length.
LOOKED_AT = 256
#: The headers for a phone without a rule: the one that most phones understand, and the one of RFC 5373. A
#: phone ignores a header that it does not understand.
COMMON = (Header("Call-Info", "<sip:{domain}>;answer-after=0"), Header("Answer-Mode", "Auto"))


def recognise(
    user_agent: str | None,
    rules: Iterable[PhoneRule],
    override: PhoneOverride | None = None,
    unknown: PhoneKind = PhoneKind.SOFT,
) -> Phone:
    """The phone behind `user_agent`, by the ordered `rules`; `unknown` is the kind if none matches."""
    text = (user_agent or "")[:LOOKED_AT]
    rule = next((rule for rule in rules if matches(rule.pattern, text)), None)
    kind = rule.kind if rule else unknown
    headers = rule.headers if rule else COMMON
    if override is not None:
        kind = kind if override.kind is None else override.kind
        headers = headers if override.headers is None else override.headers
    return Phone(kind, rule.vendor if rule else "", headers, rule)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole `text` matches `pattern`; `*` matches any characters, and case is ignored.

    It does not use regular expressions: patterns come from SQL, and each must need only one pass over the
    text.
    """
    first, *rest = _parts(pattern)
    text = text.lower()
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.lower().split("*"))

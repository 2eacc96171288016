"""From a User-Agent to a phone: the first phone rule whose pattern matches, the user's override before it."""

from __future__ import annotations

from collections.abc import Iterable

from controller.phones.values import Header, Phone, PhoneKind, PhoneOverride, PhoneRule

#: Characters of a User-Agent that are looked at: what a phone says of itself has no bound of its own.
LOOKED_AT = 256
#: For a phone that no rule knows: what most phones understand, and what RFC 5373 says. No phone minds either.
COMMON = (Header("Call-Info", "<sip:{domain}>;answer-after=0"), Header("Answer-Mode", "Auto"))


def recognise(
    user_agent: str | None,
    rules: Iterable[PhoneRule],
    override: PhoneOverride | None = None,
    unknown: PhoneKind = PhoneKind.SOFT,
) -> Phone:
    """The phone behind `user_agent`; `rules` in their order, `unknown` the kind of what no rule knows."""
    text = (user_agent or "")[:LOOKED_AT]
    rule = next((rule for rule in rules if matches(rule.pattern, text)), None)
    kind = rule.kind if rule else unknown
    headers = rule.headers if rule else COMMON
    if override is not None:
        kind = kind if override.kind is None else override.kind
        headers = headers if override.headers is None else override.headers
    return Phone(kind, rule.vendor if rule else "", headers, rule)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of `text` is like `pattern`, where `*` is any run of characters; case does not count.

    Not a regular expression: patterns come from SQL, and none may cost more than one walk along the text.
    """
    first, *rest = pattern.lower().split("*")
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

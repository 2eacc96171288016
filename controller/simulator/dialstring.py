"""Dial strings: `{a=b}[c=d]sofia/...,[...]sofia/...|[...]sofia/...` and the arguments of originate.

`{}` has variables for every leg, `[]` for one leg. A comma separates phones that ring at the same time, a bar
groups that ring one after the other (switch_ivr_originate, switch_ivr_originate.c). `{^^:a=b:c=d}` uses
another separator (switch_event_create_brackets, switch_event.c). A value keeps a comma that is escaped or in
single quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Destination:
    """A leg to be made: its endpoint, such as `sofia/internal/sip:1002@...`, and its variables."""

    endpoint: str
    variables: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> list[list[Destination]]:
    """The groups of a dial string; the phones of a group ring at the same time."""
    common, rest = _brackets(text.strip(), "{", "}")
    return [
        [_destination(each, common) for each in _split(group, ",") if each.strip()]
        for group in _split(rest, "|")
        if group.strip()
    ]


def words(text: str) -> list[str]:
    r"""An API call's arguments: split at spaces, with `'...'`; `\s` is a space (switch_separate_string)."""
    return [_unquoted(part).replace("\\s", " ") for part in _split(text, " ", brackets=True) if part]


def _destination(text: str, common: dict[str, str]) -> Destination:
    own, rest = _brackets(text.strip(), "[", "]")
    more, endpoint = _brackets(rest, "{", "}")
    return Destination(endpoint, {**common, **more, **own})


def _brackets(text: str, opening: str, closing: str) -> tuple[dict[str, str], str]:
    if not text.startswith(opening):
        return {}, text
    depth = 0
    for at, character in enumerate(text):
        depth += {opening: 1, closing: -1}.get(character, 0)
        if depth == 0:
            return _variables(text[1:at]), text[at + 1 :]
    raise ValueError(f"unterminated {opening} in {text!r}")


def _variables(text: str) -> dict[str, str]:
    separator = ","
    if text.startswith("^^") and len(text) > 2:
        separator, text = text[2], text[3:]
    pairs = (part.partition("=") for part in _split(text, separator) if "=" in part)
    return {name.strip(): _unescape(value) for name, _, value in pairs}


def _split(text: str, separator: str, brackets: bool = False) -> Iterator[str]:
    """Split where the separator is neither escaped, nor quoted, nor within brackets."""
    start, depth, quoted, at = 0, 0, False, 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character == "'":
            quoted = not quoted
        elif not quoted and (character in "[{" or (brackets and character == "(")):
            depth += 1
        elif not quoted and (character in "]}" or (brackets and character == ")")):
            depth -= 1
        elif character == separator and not quoted and depth <= 0:
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


def _unescape(text: str) -> str:
    return _unquoted(text).replace("\\s", " ").replace("\\,", ",")


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "'" else text

"""The headers that make a phone answer by itself: reads, checks and writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from controller.errors import InvalidValue
from controller.phones.values import Header

#: The headers that ask a phone to answer. Only these are allowed, so that no rule can rewrite From or Route.
NAMES = ("Call-Info", "Alert-Info", "Answer-Mode", "Priv-Answer-Mode", "P-Auto-Answer")
DOMAIN = "{domain}"
#: The maximum length of the headers in a row of SQL, in characters.
LENGTH = 1000

# Characters that need no quoting in a dial string: no comma, apostrophe, bracket, brace, backslash, dollar or
# line end. A space is allowed only in double quotes (RFC 3261, 25.1), else mod_sofia does not send the
# header.
_CHARACTER = "[A-Za-z0-9<>;=:/@._+*?&%~()-]"
_VALUE = re.compile(rf'(?=.{{1,200}}$)(?:{_CHARACTER}|"(?:{_CHARACTER}| )*")+')
_BY_NAME = {name.lower(): name for name in NAMES}


def parse_header(line: str) -> Header:
    """Read `Name: value`; raises InvalidValue."""
    name, colon, value = line.partition(":")
    known = _BY_NAME.get(name.strip().lower())
    if not colon or known is None:
        raise InvalidValue(
            f"{line[:60]!a} is not a header that makes a phone answer: write NAME: VALUE, with one of "
            f"{', '.join(NAMES)} as the name."
        )
    value = value.strip()
    if not _VALUE.fullmatch(value.replace(DOMAIN, "domain")):
        raise InvalidValue(
            f"The value of {known} may have letters, digits and <>;=:/@._+*?&%~()-, 200 at most, with spaces "
            f"only in double quotes, and {DOMAIN} for the target's domain."
        )
    return Header(known, value)


@lru_cache(maxsize=1000)  # the key is the text, so a changed row is read anew
def read_headers(text: str) -> tuple[Header, ...]:
    """The headers in a row of SQL, one on each line; a wrong line is left out, so that pages still work."""
    return tuple(header for line in text.split("\n") if (header := _header(line)) is not None)


def write_headers(headers: Iterable[Header]) -> str:
    """The text for SQL with one header on each line; raises InvalidValue if it is too long."""
    text = "\n".join(str(header) for header in headers)
    if len(text) > LENGTH:
        raise InvalidValue(f"These headers have {len(text)} characters together: use {LENGTH} at most.")
    return text


def render(headers: Iterable[Header], domain: str) -> tuple[tuple[str, str], ...]:
    """Name and value of each header for a call to a target in `domain`; they are safe in a dial string."""
    host = f"[{domain}]" if ":" in domain else domain  # RFC 3986, 3.2.2: IPv6 addresses have brackets
    return tuple((header.name, header.value.replace(DOMAIN, host)) for header in headers)


def _header(line: str) -> Header | None:
    try:
        return parse_header(line)
    except InvalidValue:
        return None

"""The buttons for Whisper Page, independent of the vendor; templates.py writes them for each vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controller.errors import InvalidValue

#: The text in place of the token until somebody fills it in.
PLACEHOLDER = "TOKEN"
_URL = re.compile(r"https?://[A-Za-z0-9._~:/@%+\[\]-]+")
_CODE = re.compile(r"[0-9*#]{1,8}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


class Does(StrEnum):
    """The kinds of buttons: dial, open a URL, send tones in a call, or show a lamp."""

    DIAL = "dial"
    OPEN = "open"
    SEND = "send"
    WATCH = "watch"


@dataclass(frozen=True)
class Button:
    """One button. `value` is a number, a URL, digits, or a lamp's subscription (`PROTOCOL+EXTENSION`).

    `otherwise` is the button for a phone that does not support this kind, or None.
    """

    label: str
    does: Does
    value: str
    otherwise: Button | None = None


@dataclass(frozen=True)
class Codes:
    """The feature codes and keys, from the settings of dialplan and controller; empty if there is none."""

    page: str = "*19"
    off: str = "*20"
    mute: str = "*5"
    end: str = "*6"


CODES = Codes()


def codes(page: str, off: str, mute_digit: str, end_digit: str) -> Codes:
    """The codes of the dialplan, and those of the keys of a page; a key without a digit is none."""
    mute, end = (f"*{digit}" if digit else "" for digit in (mute_digit, end_digit))
    return Codes(page, off, mute, end)


def check_url(text: str) -> str:
    """An address that a phone can open, which spoils no template. Raises InvalidValue."""
    return _checked(_URL, text, "address: write http://HOST:8019 or https://HOST")


def check_code(text: str) -> str:
    """A feature code. Raises InvalidValue."""
    return _checked(_CODE, text, "code: use digits, * and #")


def check_token(text: str) -> str:
    """The token of a user's keys. Raises InvalidValue."""
    return _checked(_TOKEN, text, "token: write it as it was shown when it was issued")


def _checked(pattern: re.Pattern[str], text: str, wanted: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidValue(f"{text[:40]!a} is no {wanted}.")
    return text


def buttons(
    extension: str, pages: Sequence[str], url: str, token: str = PLACEHOLDER, codes: Codes = CODES
) -> Iterator[Button]:
    """The buttons of a user's phone: one for each extension in `pages`, and the general ones.

    `url` is the address at which the phone reaches the controller's HTTP. The buttons of a phone that cannot
    open a URL send the keys of a paged target, and dial the code for Whisper Page Off.
    """
    for whom in pages:
        yield Button(f"Page {whom}", Does.DIAL, f"{codes.page}{whom}")
    yield Button("Page ...", Does.DIAL, codes.page)
    keys = f"{url.rstrip('/')}/keys/{token}"
    mute = Button("Mute", Does.SEND, codes.mute) if codes.mute else None
    end = Button("End page", Does.SEND, codes.end) if codes.end else None
    yield Button("Mute", Does.OPEN, f"{keys}/toggle-mute", mute)
    yield Button("End page", Does.OPEN, f"{keys}/end", end)
    yield Button("Pages off", Does.OPEN, f"{keys}/toggle-off", Button("Pages off", Does.DIAL, codes.off))
    yield Button("Paged", Does.WATCH, f"whisper+{extension}")
    yield Button("Muted", Does.WATCH, f"whispermute+{extension}")
    yield Button("Off", Does.WATCH, f"whisperoff+{extension}")

"""The buttons that a phone can have for Whisper Page, whoever made it; templates.py writes them down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: What stands where a token belongs, until somebody puts one there.
PLACEHOLDER = "TOKEN"


class Does(StrEnum):
    """What a button does: dial, open a URL, send tones in a call, or be a lamp."""

    DIAL = "dial"
    OPEN = "open"
    SEND = "send"
    WATCH = "watch"


@dataclass(frozen=True)
class Button:
    """One button. `value` is a number, a URL, digits, or what a lamp subscribes to (`PROTOCOL+EXTENSION`).

    `otherwise` is the button of a phone that cannot do this, None if it then has none.
    """

    label: str
    does: Does
    value: str
    otherwise: Button | None = None


@dataclass(frozen=True)
class Codes:
    """What a user dials and presses: settings of the dialplan and of the controller. Empty: there is none."""

    page: str = "*19"
    off: str = "*20"
    mute: str = "*5"
    end: str = "*6"


CODES = Codes()


def buttons(
    extension: str, pages: Sequence[str], url: str, token: str = PLACEHOLDER, codes: Codes = CODES
) -> Iterator[Button]:
    """The buttons of a user's phone: one to page each of `pages`, and those that every user can do with.

    `url` is where the controller serves HTTP, as the phone sees it. A phone that cannot open a URL presses
    the keys of a paged target, and dials the code that switches pages off.
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

"""The buttons for Whisper Page, independent of the vendor; templates.py writes them for each vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: The text in place of the token until somebody fills it in.
PLACEHOLDER = "TOKEN"


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

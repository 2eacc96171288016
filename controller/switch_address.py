"""The addresses of switches, as `switch_url` has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from controller.errors import SettingsError

#: A password may contain a comma, so a comma alone does not end an address.
_BETWEEN_URLS = re.compile(r"\s*,\s*(?=esl://)")


@dataclass(frozen=True)
class SwitchAddress:
    """The address and login of a switch's event socket; `user` is empty for the plain password login."""

    host: str
    port: int
    password: str
    user: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"SwitchAddress({self.host}:{self.port})"  # never the password: this reaches logs


def split_switch_urls(text: str) -> list[str]:
    """The addresses of several switches, with commas between them; none is checked."""
    return _BETWEEN_URLS.split(text)


def parse_switch_url(url: str) -> SwitchAddress:
    """Read `esl://[USER]:PASSWORD@HOST[:PORT]`; raises SettingsError with the right form."""
    wanted = "write it as esl://:PASSWORD@HOST:8021"
    try:
        parts = urlsplit(url)
        port = 8021 if parts.port is None else parts.port
    except ValueError:
        raise SettingsError(f"switch_url is not an address: {wanted}.") from None
    if port == 0:
        raise SettingsError(f"switch_url has the port 0, at which nobody listens: {wanted}.")
    if parts.scheme != "esl" or not parts.hostname:
        raise SettingsError(f"switch_url is not an event socket address: {wanted}.")
    if "," in parts.hostname:
        raise SettingsError(f"switch_url has a comma, and no address behind it: {wanted}.")
    if not parts.password:
        raise SettingsError(f"switch_url has no password: {wanted}.")
    return SwitchAddress(parts.hostname, port, unquote(parts.password), unquote(parts.username or ""))

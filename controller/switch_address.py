"""The addresses of switches, as `switch_url` and `switches` have them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from controller.errors import SettingsError

#: A password may contain a comma, so a comma alone does not end an address.
_BETWEEN_URLS = re.compile(r"\s*,\s*(?=esl://)")

#: The name of a switch, and how the others call it: by an address, or by a gateway of theirs.
_SWITCH_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIAL = re.compile(
    r"sofia/(?:gateway/[A-Za-z0-9._-]+/whisperpage"
    r"|[A-Za-z0-9._-]+/whisperpage@[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:;transport=(?:udp|tcp|tls))?)"
)
#: What ends a line of `switches`.
_ENDS = re.compile(r"[\n;]+(?!transport=)")


@dataclass(frozen=True)
class SwitchAddress:
    """The address and login of a switch's event socket; `user` is empty for the plain password login.

    `name` is the switch's own name, and `dial` the dial string by which the other switches send it the call
    of a pager; both are empty if the settings do not have them.
    """

    host: str
    port: int
    password: str
    user: str = ""
    name: str = ""
    dial: str = ""

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


def parse_switches(text: str) -> tuple[SwitchAddress, ...]:
    """Read `switches`: `NAME esl://... sofia/...` a line, or behind a semicolon. Raises SettingsError."""
    found: list[SwitchAddress] = []
    for line in filter(None, map(str.strip, _ENDS.split(text))):
        name, url, dial = (*line.split(), "", "", "")[:3]
        if not _SWITCH_NAME.fullmatch(name) or len(line.split()) != 3:
            raise SettingsError(
                "switches has a line that is not `NAME esl://:PASSWORD@HOST:8021 sofia/...`: write one "
                "switch a line, with blanks between the three."
            )
        if not _DIAL.fullmatch(dial):
            raise SettingsError(
                f"switches has no dial string for {name}: write sofia/PROFILE/whisperpage@HOST:PORT or "
                "sofia/gateway/GATEWAY/whisperpage, as the other switches dial it."
            )
        found.append(replace(parse_switch_url(url), name=name, dial=dial))
        for what in (name, str(found[-1])):
            if [each for each in found if what in (each.name, str(each))][1:]:
                raise SettingsError(f"switches names {what} twice: name each switch once.")
    return tuple(found)


def without_passwords(text: str) -> str:
    """The text of `switches` with every password hidden."""
    return re.sub(r"(esl://[^:/@\s]*:)\S*@", r"\1***@", text)

"""How a user is rung through a SIP proxy, where the proxy alone knows the user's phones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from controller.domain.leg import Registration
from controller.domain.names import UserName
from controller.errors import SettingsError

_USER, _DOMAIN = "{user}", "{domain}"
#: One dial string of sofia: nothing that ends it, adds another one, or has variables of its own.
_DIAL = re.compile(
    r"sofia/(?:gateway/)?[A-Za-z0-9._-]+/(?:[A-Za-z0-9._~@:;=%+-]|\{user\}|\{domain\})*\{user\}"
    r"(?:[A-Za-z0-9._~@:;=%+-]|\{user\}|\{domain\})*"
)


@dataclass(frozen=True)
class ProxyDial:
    """A dial string in which `{user}` and `{domain}` stand for the target's; empty if there is no proxy."""

    text: str = ""

    def phones(self, user: UserName) -> tuple[Registration, ...]:
        """What rings the user's phones: one dial string for all; none if there is no proxy."""
        if not self.text:
            return ()
        extension = quote(user.extension, safe="+")  # RFC 3261, 25.1: user
        domain = f"[{user.domain}]" if ":" in user.domain else user.domain  # RFC 3986, 3.2.2
        dial = self.text.replace(_DOMAIN, domain).replace(_USER, extension)
        return (Registration(dial, through_proxy=True),)


def proxy_dial_in(text: str) -> ProxyDial:
    """The setting `proxy_dial`. Raises SettingsError."""
    if text and (not _DIAL.fullmatch(text) or ":_:" in text):
        raise SettingsError(
            f"proxy_dial is {text!r}: write one dial string, as in "
            "sofia/internal/{user}@{domain};fs_path=sip:10.0.0.9"
        )
    return ProxyDial(text)

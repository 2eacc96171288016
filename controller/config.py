"""The settings: one frozen value, which is complete and valid; `settings_sources` reads it."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from controller.errors import SettingsError
from controller.ratelimit import RateLimit
from controller.switch_address import SwitchAddress, parse_switch_url, parse_switches, split_switch_urls

LOG_LEVELS = ("debug", "info", "warning", "error")
#: The minimum length of an API token, which has the characters of a bearer token (RFC 6750, section 2.1).
MIN_TOKEN = 16
#: The maximum length of a socket's path in bytes: 107 (unix(7)), less the space for a second name in `serve`.
MAX_SOCKET = 90
_LIMIT = re.compile(r"([1-9][0-9]{0,5})/minute")
_VOICE = re.compile(r"[A-Za-z0-9](?:[._+-]?[A-Za-z0-9]){0,15}")
_FOLDER = re.compile(r"/[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,9}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,100}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._-]{1,40}){0,4}")
_API_TOKEN = re.compile(rf"[A-Za-z0-9._~+/-]{{{MIN_TOKEN},}}=*")


@dataclass(frozen=True)
class Settings:
    """Every setting: a key of `whisperpage.toml` and, in capitals after WHISPERPAGE_, of the environment.

    `command_deadline` is in seconds.
    """

    database_url: str = field(default="sqlite:///whisperpage.db", repr=False)
    switch_url: str = field(default="esl://:ClueCon@127.0.0.1:8021", repr=False)
    #: Switches between which pages go, one a line: its name, its event socket, and how the others call it.
    switches: str = field(default="", repr=False)
    #: The addresses of SIP proxies that authenticate users, and the header in which they name the caller.
    trusted_proxies: str = ""
    identity_header: str = "P-Asserted-Identity"
    #: The dial string that rings a user whom no switch has registered, with `{user}` and `{domain}`.
    proxy_dial: str = ""
    log_level: str = "info"
    #: The format of the log of `serve` on stderr: `console` for people; `json` for programs, one object a
    #: line.
    log_format: str = "console"
    command_deadline: float = 5.0
    #: The kind of a phone without a User-Agent, or with one that matches no phone rule.
    unknown_phone: str = "soft"
    #: The digit after `*` with which a paged target mutes itself to the far party; empty: none.
    mute_key: str = "5"
    #: The digit after `*` with which a paged target ends the page and keeps its call; empty: none.
    end_key: str = "6"
    #: The digit after `*` with which a paged target ends the page and blocks further ones; empty: none.
    off_key: str = "7"
    #: Minutes for which a call back is kept; 0: there are none. And the number that one pager may wait for.
    call_back_minutes: int = 30
    call_back_limit: int = 5
    #: The digit with which a refused pager asks for a call back; empty: none.
    call_back_key: str = "5"
    #: The command that speaks the text of a message, with `{voice}` and `{file}`; empty: none are spoken. Its
    #: voices, the usual one first. The folder of its sounds, and the address by which switches get them.
    speech_command: str = ""
    speech_voices: str = ""
    speech_folder: str = "/var/cache/whisperpage"
    speech_url: str = ""
    #: Whether a target's phone shows the pager, if it can change its display during a call.
    show_on_displays: bool = False
    #: Whether phones get the lamps of keys. A switch sends a lamp to every phone that subscribes to it.
    lamps: bool = True
    #: The limit of one pager's attempts, and that of the pages to one target; empty or 0: no limit.
    pager_limit: str = "30/minute"
    target_limit: str = "12/minute"
    #: Days for which an attempt stays in the history; 0: for ever.
    history_days: int = 90
    #: The address at which `serve` listens for HTTP, `HOST:PORT`; empty: no HTTP.
    http_listen: str = "127.0.0.1:8019"
    #: The addresses or networks of reverse proxies that are believed about their clients' addresses; commas
    #: separate several.
    http_proxies: str = ""
    #: The path of the socket where `serve` shows its own user the status; empty: no socket.
    status_socket: str = "/run/whisperpage/status.sock"
    #: The bearer token of requests to /api; empty: the API is off.
    api_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.log_level not in LOG_LEVELS:
            raise SettingsError(f"log_level is {self.log_level!r}: use one of {', '.join(LOG_LEVELS)}.")
        if self.log_format not in ("console", "json"):
            raise SettingsError(f"log_format is {self.log_format!r}: use console or json.")
        if self.unknown_phone not in ("desk", "soft"):
            raise SettingsError(f"unknown_phone is {self.unknown_phone!r}: use desk or soft.")
        if not 0.1 <= self.command_deadline <= 60:
            raise SettingsError(f"command_deadline is {self.command_deadline}: use 0.1 to 60 seconds.")
        digits: dict[str, str] = {}
        for key in ("mute_key", "end_key", "off_key"):
            digit = getattr(self, key)
            if digit not in {*"0123456789", ""}:
                raise SettingsError(f"{key} is {digit!r}: use one digit, or nothing for no key.")
            if digit and (other := digits.setdefault(digit, key)) != key:
                raise SettingsError(f"{other} and {key} are both {digit!r}: use two digits.")
        if self.call_back_key not in {*"0123456789", ""}:
            raise SettingsError(
                f"call_back_key is {self.call_back_key!r}: use one digit, or nothing for no key."
            )
        if not 0 <= self.call_back_minutes <= 1440:
            raise SettingsError(
                f"call_back_minutes is {self.call_back_minutes}: use 1 to 1440, or 0 for no call backs."
            )
        if not 1 <= self.call_back_limit <= 100:
            raise SettingsError(f"call_back_limit is {self.call_back_limit}: use 1 to 100.")
        if not 0 <= self.history_days <= 36500:
            raise SettingsError(f"history_days is {self.history_days}: use 1 to 36500, or 0 for ever.")
        for key in ("pager_limit", "target_limit"):
            if (limit := getattr(self, key)) not in ("", "0") and not _LIMIT.fullmatch(limit):
                raise SettingsError(f"{key} is {limit!r}: write it as 30/minute, or 0 for no limit.")
        _ = self.http_proxy_networks
        self._check_speech()
        path = self.status_socket
        if path and (not path.startswith("/") or path.endswith("/") or len(os.fsencode(path)) > MAX_SOCKET):
            raise SettingsError(
                f"status_socket is {path[:MAX_SOCKET]!r}: write the whole path of a file, of at most "
                f"{MAX_SOCKET} bytes, or nothing for none."
            )
        if self.api_token and not _API_TOKEN.fullmatch(self.api_token):
            raise SettingsError(
                f"api_token is not {MIN_TOKEN} or more of the characters A-Z a-z 0-9 - . _ ~ + / =: "
                "make one with `openssl rand -hex 24`."
            )

    def _check_speech(self) -> None:
        """The dialplan expands the folder and the address, and the voices go into a command."""
        try:
            words = shlex.split(self.speech_command)
        except ValueError:
            words = []
        if self.speech_command and not any("{file}" in word for word in words[1:]):
            raise SettingsError(
                "speech_command names no {file}: write it as "
                '"espeak-ng --stdin -v {voice} -w {file}"; it gets the text on its standard input.'
            )
        for voice in self.voices:
            if not _VOICE.fullmatch(voice):
                raise SettingsError(
                    f"speech_voices has {voice[:32]!a}: write names of letters and digits, with commas."
                )
        if "{voice}" in self.speech_command and not self.voices:
            raise SettingsError("speech_voices is empty: name a voice for {voice} of speech_command.")
        if not _FOLDER.fullmatch(self.speech_folder) or ".." in self.speech_folder:
            raise SettingsError(
                f"speech_folder is {self.speech_folder[:90]!a}: write a whole path of A-Z a-z 0-9 . _ / -."
            )
        if self.speech_url and not _URL.fullmatch(self.speech_url):
            raise SettingsError(
                f"speech_url is {self.speech_url[:90]!a}: write this controller's address as the switch "
                "reaches it, such as http://10.0.0.5:8019."
            )

    @property
    def voices(self) -> tuple[str, ...]:
        """The names in `speech_voices`."""
        return tuple(each.strip() for each in self.speech_voices.split(",") if each.strip())

    @property
    def http_address(self) -> tuple[str, int] | None:
        """Host and port of `http_listen`, or None for no HTTP. Raises SettingsError."""
        if not self.http_listen:
            return None
        try:
            parts = urlsplit(f"//{self.http_listen}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or port is None or parts.netloc != self.http_listen or parts.username is not None:
            raise SettingsError(
                f"http_listen is {self.http_listen!r}: write HOST:PORT as in 127.0.0.1:8019, "
                "or nothing for no HTTP."
            )
        return host, port

    @property
    def http_proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks in `http_proxies`. Raises SettingsError."""
        try:
            return tuple(ip_network(each.strip()) for each in self.http_proxies.split(",") if each.strip())
        except ValueError as error:
            raise SettingsError(
                f"http_proxies is {self.http_proxies!r} ({error}): write addresses or networks, as in "
                "127.0.0.1, 10.0.0.0/24."
            ) from None

    @property
    def addresses(self) -> tuple[SwitchAddress, ...]:
        """The addresses in `switches`, or else in `switch_url`. Raises SettingsError.

        `switch_url` is `esl://[USER]:PASSWORD@HOST[:PORT]`; commas separate several.
        """
        if self.switches:
            return parse_switches(self.switches)
        found = tuple(map(parse_switch_url, split_switch_urls(self.switch_url)))
        for address in found:
            if [str(each) for each in found].count(str(address)) > 1:
                raise SettingsError(f"switch_url names {address} twice: name each switch once.")
        return found


def parse_limit(limit: str) -> RateLimit | None:
    """Read a valid `pager_limit` or `target_limit`; None for no limit."""
    found = _LIMIT.fullmatch(limit)
    return RateLimit(int(found[1]), 60.0) if found else None

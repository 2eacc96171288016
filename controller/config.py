"""The settings: one frozen value from the defaults, one file, and the environment, in this order.

The file is the one that WHISPERPAGE_CONFIG names, else `whisperpage.toml` in the working directory, else
`/etc/whisperpage/whisperpage.toml`.

A variable like `WHISPERPAGE_DATABASE_URL_FILE=/run/secrets/database_url` names a file with the value: an
environment is easy to read, and two of the settings contain a password.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.errors import SettingsError
from controller.ratelimit import RateLimit
from controller.switch_address import (
    SwitchAddress,
    parse_switch_url,
    parse_switches,
    split_switch_urls,
    without_passwords,
)

PREFIX = "WHISPERPAGE_"
DEFAULT_FILE = "whisperpage.toml"
SYSTEM_FILE = "/etc/whisperpage/whisperpage.toml"
#: The source of a setting that is not given anywhere.
DEFAULT = "default"
#: Variables of the environment with this prefix belong to the tests, and are no settings.
TEST_PREFIX = PREFIX + "TEST_"
LOG_LEVELS = ("debug", "info", "warning", "error")
#: The minimum length of an API token, which has the characters of a bearer token (RFC 6750, section 2.1).
MIN_TOKEN = 16
#: The maximum length of a socket's path in bytes: 107 (unix(7)), less the space for a second name in `serve`.
MAX_SOCKET = 90
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_LIMIT = re.compile(r"([1-9][0-9]{0,5})/minute")
_API_TOKEN = re.compile(rf"[A-Za-z0-9._~+/-]{{{MIN_TOKEN},}}=*")
#: The password in an address; it ends at the last @, since it may contain one that is not escaped.
_PASSWORD = re.compile(r"^([^:/]+://[^:@/]*:).*(@[^@]*)$", re.DOTALL)
#: The password among the options of a database's address.
_PASSWORD_OPTION = re.compile(r"([?&](?:password|passwd)=)[^&]*", re.IGNORECASE)


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
        if not 0 <= self.history_days <= 36500:
            raise SettingsError(f"history_days is {self.history_days}: use 1 to 36500, or 0 for ever.")
        for key in ("pager_limit", "target_limit"):
            if (limit := getattr(self, key)) not in ("", "0") and not _LIMIT.fullmatch(limit):
                raise SettingsError(f"{key} is {limit!r}: write it as 30/minute, or 0 for no limit.")
        _ = self.http_proxy_networks
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


@dataclass(frozen=True)
class Source:
    """A setting's value as written, and its source: a file, a variable of the environment, or `default`."""

    key: str
    value: object
    written_in: str


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process; raises SettingsError with the file, the key and the remedy."""
    kinds = {field.name: field.type for field in fields(Settings)}
    found = [source for source in sources(environment) if source.written_in != DEFAULT]
    typed: dict[str, Any] = {each.key: _typed(each.key, each.value, kinds[each.key]) for each in found}
    return Settings(**typed)


def sources(environment: Mapping[str, str] | None = None) -> list[Source]:
    """Every setting as written, with its source. Raises SettingsError."""
    environment = os.environ if environment is None else environment
    _refuse_unknown(environment)
    path = _file(environment)
    values = _read_toml(path) if path else {}
    known = [field.name for field in fields(Settings)]
    for key, value in values.items():
        if isinstance(value, dict) and key not in known:
            raise SettingsError(f"{path}: there is a table [{key}]: write the settings without one.")
        if key not in known:
            likely = _likely(key.lower(), known) or f"known are {', '.join(sorted(known))}."
            raise SettingsError(f"{path}: unknown setting {key!r}; {likely}")
    return list(_sources(environment, str(path), values))


def _sources(environment: Mapping[str, str], path: str, values: Mapping[str, object]) -> Iterator[Source]:
    for field_ in fields(Settings):
        name = PREFIX + field_.name.upper()
        if (value := _from_environment(environment, name)) is not None:
            yield Source(field_.name, value, f"{name}_FILE" if environment.get(f"{name}_FILE") else name)
        elif field_.name in values:
            yield Source(field_.name, values[field_.name], path)
        else:
            yield Source(field_.name, field_.default, DEFAULT)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    names = [PREFIX + field.name.upper() for field in fields(Settings)]
    known = {PREFIX + "CONFIG", *names, *(f"{name}_FILE" for name in names)}
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known:
            likely = (
                _likely(name, sorted(known), PREFIX) or "`whisperpage config --help` says which there are."
            )
            raise SettingsError(f"{name} is in the environment, and is no setting: {likely}")


def _likely(name: str, known: list[str], prefix: str = "") -> str:
    # a name with the same beginning is more likely than a similar one: DATABASE means DATABASE_URL
    name, known = name.removeprefix(prefix), [each.removeprefix(prefix) for each in known]
    near = [each for each in known if name and each.startswith(name)] or get_close_matches(name, known, 1)
    return f"did you mean {prefix}{near[0]}?" if near else ""


def _file(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get(PREFIX + "CONFIG"):
        if not _is_file(Path(named)):
            raise SettingsError(
                f"{PREFIX}CONFIG names {named}, which is not a file that you may read: create it or unset it."
            )
        return Path(named)
    # With `sudo -u whisperpage` the working directory may be root's, and closed: then no file is there.
    if _is_file(Path(DEFAULT_FILE)):
        return Path(DEFAULT_FILE)
    return Path(SYSTEM_FILE) if _is_file(Path(SYSTEM_FILE), forbidden=True) else None


def _is_file(path: Path, *, forbidden: bool = False) -> bool:
    """Whether `path` is a file; `forbidden` if this user may not look into its folder."""
    try:
        return path.is_file()
    except PermissionError:
        return forbidden


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}): run this as a user who may read it."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from None


def _from_environment(environment: Mapping[str, str], name: str) -> str | None:
    value, path = environment.get(name), environment.get(f"{name}_FILE")
    if not path:
        return value
    if value is not None:
        raise SettingsError(f"{name} and {name}_FILE are both set: unset one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name}_FILE names {path}, which is not UTF-8 text.") from None


def _typed(key: str, value: object, kind: object) -> object:
    if kind == "bool":
        if str(value).lower() not in ("true", "false"):
            raise SettingsError(f"{key} is {value!r}: write true or false.")
        return str(value).lower() == "true"
    if kind == "float":
        try:
            if isinstance(value, bool):
                raise TypeError
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise SettingsError(f"{key} is {value!r}: write a number of seconds.") from None
    if kind == "int":
        if _WHOLE.fullmatch(str(value)):
            return int(str(value))
        raise SettingsError(f"{key} is {value!r}: write a whole number.")
    if not isinstance(value, str):
        raise SettingsError(f"{key} is {value!r}: write it as text in quotes.")
    return value.lower() if key in ("log_level", "log_format", "unknown_phone") else value


def shown(source: Source) -> str:
    """A setting's value without secrets: a secret becomes `***`, and an address has no password."""
    text = str(source.value).lower() if isinstance(source.value, bool) else str(source.value)
    if source.key == "api_token":
        return "***" if text else ""
    if source.key == "switches":
        return without_passwords(text)
    if source.key in ("database_url", "switch_url"):
        if source.written_in == DEFAULT:
            return text  # a default is the same in every copy of the program, and so no secret
        parts = split_switch_urls(text) if source.key == "switch_url" else [text]
        parts = [_PASSWORD_OPTION.sub(r"\1***", part) for part in parts]
        return ", ".join(_PASSWORD.sub(r"\1***\2", part) for part in parts)
    return text

"""Asks a running controller: by the socket of this machine, or over HTTP."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.config import Settings
from controller.domain.names import shown
from controller.errors import ControllerAway, ControllerRefuses, SettingsError

#: Deadline in seconds for each step of an answer, and the limit of its length in bytes.
DEADLINE, MOST = 5.0, 16 * 1024 * 1024
#: The same for a message: its text may have to be spoken, and its targets are reached some at a time.
SENDING = 150.0
#: Characters of a refusal that are shown.
_TOLD = 500
#: Addresses for listening only, and the address of this machine to use in their place.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Remote:
    """A controller's address, `http://127.0.0.1:8019`, and its API's token; or the path of its socket."""

    url: str
    token: str = ""

    def status(self) -> dict[str, Any]:
        """The status of the controller. Raises ControllerAway, ControllerRefuses."""
        code, told = self._get("/api/v1/status")
        if code in (401, 403, 404):
            raise ControllerRefuses(_REFUSALS[code].format(url=self.url))
        if code == 200 and told is not None:
            return told
        raise self._no_controller(code)

    def readiness(self) -> list[str]:
        """Why it is not ready for pages; empty if it is. Raises ControllerAway, ControllerRefuses."""
        code, told = self._get("/readyz")
        if code not in (200, 503) or told is None or not isinstance(told.get("parts"), list):
            raise self._no_controller(code)
        return [str(part["trouble"]) for part in told["parts"] if part["trouble"]] if code == 503 else []

    def send(self, message: str, sender: str, targets: Sequence[str]) -> list[dict[str, Any]]:
        """Send a message; what has become of it for each target. Raises ControllerAway, ControllerRefuses."""
        body = {"message": message, "from": sender, "to": list(targets)}
        code, told = self._ask("POST", "/api/v1/messages", json.dumps(body), SENDING)
        if told is None:
            raise self._no_controller(code)
        if code != 200:
            why = str(told.get("detail", ""))[:_TOLD] if code not in (401,) else ""
            raise ControllerRefuses(why or _REFUSALS[401].format(url=self.url))
        return [each for each in told.get("messages", []) if isinstance(each, dict)]

    def _get(self, path: str) -> tuple[int, dict[str, Any] | None]:
        return self._ask("GET", path)

    def _ask(
        self, method: str, path: str, sent: str | None = None, deadline: float | None = None
    ) -> tuple[int, dict[str, Any] | None]:
        """The HTTP status of an answer, and its body if that is a JSON object."""
        connection = self._connection(deadline)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if sent is not None:
            headers["Content-Type"] = "application/json"
        try:
            # no proxy is used and no redirection followed: neither may see the token
            connection.request(method, self._prefix() + path, sent, headers)
            answer = connection.getresponse()
            code, body = answer.status, answer.read(MOST)
        except PermissionError:
            raise ControllerRefuses(_not_ours(self.url)) from None
        except (OSError, HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ControllerAway(
                f"The controller at {self.url} does not answer ({why}): "
                "see whether it runs, or name another by --url."
            ) from None
        finally:
            connection.close()
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        return code, told if isinstance(told, dict) else None

    def _no_controller(self, code: int) -> ControllerAway:
        return ControllerAway(f"What answers at {self.url} is no controller, or is in trouble (HTTP {code}).")

    def _connection(self, deadline: float | None = None) -> HTTPConnection:
        deadline = deadline or DEADLINE
        if self.url.startswith("/"):
            return _BySocket(self.url, deadline)
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=deadline)

    def _prefix(self) -> str:
        return "" if self.url.startswith("/") else urlsplit(self.url).path.rstrip("/")


class _BySocket(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, deadline: float) -> None:
        super().__init__("localhost", timeout=deadline)
        self._socket = path

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._socket)


def _not_ours(path: str) -> str:
    try:
        owner = Path(path).owner()
    except (OSError, KeyError):
        owner = "USER"
    return (
        f"Only the controller's own user may ask it at {path}: run this as that user, "
        f"`sudo -u {owner} whisperpage ...`."
    )


_REFUSALS = {
    401: "The controller at {url} has another api_token: use the one of its settings.",
    403: "The controller at {url} shows this with its own api_token alone.",
    404: "The API of the controller at {url} is off: set api_token there, and restart it.",
}


_NO_TOKEN_THERE = "api_token is not set: set it here as it is set for that controller."
_NO_TOKEN = (
    "api_token is not set, and no controller of this machine is seen{at}: run `whisperpage serve`; or, "
    "to ask by HTTP, make a token with `openssl rand -hex 24` and set it as api_token, there and here."
)


def remote(settings: Settings, url: str | None) -> Remote:
    """The controller of a URL, or of these settings: by its socket if that is there. Raises SettingsError."""
    if url is not None:
        return Remote(_checked(url), _needed(settings, _NO_TOKEN_THERE))
    path = settings.status_socket
    if path and _there(path) and (os.access(path, os.W_OK) or not settings.api_token):
        return Remote(path)
    token = _needed(settings, _NO_TOKEN.format(at=f" at {path}" if path else ""))
    if (own := listening(settings)) is None:
        raise SettingsError("http_listen is empty: name the controller by --url.")
    return Remote(own, token)


def _needed(settings: Settings, otherwise: str) -> str:
    """The API's token; raises SettingsError with the sentence `otherwise` if it is not set."""
    if not settings.api_token:
        raise SettingsError(otherwise)
    return settings.api_token


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise SettingsError(f"{shown(url)} is no controller's address: write it as http://127.0.0.1:8019.")
    return url.rstrip("/")


def places(settings: Settings) -> Iterator[Remote]:
    """Where a controller of these settings may be asked what needs no token."""
    if settings.status_socket and _there(settings.status_socket):
        yield Remote(settings.status_socket)
    if url := listening(settings):
        yield Remote(url)


def listening(settings: Settings) -> str | None:
    """The address of http_listen as this machine reaches it; None for nowhere. Raises SettingsError."""
    if settings.http_address is None:
        return None
    host, port = settings.http_address
    host = _ANY.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _there(path: str) -> bool:
    try:
        return Path(path).exists()
    except PermissionError:  # of its folder: whoever asks there is told whose it is
        return True

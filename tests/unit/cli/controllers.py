"""Controllers whose answers over HTTP are chosen by the test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "0123456789abcdef-token"


def page(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a", "state": "up", "pager": "1001@pbx.test", "target": "1002@pbx.test", "treatment": "whisper",
        "reason": None, "detail": None, "muted": False, "started_at": "2026-11-22T11:58:00+00:00",
        "answered_at": "2026-11-22T11:58:01+00:00", "ended_at": None, "ending": None,
    } | changes  # fmt: skip


def refusal(**changes: Any) -> dict[str, Any]:
    said = {"reason": "conference", "detail": "the target is in a conference"}
    return page(state="refused", treatment="refused", answered_at=None, **said) | changes


def switch(*pages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "switch": "127.0.0.1:8021", "state": "up", "since": "2026-11-22T09:55:00+00:00", "trouble": "",
        "connections": 1, "fell_behind": 0, "legs": 7, "events_queued": 0, "pages": list(pages),
    } | changes  # fmt: skip


def status(*switches: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The status that the API gives at noon."""
    return {
        "version": "0.1.0",
        "now": "2026-11-22T12:00:00+00:00",
        "switches": list(switches) or [switch()],
        "database": {"trouble": ""},
        "history": {"waiting": 0, "lost": 0, "trouble": ""},
        "refusals": [],
    } | changes


class Controller(ThreadingHTTPServer):
    """Answers with `code` and `body`; keeps the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.code, self.body = 200, json.dumps(status(switch(page())))
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Controller

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(self.server.code)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[Controller]:
    with Controller() as controller:
        Thread(target=controller.serve_forever, args=(0.01,), daemon=True).start()
        yield controller
        controller.shutdown()

"""The frames that an event socket sends, as bytes (mod_event_socket.c)."""

from __future__ import annotations

AUTH_REQUEST = b"Content-Type: auth/request\n\n"
_GOODBYE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
_DENIED = b"Access Denied, go away.\n"


def reply(text: str, more: str = "") -> bytes:
    """The answer to any command but `api`; `more` is further headers, each with its line feed."""
    return f"Content-Type: command/reply\nReply-Text: {text}\n{more}\n".encode("utf-8", "surrogateescape")


def output(text: str) -> bytes:
    """The answer to `api`; an empty output becomes `-ERR no reply` (api_exec)."""
    body = (text or "-ERR no reply\n").encode("utf-8", "surrogateescape")
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)


def event(payload: bytes, form: str) -> bytes:
    """The frame of an event, whose length comes first."""
    head = b"Content-Length: %d\nContent-Type: text/event-%b\n\n" % (len(payload), form.encode())
    return head + payload


def goodbye() -> bytes:
    """The last frame (send_disconnect)."""
    return _with_body(b"text/disconnect-notice", _GOODBYE)


def rejection() -> bytes:
    """The frame for an address outside the ACL."""
    return _with_body(b"text/rude-rejection", _DENIED)


def _with_body(kind: bytes, body: bytes) -> bytes:
    return b"Content-Type: %b\nContent-Length: %d\n\n%b" % (kind, len(body), body)

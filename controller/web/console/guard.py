"""Lets in who is logged in, and only what its own pages ask for; and the headers of every answer."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from flask import Response, g, request
from werkzeug.exceptions import Forbidden, NotFound

from controller.domain.console import ConsoleSession
from controller.web.console.sessions import Sessions, form_token

#: The cookie, and the one behind TLS: browsers accept it with Secure and without Domain only (RFC 6265bis).
COOKIE, SECURE_COOKIE = "whisperpage", "__Host-whisperpage"
#: The form's field and the header with the token of the session's forms.
FIELD, HEADER = "form_token", "X-Form-Token"
#: Nothing runs and nothing is loaded but our own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with no-referrer the Origin of a form is `null` (Fetch, 3.2)
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class LoggedOut(Forbidden):
    """Nobody is logged in, or not any more."""

    description = "Nobody is logged in here: ask your administrator for a link."


def session() -> ConsoleSession:
    """The session of the current request."""
    return cast(ConsoleSession, g.console)


def cookie() -> str:
    """The session's cookie as the browser has sent it; empty if it has sent none."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE) or ""


def admit(sessions: Sessions) -> None:
    """A `before_request`: raises LoggedOut."""
    sent = cookie()
    found = sessions.find(sent, request.remote_addr or "") if sent else None
    if found is None:
        raise LoggedOut
    g.console = found


def refuse_forgeries() -> None:
    """A `before_request`, after the body was read: Forbidden for a change that no page of ours asks for."""
    if request.method not in ("GET", "HEAD"):
        refuse_strangers()
        given = request.headers.get(HEADER) or request.form.get(FIELD, "")
        if not hmac.compare_digest(given.encode(errors="replace"), form_token(cookie()).encode()):
            raise Forbidden("This page is of an older session: load it again.")


def refuse_strangers() -> None:
    """Raise Forbidden for a request that a page of another site makes (Fetch Metadata, Sec-Fetch-Site)."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = site == "same-origin" if site else not origin or urlsplit(origin).netloc == request.host
    if not ours:
        raise Forbidden("Another site has sent this.")


def for_administrators() -> None:
    """A `before_request`: for everybody else there is nothing here."""
    if not session().role.administers:
        raise NotFound("There is nothing at this path.")


def set_cookie(response: Response, of: ConsoleSession, secret: str) -> None:
    """Keep the browser logged in until the session ends."""
    secure = request.is_secure or request.headers.get("X-Forwarded-Proto", "") == "https"
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        secret,
        max_age=round((of.expires_at - datetime.now(UTC)).total_seconds()),
        secure=secure,
        httponly=True,
        samesite="Strict",
    )


def forget_cookies(response: Response) -> None:
    """Log the browser out."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict")
    response.delete_cookie(SECURE_COOKIE, secure=True, httponly=True, samesite="Strict")


def finish(response: Response) -> Response:
    """An `after_request`: the headers of every answer."""
    response.headers.update(_HEADERS)
    return response

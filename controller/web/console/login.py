"""Logging in by a link, and logging out.

The link only shows a page with a button: what looks ahead, as mail programs do, does not use the link up.
"""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from controller.web.console import guard
from controller.web.console.sessions import Sessions

#: The longest secret that is read.
LENGTH = 100


class Login:
    """The views."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def ask(self, secret: str) -> str:
        """The page behind a link. It is the same for every link, valid or not."""
        return render_template("login.html", secret=secret[:LENGTH], wrong=False)

    def enter(self) -> AnyResponse | tuple[str, int]:
        """Use a link."""
        guard.refuse_strangers()
        done = self._sessions.enter(request.form.get("secret", "")[:LENGTH], request.remote_addr or "")
        if done is None:
            return render_template("login.html", secret="", wrong=True), 403
        session, cookie = done
        response = _see("inside.home")
        guard.set_cookie(response, session, cookie)
        return response

    def leave(self) -> AnyResponse:
        """Log out."""
        self._sessions.leave(guard.session(), guard.cookie())
        response = _see("console.left")
        guard.forget_cookies(response)
        return response

    def left(self) -> str:
        """The page after that."""
        return render_template("left.html")


def _see(endpoint: str) -> Response:
    response = redirect(url_for(endpoint), 303)
    assert isinstance(response, Response)
    return response

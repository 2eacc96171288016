"""`/keys/<token>/...`: URLs for the keys of phones. Each acts for the user whose token it contains.

A phone's key can send nothing but a GET, so a GET acts here, against RFC 9110 (section 9.2.1). A request that
only looks ahead (HEAD, a prefetch) does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound, ServiceUnavailable

from controller.app import Controller
from controller.domain.names import UserName, shown
from controller.domain.policy import Feature
from controller.domain.refusal import Reason, Refusal
from controller.domain.toggle import Toggle
from controller.errors import InvalidValue, SpeechError, StoreError, SwitchError
from controller.paging.click import Click
from controller.web import phonexml
from controller.web.actions import Actions
from controller.web.keyring import Keyring
from controller.web.phonexml import Form

METHODS = ["GET", "POST"]
WRONG = "This key is not valid."
#: Headers by which a browser says that it only looks ahead.
_AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_FORMS = frozenset(Form)
#: The keys that need more than their name.
_WITH_MORE = ("page/EXT", "intercom/EXT", "reverse/EXT", "message/NAME/EXT")


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The URLs, for one controller."""
    keys = Keys(controller, keyring)
    found = Blueprint("keys", __name__, url_prefix="/keys")
    found.before_request(_not_ahead)
    found.after_request(_discreet)
    found.register_error_handler(HTTPException, _plain)
    found.register_error_handler(StoreError, _unavailable)
    found.register_error_handler(SwitchError, _unavailable)
    found.add_url_rule("/<token>/<action>", "act", keys.act, methods=METHODS)
    found.add_url_rule("/<token>/message/<called>/<extension>", "message", keys.message, methods=METHODS)
    for name, feature in (("page", Feature.WHISPER), ("intercom", Feature.INTERCOM)):
        found.add_url_rule(
            f"/<token>/{name}/<extension>", name, keys.page, methods=METHODS, defaults={"feature": feature}
        )
    found.add_url_rule("/<token>/reverse/<extension>", "reverse", keys.reverse, methods=METHODS)
    return found


class Keys:
    """The views."""

    def __init__(self, controller: Controller, keyring: Keyring) -> None:
        self._keyring = keyring
        self._actions = Actions(controller)
        self._message = controller.message
        self._sounds = controller.sounds
        self._acts: Mapping[str, Callable[[UserName], tuple[str, int]]] = {
            "mute": lambda user: self._mute(user, Toggle.ON),
            "unmute": lambda user: self._mute(user, Toggle.OFF),
            "toggle-mute": lambda user: self._mute(user, Toggle.FLIP),
            "end": self._end,
            "off": lambda user: self._block(user, Toggle.ON),
            "on": lambda user: self._block(user, Toggle.OFF),
            "toggle-off": lambda user: self._block(user, Toggle.FLIP),
        }

    def act(self, token: str, action: str) -> Response:
        """An action that needs nothing but its name."""
        user = self._user(token)
        name, form = _form(action)
        if name not in self._acts:
            raise NotFound(f"There is no such key: use {', '.join((*self._acts, *_WITH_MORE))}.")
        return _answer(*self._acts[name](user), form)

    def page(self, token: str, extension: str, feature: Feature) -> Response:
        """Click to page."""
        user = self._user(token)
        return self._click(user, extension, partial(self._actions.page, feature, user))

    def reverse(self, token: str, extension: str) -> Response:
        """Page in reverse: the user is on a call."""
        user = self._user(token)
        return self._click(user, extension, partial(self._actions.reverse, user))

    def _click(self, user: UserName, extension: str, ask: Callable[[UserName], Click]) -> Response:
        name, form = _form(extension)
        try:
            click = ask(UserName(name, user.domain))
        except InvalidValue as error:
            return _answer(str(error), 400, form)
        if not click.rings and (refusal := click.outcome.get()) is not None:
            return _answer(f"No page: {refusal.as_told}.", 409, form)
        rings = "Calling" if click.reverse else "Your phone rings for"
        return _answer(f"{rings} {click.target.extension}.", 202, form)

    def message(self, token: str, called: str, extension: str) -> Response:
        """Send a message, by its name or number, to a colleague."""
        user = self._user(token)
        name, form = _form(extension)
        message = self._message(user.domain, called)
        if message is None:
            return _answer(f"There is no message {shown(called)}.", 404, form)
        try:
            self._sounds.of(message)
            sent = self._actions.tell(user, UserName(name, user.domain), message)
        except (InvalidValue, SpeechError) as error:
            return _answer(str(error), 400 if isinstance(error, InvalidValue) else 503, form)
        if sent.reason:
            return _answer(f"No message: {Refusal(Reason(sent.reason)).as_told}.", 409, form)
        return _answer(f"Sent to {name}.", 202, form)

    def _user(self, token: str) -> UserName:
        user = self._keyring.user(token, request.remote_addr or "")
        if user is None:
            raise Forbidden(WRONG)
        return user

    def _mute(self, user: UserName, toggle: Toggle) -> tuple[str, int]:
        muted = self._actions.mute(user, toggle)
        if muted is None:
            return "You are not being paged.", 409
        return ("Muted." if muted else "Heard again."), 200

    def _end(self, user: UserName) -> tuple[str, int]:
        return ("Ended.", 200) if self._actions.end(user) else ("There is no page to end.", 409)

    def _block(self, user: UserName, toggle: Toggle) -> tuple[str, int]:
        return ("Pages to you are off." if self._actions.block(user, toggle) else "Pages to you are on."), 200


def _form(last: str) -> tuple[str, Form]:
    """The last part of the URL without its suffix, and the form of the answer: by suffix, else by phone."""
    name, _, suffix = last.rpartition(".")
    if name and suffix in _FORMS:
        return name, Form(suffix)
    return last, phonexml.form_for(request.user_agent.string, request.headers.get("Accept", ""))


def _answer(text: str, status: int, form: Form) -> Response:
    body, content_type = phonexml.write(text, form)
    # for any other status than 200 a phone shows an error of its own, and not the text
    return Response(body, status if form is Form.TEXT else 200, content_type=content_type)


def _not_ahead() -> None:
    if request.method == "HEAD":
        raise MethodNotAllowed(METHODS)
    if any("prefetch" in request.headers.get(name, "") or "preview" in request.headers.get(name, "")
           for name in _AHEAD):  # fmt: skip
        raise Forbidden("A look ahead does nothing here.")


def _discreet(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _plain(error: HTTPException) -> Response:
    told = error.get_response()
    headers = [(name, value) for name, value in told.headers if not name.startswith("Content-")]
    return Response(f"{error.description}\n", error.code, headers, content_type="text/plain; charset=utf-8")


def _unavailable(error: StoreError | SwitchError) -> Response:
    return _plain(ServiceUnavailable(str(error)))

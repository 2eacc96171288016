"""The console's paths: what everybody may ask for, and what is for those who are logged in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Flask, Response, g, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response as AnyResponse

from controller import errors
from controller.app import Controller
from controller.errors import Rejected, SpeechError, StoreError, SwitchError
from controller.web import problem
from controller.web.body import read_body
from controller.web.console import assets, guard
from controller.web.console.admin import blueprint as admin
from controller.web.console.admin import transfer
from controller.web.console.assets import Assets
from controller.web.console.colleagues import Colleagues
from controller.web.console.login import Login
from controller.web.console.roll import Roll
from controller.web.console.sessions import Sessions, form_token
from controller.web.console.stream import Stream
from controller.web.console.texts import Texts
from controller.web.feed import Feed
from controller.web.vitals import Vitals

_REJECTIONS: Mapping[type[Rejected], type[HTTPException]] = MappingProxyType(
    {errors.NotFound: NotFound, errors.AlreadyThere: Conflict, errors.OutOfReach: Forbidden}
)


def register(app: Flask, controller: Controller, vitals: Vitals, feed: Feed, roll: Roll) -> None:
    """Add the console to an application."""
    sessions, texts = Sessions(controller.console), Texts()
    login = Login(sessions)
    app.register_blueprint(_public(login, Assets(), texts))
    app.register_blueprint(_inside(controller, feed, roll, sessions, login, texts))
    found = Blueprint("admin", __name__, url_prefix="/console")
    _frame(found, texts)
    _only_inside(found, sessions)
    admin.add_views(found, controller, vitals, texts)
    app.register_blueprint(found)


def _public(login: Login, files: Assets, texts: Texts) -> Blueprint:
    found = Blueprint("console", __name__, template_folder="templates")
    _frame(found, texts)
    found.before_request(read_body)
    found.add_app_template_global(files.url, "asset")
    found.add_url_rule("/console/files/<version>/<name>", "asset", files.serve, methods=["GET"])
    found.add_url_rule("/login/<secret>", "login", login.ask, methods=["GET"])
    found.add_url_rule("/login", "enter", login.enter, methods=["POST"])
    found.add_url_rule("/left", "left", login.left, methods=["GET"])
    found.add_url_rule("/lobby", "lobby", partial(_lobby, texts), methods=["GET"])
    return found


def _inside(
    controller: Controller, feed: Feed, roll: Roll, sessions: Sessions, login: Login, texts: Texts
) -> Blueprint:
    views = Colleagues(controller, roll)
    stream = Stream(feed, roll, controller.stations, sessions)
    found = Blueprint("inside", __name__)
    _frame(found, texts)
    _only_inside(found, sessions)
    found.add_url_rule("/", "home", partial(_home, texts), methods=["GET"])
    found.add_url_rule("/logout", "leave", login.leave, methods=["POST"])
    found.add_url_rule("/console/events", "events", stream.answer, methods=["GET"])
    found.add_url_rule("/console/colleagues", "colleagues", views.all, methods=["GET"])
    found.add_url_rule("/console/roll", "roll", views.roll, methods=["GET"])
    found.add_url_rule("/console/verdicts", "verdicts", views.verdicts, methods=["GET"])
    found.add_url_rule("/console/my-messages", "my_messages", views.messages, methods=["GET"])
    acts = (
        ("page", views.page),
        ("reverse", views.reverse),
        ("tell", views.tell),
        ("end", views.end),
        ("mute", views.mute),
    )
    for name, view in acts:
        found.add_url_rule(f"/console/{name}", name, view, methods=["POST"])
    found.add_url_rule("/console/favourites", "favourites", views.favourites, methods=["POST"])
    found.add_url_rule("/console/pages-off", "pages_off", views.pages_off, methods=["POST"])
    return found


def _only_inside(found: Blueprint, sessions: Sessions) -> None:
    """Only those who are logged in are admitted."""
    found.before_request(partial(guard.admit, sessions))
    found.before_request(_read_body)
    found.before_request(guard.refuse_forgeries)
    found.context_processor(_who)


def _read_body() -> None:
    if request.endpoint == "admin.import_users" and g.console.role.administers:
        read_body(transfer.LARGEST)
    else:
        read_body()


def _lobby(texts: Texts) -> str:
    """The page of a kiosk, which has its token behind the `#`: that part is never sent to a server."""
    return render_template("lobby.html", script=texts.for_script(g.language, "lobby."))


def _home(texts: Texts) -> str:
    return render_template("colleagues.html", script=texts.for_script(g.language))


def _frame(found: Blueprint, texts: Texts) -> None:
    """What every answer of the console has: a language, headers, and errors for people or for the script."""

    def choose() -> None:
        g.language = texts.language()

    def words() -> dict[str, Any]:
        known = texts.of(g.language)
        return {"t": known.__getitem__, "language": g.language}

    found.before_request(choose)
    found.context_processor(words)
    found.after_request(assets.pack)
    found.after_request(guard.finish)
    found.register_error_handler(HTTPException, _told)
    found.register_error_handler(
        Rejected, lambda error: _told(_REJECTIONS.get(type(error), BadRequest)(str(error)))
    )
    for trouble in (StoreError, SwitchError, SpeechError):
        found.register_error_handler(trouble, lambda error: _told(ServiceUnavailable(str(error))))


def _who() -> dict[str, Any]:
    """The session, on every page but that of an error, which may have none."""
    return {"who": g.console, "form_token": form_token(guard.cookie())} if "console" in g else {}


def _told(error: HTTPException) -> AnyResponse:
    """An error as a page where a person would read it, else as data for the script."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return problem.answer(error)
    status = error.code or InternalServerError.code
    out = isinstance(error, guard.LoggedOut)
    page = render_template("error.html", status=status, sentence=error.description, out=out)
    headers = [(name, value) for name, value in error.get_headers() if not name.startswith("Content-")]
    return Response(page, status, headers, content_type="text/html; charset=utf-8")

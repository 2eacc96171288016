"""The Flask application: one blueprint for each thing that is served, and one form for every error.

What went wrong inside is told to the log alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
    PreconditionFailed,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response as AnyResponse

from controller import errors
from controller.app import Controller
from controller.errors import Rejected, SpeechError, StoreError, SwitchError
from controller.web import (
    api,
    health,
    keys,
    kiosk,
    messages,
    metrics,
    openapi,
    pages,
    paths,
    problem,
    status,
    stream,
)
from controller.web.body import MAX_BODY
from controller.web.console import blueprint as console
from controller.web.console.roll import Roll
from controller.web.feed import Feed
from controller.web.keyring import Keyring
from controller.web.proxies import believe
from controller.web.vitals import Vitals

#: What HTTP calls what was rejected; anything else is a bad request.
_REJECTIONS: Mapping[type[Rejected], type[HTTPException]] = MappingProxyType(
    {
        errors.NotFound: NotFound,
        errors.AlreadyThere: Conflict,
        errors.OutOfReach: Forbidden,
        errors.Outdated: PreconditionFailed,
    }
)

_log = structlog.get_logger(__name__)


def build(controller: Controller, vitals: Vitals | None = None, feed: Feed | None = None) -> Flask:
    """The application of one controller. `vitals` and `feed` are given if others use them, too."""
    vitals, feed = vitals or Vitals(controller), feed or Feed(controller)
    app = Flask(__name__, static_folder=None)
    # werkzeug cuts a body in chunks at its limit without a word (LimitedStream.readall): see one byte more
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY + 1
    app.after_request(_finish)
    app.register_error_handler(HTTPException, partial(_problem, app))
    app.register_error_handler(StoreError, _unavailable)
    app.register_error_handler(Rejected, _rejected)
    app.register_error_handler(SwitchError, _unavailable)
    app.register_error_handler(SpeechError, _unavailable)
    app.register_error_handler(Exception, _fault)
    app.register_blueprint(health.blueprint(vitals))
    app.register_blueprint(metrics.blueprint(controller, vitals, feed))
    keyring = Keyring(controller.key_tokens, controller.api_tokens)
    app.register_blueprint(pages.blueprint(controller, keyring))
    app.register_blueprint(messages.blueprint(controller, keyring))
    app.register_blueprint(messages.speech(controller))
    roll = Roll(controller.stations, controller.colleagues, controller.clock)
    app.register_blueprint(kiosk.blueprint(controller, keyring, roll))
    app.register_blueprint(status.blueprint(controller, keyring, vitals))
    app.register_blueprint(stream.blueprint(controller, keyring, feed))
    for each in api.blueprints(controller, keyring):
        app.register_blueprint(each)
    app.register_blueprint(keys.blueprint(controller, keyring))
    app.register_blueprint(openapi.blueprint())
    console.register(app, controller, vitals, feed, roll)
    believe(app, controller.settings.http_proxy_networks)
    return app


def _finish(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    # the rule and not the path: a path may hold a token
    rule = request.url_rule.rule if request.url_rule else None
    _log.debug("http.answered", method=request.method, rule=rule, status=response.status_code)
    return response


def _problem(app: Flask, error: HTTPException) -> AnyResponse:
    return problem.answer(paths.explained(error, app.url_map))


def _unavailable(error: Exception) -> AnyResponse:
    return problem.answer(ServiceUnavailable(str(error)))


def _rejected(error: Rejected) -> AnyResponse:
    return problem.answer(_REJECTIONS.get(type(error), BadRequest)(str(error)))


def _fault(error: Exception) -> AnyResponse:
    _log.exception("http.failed", method=request.method, rule=request.url_rule and request.url_rule.rule)
    return problem.answer(InternalServerError("Something went wrong here that should not have: see the log."))

"""What the resources of settings have in common: who is let in, and how they read and change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from controller.administration.audited import audited
from controller.administration.reach import Reach
from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.console import Actor
from controller.errors import InvalidValue
from controller.web import problem
from controller.web.access import administrator, bearer, caller, needs
from controller.web.body import read_body
from controller.web.keyring import Keyring
from controller.web.problem import Fault, Invalid

if TYPE_CHECKING:
    from controller.store.session import ReadSession, UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")
Shown = dict[str, Any]

#: The number of entries in one answer: unless asked for, and at most.
USUAL, MOST = 100, 1000


class Desk:
    """Asks the services of `administration` for the caller of the current request."""

    def __init__(self, controller: Controller) -> None:
        self._gateway = controller.gateway

    def read(
        self, service: Callable[Concatenate[ReadSession, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a service finds in the caller's reach. Raises StoreError, and the service's errors."""
        return self._gateway.read(service, caller().reach, *args, **kwargs)

    def change(
        self, service: Callable[Concatenate[UnitOfWork, Reach, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A change in the caller's reach: all of it, or nothing; the audit has it.

        Raises StoreError, and the service's errors.
        """
        who = caller()
        actor = Actor(who.name, who.domain, request.remote_addr or "")
        return self._gateway.write(lambda unit: audited(unit, actor, service, who.reach, *args, **kwargs))


def resource(name: str, controller: Controller, keyring: Keyring, scope: Scope = Scope.SETTINGS) -> Blueprint:
    """A blueprint for administrators whose token has a scope."""
    found = Blueprint(f"api_{name}", __name__, url_prefix="/api/v1")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(administrator)
    found.before_request(needs(scope))
    found.before_request(read_body)
    found.register_error_handler(InvalidValue, _invalid)
    return found


def with_version(shown: Shown, version: str) -> Response:
    """Settings with their version, which a change may expect (`given.version`)."""
    answer = jsonify(shown)
    answer.set_etag(version)
    return answer


def made(answer: Response, location: str) -> Response:
    """The answer about what was added (201)."""
    answer.status_code = 201
    answer.headers["Location"] = location
    return answer


def _invalid(error: Exception) -> AnyResponse:
    return problem.answer(Invalid([Fault(str(error))]))

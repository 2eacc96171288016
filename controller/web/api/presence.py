"""`/api/v1/presence`: which users are on a call. Whom they speak with is not in it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.names import check_domain
from controller.domain.presence import Present
from controller.web.access import caller
from controller.web.api import given
from controller.web.api.desk import Shown, resource
from controller.web.keyring import Keyring


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("presence", controller, keyring, Scope.READ)
    found.add_url_rule("/presence", "list", lambda: _listing(controller), methods=["GET"])
    return found


def of_present(present: Present) -> Shown:
    """A user's state as programs see it."""
    return {"user": str(present.user), "state": present.state, "since": present.since.isoformat()}


def _listing(controller: Controller) -> Response:
    asked = given.query({"domain": given.parsed(check_domain)})
    domain = caller().reach.narrowed(asked.get("domain", ""))
    return jsonify(users=list(map(of_present, controller.presence.of(domain))))

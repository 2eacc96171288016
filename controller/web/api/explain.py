"""`/api/v1/explain`: what would become of a page now, and why."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.explain import outcome, reason
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.web.access import caller
from controller.web.api import given
from controller.web.api.desk import resource
from controller.web.explaining import explained
from controller.web.keyring import Keyring

_USERS = {"pager": given.parsed(UserName.parse), "target": given.parsed(UserName.parse)}
_ASKED = {**_USERS, "feature": given.choice(Feature)}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("explain", controller, keyring, Scope.READ)
    found.add_url_rule("/explain", "explain", lambda: _explain(controller), methods=["GET"])
    return found


def _explain(controller: Controller) -> Response:
    asked = given.query(_ASKED, needed=_USERS)
    pager, target = asked["pager"], asked["target"]
    for user in (pager, target):
        caller().reach.narrowed(user.domain)
    found = explained(controller, asked.get("feature", Feature.WHISPER), pager, target)
    return jsonify(
        treatment=outcome(found.decision),
        reason=reason(found.decision),
        by_click=outcome(found.by_click),
        by_click_reason=reason(found.by_click),
        reasons=[f"{subject}: {finding}" for subject, finding in found.reasons],
    )

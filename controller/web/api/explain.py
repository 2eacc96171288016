"""`/api/v1/explain`: what would become of a page now, and why."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint, Response, jsonify

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.explain import outcome, reason
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import Treatment
from controller.web.access import caller
from controller.web.api import given
from controller.web.api.desk import resource
from controller.web.explaining import explained, explained_reverse
from controller.web.keyring import Keyring


class Wish(StrEnum):
    """What may be asked about: a feature, by its code, or a reverse page, which has no code."""

    WHISPER = Feature.WHISPER.value
    INTERCOM = Feature.INTERCOM.value
    REVERSE = Treatment.REVERSE.value


_USERS = {"pager": given.parsed(UserName.parse), "target": given.parsed(UserName.parse)}
_ASKED = {**_USERS, "feature": given.choice(Wish)}


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
    wish = asked.get("feature", Wish.WHISPER)
    if wish is Wish.REVERSE:
        found = explained_reverse(controller, pager, target)
    else:
        found = explained(controller, Feature(wish), pager, target)
    return jsonify(
        treatment=outcome(found.decision),
        reason=reason(found.decision),
        by_click=outcome(found.by_click),
        by_click_reason=reason(found.by_click),
        reasons=[f"{subject}: {finding}" for subject, finding in found.reasons],
    )

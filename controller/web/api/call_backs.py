"""`/api/v1/call-backs`: refused pagers that are rung when their targets can be paged."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.exceptions import Conflict

from controller.administration import call_backs as services
from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.call_back import CallBack
from controller.domain.decision import Group
from controller.domain.names import UserName
from controller.domain.refusal import Refusal, passes
from controller.web.access import bearer, caller, needs
from controller.web.actions import Actions
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, made
from controller.web.body import read_body
from controller.web.keyring import Keyring
from controller.web.pages import asked


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller. A user has its own call backs alone."""
    found = Blueprint("api_call_backs", __name__, url_prefix="/api/v1")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(_scope)
    found.before_request(read_body)
    views = CallBackViews(controller)
    path = "/call-backs/<pager>/<target>"
    found.add_url_rule("/call-backs", "list", views.listing, methods=["GET"])
    found.add_url_rule("/call-backs", "ask", views.ask, methods=["POST"])
    found.add_url_rule(path, "remove", views.remove, methods=["DELETE"])
    return found


def _scope() -> None:
    needs(Scope.READ if request.method in ("GET", "HEAD") else Scope.PAGE)()


class CallBackViews:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)
        self._call_backs = controller.call_backs
        self._actions = Actions(controller)

    def listing(self) -> Response:
        """The call backs that wait."""
        given.query({})
        found = self._desk.read(services.listing)
        return jsonify(call_backs=[of_call_back(each) for each in found if caller().may_act_for(each.pager)])

    def ask(self) -> Response:
        """Ask for a call back, which is refused if there is no right to the page."""
        feature, pager, target = asked()
        if not self._call_backs.on:
            raise Conflict("There are no call backs here: call_back_minutes is 0.")
        station = self._actions.station(pager)
        pager = station.queries.named(pager) or pager
        judgement = station.decider.judge(feature, pager, target)
        decision = judgement.decision
        if isinstance(decision, Group):
            raise Conflict(f"There is no call back: {target} is a page group; ask about one of its members.")
        if isinstance(decision, Refusal) and not passes(decision.reason):
            told = decision if caller().user is None else decision.as_told
            raise Conflict(f"There is no call back: {told}.")
        kept = self._call_backs.ask(feature, pager, judgement.target or target)
        path = url_for("api_call_backs.remove", pager=str(kept.pager), target=str(kept.target))
        return made(jsonify(of_call_back(kept)), path)

    def remove(self, pager: str, target: str) -> tuple[str, int]:
        """Remove a call back."""
        who, whom = (given.in_path(UserName.parse, text, "user") for text in (pager, target))
        if caller().user is None:
            self._desk.change(services.remove, who, whom)
            self._call_backs.forget(who, whom)
        elif not caller().may_act_for(who) or not self._call_backs.remove(who, whom):
            raise services.missing(who, whom)
        return "", 204


def of_call_back(each: CallBack) -> Shown:
    """A call back as programs see it."""
    return {
        "pager": str(each.pager),
        "target": str(each.target),
        "feature": each.feature.value,
        "asked_at": each.asked_at.isoformat(),
        "expires_at": each.expires_at.isoformat(),
        "rings_since": each.taken_at.isoformat() if each.taken_at else None,
    }

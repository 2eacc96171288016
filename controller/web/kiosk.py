"""`/api/v1/kiosk`: what a kiosk may send, and to whom. openapi.yaml has the contract."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import Forbidden

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.web.access import bearer, caller, needs
from controller.web.api import given
from controller.web.body import read_body
from controller.web.console.roll import Roll
from controller.web.keyring import Keyring


def blueprint(controller: Controller, keyring: Keyring, roll: Roll) -> Blueprint:
    """The resource, for one controller."""
    kiosk = Kiosk(controller, roll)
    found = Blueprint("kiosk", __name__, url_prefix="/api/v1/kiosk")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(needs(Scope.KIOSK))
    found.before_request(read_body)
    found.add_url_rule("", "show", kiosk.show, methods=["GET"])
    return found


class Kiosk:
    """The view."""

    def __init__(self, controller: Controller, roll: Roll) -> None:
        self._policies = controller.policies
        self._roll = roll

    def show(self) -> Response:
        """The kiosk's messages, and the people that accept them, by name; of their state nothing is told."""
        given.query({})
        sender = caller().sender
        if sender is None:
            raise Forbidden("This is for a kiosk's token alone.")
        people = {each.user: each.name for each in self._roll.of(sender.domain).colleagues}
        people.pop(sender, None)
        policies, _ = self._policies(sender, tuple(people))
        shown = [
            {"extension": user.extension, "name": name}
            for user, name in people.items()
            if policies[user].permits
        ]
        shown.sort(key=lambda each: (each["name"] or each["extension"]).casefold())
        return jsonify({"from": str(sender), "messages": caller().messages, "people": shown})

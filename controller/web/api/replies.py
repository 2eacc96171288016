"""`/api/v1/replies`: replies to pages by a key; those of all, of a domain, or of a settings group."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from controller.administration import replies
from controller.app import Controller
from controller.domain.reply import Reply
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, resource
from controller.web.keyring import Keyring

_REPLY = {"words": given.text, "declines": given.flag}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("replies", controller, keyring)
    views = Replies(controller)
    found.add_url_rule("/replies", "list", views.listing, methods=["GET"])
    found.add_url_rule("/replies/<owner>/<digit>", "put", views.put, methods=["PUT"])
    found.add_url_rule("/replies/<owner>/<digit>", "remove", views.remove, methods=["DELETE"])
    return found


class Replies:
    """The views."""

    def __init__(self, controller: Controller) -> None:
        self._desk = Desk(controller)

    def listing(self) -> Response:
        """Every reply as it is set, with its owner."""
        given.query({})
        return jsonify(replies=[of_reply(*each) for each in self._desk.read(replies.listing)])

    def put(self, owner: str, digit: str) -> Response:
        """Set a reply."""
        asked = given.body(_REPLY, needed=("words",))
        whose, key = _named(owner, digit)
        reply = Reply(key, asked["words"], asked.get("declines", False))
        return jsonify(of_reply(whose, self._desk.change(replies.put, whose, reply).result))

    def remove(self, owner: str, digit: str) -> tuple[str, int]:
        """Remove a reply, so that the one above it counts."""
        self._desk.change(replies.remove, *_named(owner, digit))
        return "", 204


def of_reply(owner: str, reply: Reply) -> Shown:
    """A reply as programs see it."""
    return {"for": owner, "digit": reply.digit, "words": reply.words, "declines": reply.declines}


def _named(owner: str, digit: str) -> tuple[str, str]:
    """The owner and the key that a path names. Raises NotFound."""
    whose = given.in_path(replies.check_owner, owner, "owner of replies")
    return whose, given.in_path(replies.check_digit, digit, "key")

"""`/api/v1/replies`: replies to pages by a key; those of all, of a domain, or of a settings group."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from controller.administration import replies
from controller.administration.change import version_of
from controller.app import Controller
from controller.domain.reply import Reply
from controller.web.api import given
from controller.web.api.desk import Desk, Shown, resource, with_version
from controller.web.keyring import Keyring

_REPLY = {"words": given.text, "declines": given.flag}


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    found = resource("replies", controller, keyring)
    views = Replies(controller)
    found.add_url_rule("/replies", "list", views.listing, methods=["GET"])
    found.add_url_rule("/replies/<owner>/<digit>", "show", views.show, methods=["GET"])
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

    def show(self, owner: str, digit: str) -> Response:
        """One reply."""
        whose, key = _named(owner, digit)
        return _answer(whose, self._desk.read(replies.show, whose, key))

    def put(self, owner: str, digit: str) -> Response:
        """Set a reply."""
        version, asked = given.version(), given.body(_REPLY, needed=("words",))
        whose, key = _named(owner, digit)
        reply = Reply(key, asked["words"], asked.get("declines", False))
        return _answer(whose, self._desk.change(replies.put, whose, reply, version).result)

    def remove(self, owner: str, digit: str) -> tuple[str, int]:
        """Remove a reply, so that the one above it counts."""
        self._desk.change(replies.remove, *_named(owner, digit), given.version())
        return "", 204


def of_reply(owner: str, reply: Reply) -> Shown:
    """A reply as programs see it."""
    return {"for": owner, "digit": reply.digit, "words": reply.words, "declines": reply.declines}


def _answer(owner: str, reply: Reply) -> Response:
    return with_version(of_reply(owner, reply), version_of(reply))


def _named(owner: str, digit: str) -> tuple[str, str]:
    """The owner and the key that a path names. Raises NotFound."""
    whose = given.in_path(replies.check_owner, owner, "owner of replies")
    return whose, given.in_path(replies.check_digit, digit, "key")

"""`/api/v1/messages`: messages to targets, for programs. openapi.yaml has the contract."""

from __future__ import annotations

from math import ceil
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import Forbidden, NotFound, TooManyRequests

from controller.app import Controller
from controller.clock import Clock
from controller.domain.api_token import Scope
from controller.domain.message import result_of
from controller.domain.names import UserName, shown, text_of
from controller.domain.record import PageRecord
from controller.domain.refusal import MEANINGS, Reason, as_told
from controller.errors import InvalidValue
from controller.web.access import bearer, caller, needs, no_token, recheck
from controller.web.actions import Actions
from controller.web.api import given
from controller.web.body import read_body
from controller.web.connections import GONE, LONGER
from controller.web.keyring import Keyring
from controller.web.problem import Fault, Invalid
from controller.web.waits import Waits

Shown = dict[str, Any]
#: The targets of one request, and the seconds for which an answer waits at most.
MOST, LONGEST = 20, 60
#: Seconds between two looks at a message whose end is waited for, if this controller follows it: in memory.
LOOK = 0.1


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller. The user of this machine's socket needs no token."""
    messages = Messages(controller, keyring)
    found = Blueprint("messages", __name__, url_prefix="/api/v1/messages")
    found.before_request(bearer(controller.settings.api_token, keyring, local=True))
    found.before_request(_scope)
    found.before_request(read_body)
    found.add_url_rule("", "send", messages.send, methods=["POST"])
    found.add_url_rule("/<message_id>", "show", messages.show, methods=["GET"])
    return found


def speech(controller: Controller) -> Blueprint:
    """The spoken texts, for switches; whoever knows a text could hear it."""
    speech = controller.sounds.speech
    found = Blueprint("speech", __name__, url_prefix="/speech")

    def get(name: str) -> Response:
        path = speech.kept(name)
        if path is None:
            raise NotFound("There is no such sound.")
        answer = Response(path.read_bytes(), content_type="audio/wav")
        answer.set_etag(path.stem)
        answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
        answer.make_conditional(request)
        return answer

    found.add_url_rule("/<name>", "get", get, methods=["GET"])
    return found


def _scope() -> None:
    if caller().sender is None:  # a kiosk may do both, with what is its own
        needs(Scope.READ if request.method in ("GET", "HEAD") else Scope.PAGE)()


class Messages:
    """The views. A user sees the messages that it has sent or got, a kiosk those that it has sent."""

    def __init__(self, controller: Controller, keyring: Keyring) -> None:
        self._keyring = keyring
        self._waits = Waits()
        self._actions = Actions(controller)
        self._pages = controller.live
        self._attempt = controller.attempt
        self._limits = controller.limits
        self._message = controller.message
        self._sounds = controller.sounds
        self._clock: Clock = controller.clock

    def send(self) -> Response:
        """Send a message to one target or several at the same time; the answer has each."""
        asked = given.body(_BODY, needed=("message", "to"))
        sender = _sender(asked.get("from"))
        targets = _targets(asked["to"], sender)
        message = self._message(sender.domain, str(asked["message"]))
        if message is None or (caller().sender and message.name not in caller().messages):
            raise NotFound(f"There is no message {shown(str(asked['message']))}.")
        self._count(len(targets))
        try:
            self._sounds.of(message)
        except InvalidValue as error:
            raise Invalid([Fault(str(error), "message")]) from None
        return jsonify(messages=[_shown(each) for each in self._actions.tell_all(sender, targets, message)])

    def show(self, message_id: str) -> Response:
        """One message; `wait` gives the seconds for which its end is waited for."""
        seconds = given.query({"wait": given.number(0, LONGEST)}).get("wait", 0)
        record = self._find(message_id)
        if seconds and record.ended_at is None:
            with self._waits.place(caller().name):
                record = self._ended(record, seconds)
        return jsonify(_shown(record))

    def _count(self, targets: int) -> None:
        """Count a message of a token that may send by many names. Raises TooManyRequests."""
        who = caller()
        if who.user or who.sender:
            return  # its one name is counted
        if seconds := self._limits.send(who.name, targets):
            raise TooManyRequests(
                "This token has sent as many messages as pager_limit allows: try again in a minute.",
                retry_after=ceil(seconds),
            )

    def _ended(self, record: PageRecord, seconds: float) -> PageRecord:
        """The record once its message has ended, or as it is in so many seconds, or as the client leaves.

        Raises NotFound, and Unauthorized if the token was revoked meanwhile.
        """
        valid, gone = recheck(self._keyring), request.environ.get(GONE)
        if longer := request.environ.get(LONGER):
            longer(seconds)
        until, number = self._clock.monotonic() + seconds, record.page_id
        while record.ended_at is None and (left := until - self._clock.monotonic()) > 0:
            if gone and gone():
                break
            self._clock.sleep(min(left, LOOK if self._live(number) else self._waits.pause))
            record = self._find(number)
        if not valid():
            raise no_token()
        return record

    def _find(self, message_id: str) -> PageRecord:
        """The record of a message. Raises NotFound, also for a page, and one that the caller may not see."""
        record = self._live(message_id) or self._attempt(message_id)
        if record is None or record.message is None or not _may_see(record):
            raise NotFound("There is no such message.")
        return record

    def _live(self, message_id: str) -> PageRecord | None:
        live = self._pages.find(message_id)
        return live.record if live else None


def of_message(record: PageRecord) -> Shown:
    """A message that was sent, as programs see it."""
    return {
        "id": record.page_id,
        "from": text_of(record.pager),
        "to": record.called,
        "result": result_of(record).value,
        "reply": record.reply,
        "treatment": record.treatment.value,
        "reason": record.reason,
        "detail": MEANINGS[Reason(record.reason)].sentence if record.reason else None,
        "ending": record.ending,
    }


def _may_see(record: PageRecord) -> bool:
    """Whether the caller may see a message; a kiosk sees those that it has sent."""
    who = caller()
    return record.pager == who.sender if who.sender else who.may_act_for(*record.seen_by)


def _shown(record: PageRecord) -> Shown:
    """As the caller may see it.

    For a user with a neutral reason, where it concerns the target alone. For a kiosk with the result and the
    reply alone: how a target was reached, and why it was not, would tell whether it is on a call.
    """
    told = of_message(record)
    if caller().sender:
        return told | dict.fromkeys(("treatment", "reason", "detail", "ending"))
    if told["reason"] is None or caller().user is None:
        return told
    reason = as_told(Reason(told["reason"]))
    return told | {"reason": reason.value, "detail": MEANINGS[reason].sentence}


def _called(value: object) -> str:
    """A message by its name, or by its number as text or as a number."""
    return str(given.number(1, 999)(value)) if isinstance(value, int | float) else given.text(value)


_BODY = {"message": _called, "from": given.parsed(UserName.parse), "to": given.several(given.text, MOST)}


def _sender(asked: UserName | None) -> UserName:
    """Who sends; the user of a key's token and a kiosk may leave it out. Raises Invalid, Forbidden."""
    sender = asked or caller().user or caller().sender
    if sender is None:
        raise Invalid([Fault("from is missing: name who sends, as EXT@DOMAIN.", "from")])
    if not caller().may_act_for(sender):
        raise Forbidden("This token sends for its own user, or for those of its own domain, alone.")
    return sender


def _targets(asked: list[str], sender: UserName) -> list[UserName]:
    """The targets; one without a domain is of the sender's. Raises Invalid."""
    try:
        found = [UserName.parse(each) if "@" in each else UserName(each, sender.domain) for each in asked]
    except InvalidValue as error:
        raise Invalid([Fault(f"to: {error}", "to")]) from None
    return list(dict.fromkeys(found))

"""`/api/v1/pages`: pages as a resource, for programs. openapi.yaml has the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from flask import Blueprint, Response, json, jsonify, request, url_for
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from controller.app import Controller, Station
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment
from controller.domain.refusal import MEANINGS, Reason, Refusal, as_told
from controller.errors import InvalidValue
from controller.paging.click import Click
from controller.web.access import bearer, caller
from controller.web.actions import Actions
from controller.web.body import read_body
from controller.web.keyring import Keyring

Shown = dict[str, Any]
_SENTENCES = {reason.value: meaning.sentence for reason, meaning in MEANINGS.items()}
_FIELDS = ("pager", "target", "feature")


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    pages = Pages(controller)
    found = Blueprint("pages", __name__, url_prefix="/api/v1/pages")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(read_body)
    found.add_url_rule("", "list", pages.listing, methods=["GET"])
    found.add_url_rule("", "page", pages.page, methods=["POST"])
    found.add_url_rule("/<page_id>", "show", pages.show, methods=["GET"])
    found.add_url_rule("/<page_id>", "end", pages.end, methods=["DELETE"])
    return found


class Pages:
    """The views. A caller that is a user sees the pages that it is in, and no others."""

    def __init__(self, controller: Controller) -> None:
        self._stations = controller.stations
        self._attempt = controller.attempt
        self._actions = Actions(controller)

    def listing(self) -> Response:
        """What is going on: the pages and calls, and the clicks whose phones ring."""
        return jsonify(pages=[_as_told(each) for each in self._going_on() if _visible(each)])

    def page(self) -> tuple[Response, int, dict[str, str]] | Response:
        """Click to page."""
        feature, pager, target = _asked()
        try:
            click = self._actions.page(feature, pager, target)
        except InvalidValue as error:
            raise Forbidden(str(error)) from None
        if not click.rings and isinstance(refusal := click.outcome.get(), Refusal):
            return _refused(click, refusal if caller().user is None else refusal.as_told)
        return jsonify(_of_click(click)), 202, {"Location": url_for("pages.show", page_id=click.page_id)}

    def show(self, page_id: str) -> Response:
        """One page, whether it is going on or over."""
        return jsonify(_as_told(self._find(page_id)))

    def end(self, page_id: str) -> tuple[str, int]:
        """End a page, or the ringing for one."""
        self._find(page_id)
        for station in self._stations:
            if station.clicks.call_off(page_id) or station.control.end(page_id):
                return "", 204
        raise NotFound("The page is over already.")

    def _going_on(self) -> Iterator[Shown]:
        return chain.from_iterable(map(going_on, self._stations))

    def _find(self, page_id: str) -> Shown:
        """The page of an id; NotFound also for one that is no business of the caller's."""
        found = next((each for each in self._going_on() if each["id"] == page_id), None)
        if found is None and (record := self._attempt(page_id)):
            found = of_record(record)
        if found is None:  # of a moment ago, and not yet in the history
            clicks = filter(None, (station.clicks.known(page_id) for station in self._stations))
            found = next(map(_of_click, clicks), None)
        if found is None or not _visible(found):
            raise NotFound("There is no such page.")
        return found


def going_on(station: Station) -> Iterator[Shown]:
    """What is going on at one switch: the clicks whose phones ring, the pages and calls."""
    yield from (_of_click(click) for click in station.clicks.ringing())
    for live in station.live.all():
        yield of_record(live.record, muted=live.page.muted)


def _visible(page: Mapping[str, Any]) -> bool:
    return caller().may_act_for(page["pager"], page["target"])


def _as_told(page: Shown) -> Shown:
    """What the caller is told of a page: a user, one neutral reason for what concerns the target alone."""
    if caller().user is None or page["reason"] is None:
        return page
    reason = as_told(Reason(page["reason"]))
    return page | {"reason": reason.value, "detail": MEANINGS[reason].sentence}


def _asked() -> tuple[Feature, UserName, UserName]:
    """What the body asks for; raises BadRequest, and Forbidden for what is not the caller's to ask."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not all(isinstance(each, str) for each in asked.values()):
        raise BadRequest("Send a JSON object with pager, target and, if you like, feature, all as text.")
    if unknown := sorted(set(asked) - set(_FIELDS)):
        raise BadRequest(f"There is no {unknown[0][:40]!a}: send pager, target and feature.")
    if missing := [name for name in ("pager", "target") if name not in asked]:
        raise BadRequest(f"{missing[0]} is missing: send pager and target.")
    try:
        pager, text = UserName.parse(asked["pager"]), asked["target"]
        target = UserName.parse(text) if "@" in text else UserName(text, pager.domain)
        feature = Feature(asked.get("feature", Feature.WHISPER))
    except InvalidValue as error:
        raise BadRequest(str(error)) from None
    except ValueError:
        raise BadRequest("feature is whisper or intercom.") from None
    if not caller().may_act_for(str(pager)):
        raise Forbidden("A key's token pages for its own user alone.")
    return feature, pager, target


def _refused(click: Click, refusal: Refusal) -> Response:
    """RFC 9457, with the refusal's code and cause, and the attempt's id."""
    problem = {
        "title": "Refused",
        "status": 409,
        "detail": f"There is no page: {refusal}.",
        "reason": refusal.reason.value,
        "cause": refusal.hangup_cause,
        "id": click.page_id,
    }
    return Response(json.dumps(problem) + "\n", 409, content_type="application/problem+json")


def _of_click(click: Click) -> Shown:
    if record := click.refused:
        return of_record(record)
    return {
        "id": click.page_id,
        "state": "ringing" if click.rings else "answered",
        "pager": str(click.pager),
        "target": str(click.target),
        "treatment": None,
        "reason": None,
        "detail": None,
        "muted": False,
        "started_at": _time(click.started_at),
        "answered_at": None,
        "ended_at": None,
        "ending": None,
        "attempts": 1,
    }


def of_record(record: PageRecord, *, muted: bool = False) -> Shown:
    """A page, as programs see it."""
    state = "up" if record.answered_at else "calling"
    if record.ended_at:
        state = "refused" if record.treatment is Treatment.REFUSED else "ended"
    return {
        "id": record.page_id,
        "state": state,
        "pager": record.pager,
        "target": record.target,
        "treatment": record.treatment.value,
        "reason": record.reason,
        "detail": _SENTENCES.get(record.reason) if record.reason else None,
        "muted": muted,
        "started_at": _time(record.started_at),
        "answered_at": _time(record.answered_at),
        "ended_at": _time(record.ended_at),
        "ending": record.ending,
        "attempts": record.attempts,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

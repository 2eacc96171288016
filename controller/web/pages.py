"""`/api/v1/pages`: pages as a resource, for programs. openapi.yaml has the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response as AnyResponse

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.domain.names import UserName, text_of
from controller.domain.policy import Feature
from controller.domain.record import PageRecord, Treatment, seen_by
from controller.domain.refusal import MEANINGS, Reason, Refusal, as_told
from controller.errors import InvalidValue
from controller.paging.click import Click
from controller.station import Station
from controller.web.access import bearer, caller, needs
from controller.web.actions import Actions
from controller.web.body import json_object, read_body
from controller.web.keyring import Keyring
from controller.web.problem import Fault, Invalid, refused, short

Shown = dict[str, Any]
_SENTENCES = {reason.value: meaning.sentence for reason, meaning in MEANINGS.items()}
_NEEDED = ("pager", "target")
_FIELDS = (*_NEEDED, "feature")
#: In place of a feature: the pager is on a call, and speaks privately to an idle target.
REVERSE = Treatment.REVERSE.value
#: What a request may ask for; the first, if it does not say.
_FEATURES = tuple(each.value for each in Feature)
_PAGES = (*_FEATURES, REVERSE)
#: Stands for a user that could not be read, of a request that is refused for that.
_NOBODY = UserName("nobody", "invalid")


def blueprint(controller: Controller, keyring: Keyring) -> Blueprint:
    """The resource, for one controller."""
    pages = Pages(controller)
    found = Blueprint("pages", __name__, url_prefix="/api/v1/pages")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(_scope)
    found.before_request(read_body)
    found.add_url_rule("", "list", pages.listing, methods=["GET"])
    found.add_url_rule("", "page", pages.page, methods=["POST"])
    found.add_url_rule("/<page_id>", "show", pages.show, methods=["GET"])
    found.add_url_rule("/<page_id>", "end", pages.end, methods=["DELETE"])
    return found


def _scope() -> None:
    needs(Scope.READ if request.method in ("GET", "HEAD") else Scope.PAGE)()


class Pages:
    """The views. A user sees only the pages that it is in."""

    def __init__(self, controller: Controller) -> None:
        self._stations = controller.stations
        self._attempt = controller.attempt
        self._actions = Actions(controller)

    def listing(self) -> Response:
        """Everything that is going on: the pages and calls, and the clicks whose phones ring."""
        return jsonify(pages=[_shown(each) for each in self._going_on() if each.visible])

    def page(self) -> tuple[Response, int, dict[str, str]] | AnyResponse:
        """Click to page."""
        feature, pager, target = _asked(_PAGES)
        if feature == REVERSE:
            click = self._actions.reverse(pager, target)
        else:
            click = self._actions.page(Feature(feature), pager, target)
        if not click.rings and isinstance(refusal := click.outcome.get(), Refusal):
            return _refused(click, refusal if caller().user is None else refusal.as_told)
        return jsonify(_of_click(click)), 202, {"Location": url_for("pages.show", page_id=click.page_id)}

    def show(self, page_id: str) -> Response:
        """One page, whether it goes on or is over."""
        return jsonify(_shown(self._find(page_id)))

    def end(self, page_id: str) -> tuple[str, int]:
        """End a page, or the ringing for one."""
        self._find(page_id)
        for station in self._stations:
            if station.clicks.call_off(page_id) or station.control.end(page_id):
                return "", 204
        raise NotFound("The page is over already.")

    def _going_on(self) -> Iterator[Entry]:
        return chain.from_iterable(map(going_on, self._stations))

    def _find(self, page_id: str) -> Entry:
        """The page with an id. Raises NotFound, also for a page that the caller may not see."""
        found = next((each for each in self._going_on() if each.shown["id"] == page_id), None)
        if found is None and (record := self._attempt(page_id)):
            found = _entry(record)
        if found is None:  # it was a moment ago, and is not in the history yet
            clicks = filter(None, (station.clicks.known(page_id) for station in self._stations))
            found = next(map(_click_entry, clicks), None)
        if found is None or not found.visible:
            raise NotFound("There is no such page.")
        return found


@dataclass(frozen=True)
class Entry:
    """A page, attempt or click: its users, and what programs see of it."""

    pager: UserName | None
    target: UserName | None
    shown: Shown

    @property
    def visible(self) -> bool:
        """Whether the caller may see it."""
        return caller().may_act_for(*seen_by(self.pager, self.target))


def going_on(station: Station) -> Iterator[Entry]:
    """Everything that is going on at one switch: the clicks whose phones ring, the pages and calls."""
    yield from map(_click_entry, station.clicks.ringing())
    for live in station.live.here():
        yield _entry(live.record, muted=live.page.muted)


def _entry(record: PageRecord, *, muted: bool = False) -> Entry:
    return Entry(record.pager, record.target, of_record(record, muted=muted))


def _click_entry(click: Click) -> Entry:
    return Entry(click.pager, click.target, _of_click(click))


def _shown(entry: Entry) -> Shown:
    return entry.shown if caller().user is None else neutral(entry.shown)


def neutral(page: Shown) -> Shown:
    """A page as a user may see it: with a neutral reason for what concerns the target alone."""
    if page["reason"] is None:
        return page
    reason = as_told(Reason(page["reason"]))
    return page | {"reason": reason.value, "detail": MEANINGS[reason].sentence}


def asked() -> tuple[Feature, UserName, UserName]:
    """What the body asks for; raises Invalid, and Forbidden for what is not the caller's to ask."""
    feature, pager, target = _asked(_FEATURES)
    return Feature(feature), pager, target


def _asked(known: Sequence[str]) -> tuple[str, UserName, UserName]:
    """The same, with one of the `known` values as the feature."""
    given = json_object("pager, target and, if you like, feature")
    faults = [
        Fault(f"There is no {short(name)}: send pager, target and feature.", name)
        for name in sorted(set(given) - set(_FIELDS))
    ]
    feature, pager, target = (_read(given, name, faults) for name in ("feature", "pager", "target"))
    if feature is not None and feature not in known:
        faults.append(Fault(f"feature is neither {' nor '.join(known)}.", "feature"))
    found = feature or _FEATURES[0], *_users(pager, target, faults)
    if faults:
        raise Invalid(faults)
    if not caller().may_act_for(found[1]):
        raise Forbidden("A key's token pages for its own user, and a domain's for its own users alone.")
    return found


def _read(asked: Mapping[str, Any], name: str, faults: list[Fault]) -> str | None:
    """A member of the body as text; None if it is not there, or not text."""
    if name not in asked:
        if name in _NEEDED:
            faults.append(Fault(f"{name} is missing: send pager and target.", name))
        return None
    if not isinstance(asked[name], str):
        faults.append(Fault(f"{name} is not text: write it in quotes.", name))
        return None
    return str(asked[name])


def _users(pager: str | None, target: str | None, faults: list[Fault]) -> tuple[UserName, UserName]:
    """Both users, or anybody where there is a fault; a target without a domain is of the pager's."""
    users = {}
    for name, text in (("pager", pager), ("target", target)):
        users[name] = _NOBODY
        if text is None:
            continue
        try:
            of_a_domain = name == "pager" or "@" in text
            users[name] = UserName.parse(text) if of_a_domain else UserName(text, users["pager"].domain)
        except InvalidValue as error:
            faults.append(Fault(f"{name}: {error}", name))
    return users["pager"], users["target"]


def _refused(click: Click, refusal: Refusal) -> AnyResponse:
    """With the refusal's code and cause, and the attempt's id."""
    members = {"reason": refusal.reason.value, "cause": refusal.hangup_cause, "id": click.page_id}
    return refused(f"There is no page: {refusal}.", members)


def _of_click(click: Click) -> Shown:
    if record := click.refused:
        return of_record(record)
    state = "ringing" if click.rings else "answered"
    return of_click(state, click.page_id, click.pager, click.target, click.started_at)


def of_click(state: str, page_id: str, pager: UserName, target: UserName, started_at: datetime) -> Shown:
    """A page that does not exist yet: its pager's phone rings for it, or was just answered."""
    return {
        "id": page_id,
        "state": state,
        "pager": str(pager),
        "target": str(target),
        "treatment": None,
        "reason": None,
        "detail": None,
        "muted": False,
        "started_at": _time(started_at),
        "answered_at": None,
        "ended_at": None,
        "ending": None,
        "reply": None,
        "attempts": 1,
        "part_of": None,
        "message": None,
    }


def of_record(record: PageRecord, *, muted: bool = False) -> Shown:
    """A page, as programs see it."""
    return {
        "id": record.page_id,
        "state": record.state,
        "pager": text_of(record.pager),
        "target": record.called,
        "treatment": record.treatment.value,
        "reason": record.reason,
        "detail": _SENTENCES.get(record.reason) if record.reason else None,
        "muted": muted,
        "started_at": _time(record.started_at),
        "answered_at": _time(record.answered_at),
        "ended_at": _time(record.ended_at),
        "ending": record.ending,
        "reply": record.reply,
        "attempts": record.attempts,
        "part_of": record.part_of,
        "message": record.message,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

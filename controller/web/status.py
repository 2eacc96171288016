"""`/api/v1/status`: everything that is going on, in one answer. `whisperpage watch` shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import Forbidden

from controller.app import Controller
from controller.domain.api_token import Scope
from controller.station import Station
from controller.web.access import bearer, caller, needs
from controller.web.keyring import Keyring
from controller.web.pages import Shown, going_on, of_record
from controller.web.vitals import Vitals


def blueprint(controller: Controller, keyring: Keyring, vitals: Vitals) -> Blueprint:
    """The resource. It is for the administrator alone."""
    found = Blueprint("status", __name__, url_prefix="/api/v1/status")
    found.before_request(bearer(controller.settings.api_token, keyring, local=True))
    found.before_request(_administrator)
    found.before_request(needs(Scope.READ))
    found.add_url_rule("", "status", lambda: _answer(controller, vitals), methods=["GET"])
    return found


def _administrator() -> None:
    if not caller().of_all:
        raise Forbidden(
            "The status needs the api_token, or a token of all domains: it shows what goes on in each."
        )


def _answer(controller: Controller, vitals: Vitals) -> Response:
    refused = chain.from_iterable(station.metrics.lately for station in controller.stations)
    newest = sorted(refused, key=lambda record: record.started_at, reverse=True)
    return jsonify(
        version=version("whisperpage"),
        now=datetime.now(UTC).isoformat(),
        switches=[_switch(station) for station in controller.stations],
        database={"trouble": vitals.database.trouble()},
        history={
            "waiting": len(controller.history),
            "lost": controller.history.lost,
            "trouble": vitals.history().trouble,
        },
        refusals=[of_record(record) for record in newest],
    )


def _switch(station: Station) -> Shown:
    link = station.link
    return {
        "switch": station.name,
        "state": link.state,
        "since": datetime.fromtimestamp(link.since, UTC).isoformat(),
        "trouble": str(link.error or ""),
        "connections": link.times_up,
        "fell_behind": link.times_behind,
        "legs": len(station.legs) if link.state == "up" else None,
        "events_queued": link.queued,
        "pages": [entry.shown for entry in going_on(station)],
    }

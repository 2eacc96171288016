"""`/api/v1/status`: all that is going on, in one answer; what `whisperpage watch` shows."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import Forbidden

from controller.app import Controller, Station
from controller.web.access import bearer, caller
from controller.web.keyring import Keyring
from controller.web.pages import Shown, going_on, of_record
from controller.web.vitals import Vitals


def blueprint(controller: Controller, keyring: Keyring, vitals: Vitals) -> Blueprint:
    """The resource, for the administrator alone."""
    found = Blueprint("status", __name__, url_prefix="/api/v1/status")
    found.before_request(bearer(controller.settings.api_token, keyring))
    found.before_request(_administrator)
    found.add_url_rule("", "status", lambda: _answer(controller, vitals), methods=["GET"])
    return found


def _administrator() -> None:
    if caller().user is not None:
        raise Forbidden(
            "The status needs the controller's own api_token: a key's token is for its user's pages."
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
        "pages": list(going_on(station)),
    }


# -- its part of the contract (openapi.py) -----------------------------------------------------------------


def paths() -> dict[str, Any]:
    """The path, as OpenAPI has it."""
    answers = {
        "200": {"description": "It.", "content": {"application/json": {"schema": _ref("Status")}}},
        "401": _problem("The token is missing or wrong."),
        "403": _problem("A key's token is for its user's pages alone."),
        "404": _problem("The API is off."),
        "429": _problem("Too many wrong tokens."),
        "503": _problem("A key's token cannot be looked up now."),
    }
    operation = {
        "operationId": "status",
        "summary": "All that is going on: switches, pages, the database, and the last refusals.",
        "security": [{"bearer": []}],
        "responses": answers,
    }
    return {"/api/v1/status": {"get": operation}}


def schemas() -> dict[str, Any]:
    """What it answers, as OpenAPI has it."""
    text, count, time = {"type": "string"}, {"type": "integer"}, {"type": "string", "format": "date-time"}
    pages = {"type": "array", "items": _ref("Page")}
    switch = {
        "switch": text,
        "state": {"enum": ["connecting", "up", "down"]},
        "since": time,
        "trouble": text,
        **dict.fromkeys(("connections", "fell_behind", "events_queued"), count),
        "legs": {"type": ["integer", "null"]},
        "pages": pages,
    }
    status = {
        "version": text,
        "now": time,
        "switches": {"type": "array", "items": _closed(switch)},
        "database": _closed({"trouble": text}),
        "history": _closed({"waiting": count, "lost": count, "trouble": text}),
        "refusals": pages,
    }
    return {"Status": _closed(status)}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }

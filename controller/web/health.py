"""`/healthz`: is the process alive? `/readyz`: would a page work? If not, the answer is 503 and says why."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from controller.web.vitals import Part, Vitals


def blueprint(vitals: Vitals) -> Blueprint:
    """Both paths. They need no token, and their answers contain no secret."""
    found = Blueprint("health", __name__)
    found.add_url_rule("/healthz", "healthz", _answer(vitals.alive))
    found.add_url_rule("/readyz", "readyz", _answer(vitals.ready))
    return found


def _answer(look: Callable[[], tuple[Part, ...]]) -> Callable[[], Response]:
    def answer() -> Response:
        parts = look()
        well = not any(part.fails for part in parts)
        told = [{"part": part.name, "ok": not part.trouble, "trouble": part.trouble} for part in parts]
        response = jsonify(ok=well, parts=told)
        response.status_code = 200 if well else 503
        return response

    return answer

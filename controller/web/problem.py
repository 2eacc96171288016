"""Errors as RFC 9457 has them (`application/problem+json`), in one form for everything that is served.

`type` is `about:blank` where the status says what kind of problem it is; otherwise the part of openapi.yaml
that describes it. `errors` has one entry for each thing that is wrong with what was sent: a sentence, and
where that is, as a JSON pointer (RFC 6901, section 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import json
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Response

#: Where openapi.yaml describes a problem of ours.
_DESCRIBED = "/api/v1/openapi.json#/components/schemas/"
#: Faults that one answer tells of, and characters of a name that a sentence repeats.
MOST, NAME = 20, 40


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request: a sentence, and what it is about.

    That is a member of the body, a parameter of the query, or the body as a whole.
    """

    sentence: str
    member: str | None = None
    parameter: str | None = None

    @property
    def shown(self) -> dict[str, str]:
        """The fault as programs see it; a place in the body is the fragment of a URI, `#` is all of it."""
        if self.parameter is not None:
            return {"detail": self.sentence, "parameter": self.parameter}
        if self.member is None:
            return {"detail": self.sentence, "pointer": "#"}
        name = quote(self.member.replace("~", "~0").replace("/", "~1"), safe="~", errors="replace")
        return {"detail": self.sentence, "pointer": f"#/{name}"}


class Invalid(BadRequest):
    """A request of which something is wrong; its answer says all of it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults[:MOST]))
        self.faults = faults[:MOST]


def short(name: str) -> str:
    """A name that somebody has sent, fit for a sentence."""
    return ascii(name[:NAME])


def answer(error: HTTPException) -> Response:
    """What werkzeug would answer, its headers included, with a body for programs."""
    told = error.get_response()
    members: dict[str, Any] = {}
    kind = "about:blank"
    if isinstance(error, Invalid):
        kind = _DESCRIBED + "Invalid"
        members = {"errors": [each.shown for each in error.faults]}
    _write(told, _problem(kind, error.name, error.code, error.description, members))
    return told


def refused(sentence: str, members: Mapping[str, Any]) -> Response:
    """A page that is refused (409), with what else is known of that."""
    told = Response(status=409)
    _write(told, _problem(_DESCRIBED + "Refused", "Refused", 409, sentence, members))
    return told


def _problem(
    kind: str, title: str, status: int | None, detail: str | None, members: Mapping[str, Any]
) -> dict[str, Any]:
    return {"type": kind, "title": title, "status": status, "detail": detail, **members}


def _write(response: Response, problem: Mapping[str, Any]) -> None:
    response.set_data(json.dumps(problem) + "\n")  # and with that its Content-Length
    response.content_type = "application/problem+json"

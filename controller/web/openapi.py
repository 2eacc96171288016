"""The contract of the HTTP side for programs, as OpenAPI 3.1 has it; served at `/api/v1/openapi.json`.

It is written here by hand. A test keeps it and the routes the same, and the fuzzing asks and judges by it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify

from controller.domain.policy import Feature
from controller.domain.record import Treatment
from controller.domain.refusal import Reason
from controller.web import status
from controller.web.keys import METHODS
from controller.web.phonexml import Form

Node = dict[str, Any]

_EXTENSION = {"type": "string", "pattern": "^[A-Za-z0-9._+-]{1,32}$", "example": "1002"}
_USER = {
    "type": "string",
    "pattern": "^[A-Za-z0-9._+-]{1,32}@[A-Za-z0-9._:-]{1,253}$",
    "example": "1001@pbx.example.org",
}
_TIME = {"type": ["string", "null"], "format": "date-time"}
_ACTIONS = ("mute", "unmute", "toggle-mute", "end", "off", "on", "toggle-off")


def blueprint() -> Blueprint:
    """The document; it needs no token, and tells nothing of this controller."""
    found = Blueprint("openapi", __name__)
    found.add_url_rule("/api/v1/openapi.json", "document", _serve, methods=["GET"])
    return found


def _serve() -> Response:
    return jsonify(document())


def document() -> Node:
    """The whole of it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Whisper Page",
            "version": version("whisperpage"),
            "description": "Click to page, and what the keys of phones ask for.",
        },
        "paths": _api() | status.paths() | _keys(),
        "components": {
            "schemas": {"Page": _page(), "Problem": _problem(), "Refused": _refused()} | status.schemas(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The setting api_token; or a token of keys, for its user alone.",
                }
            },
        },
    }


# -- /api --------------------------------------------------------------------------------------------------


def _api() -> Node:
    return {
        "/api/v1/openapi.json": {
            "get": {
                "operationId": "document",
                "summary": "This document.",
                "security": [],
                "responses": {"200": _json("It.", {"type": "object"})},
            }
        },
        "/api/v1/pages": {
            "get": {
                "operationId": "listPages",
                "summary": "What is going on: pages, calls, and phones that ring for one.",
                "security": [{"bearer": []}],
                "responses": _or_errors({"200": _json("The oldest first.", _pages())}),
            },
            "post": {
                "operationId": "page",
                "summary": "Click to page: ring the pager's own phone, and page once it is answered.",
                "security": [{"bearer": []}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _asked()}},
                },
                "responses": _or_errors(
                    {
                        "202": _json("The phone rings.", _ref("Page")) | {"headers": {"Location": _LOCATION}},
                        "400": _told("What was sent is not understood."),
                        "403": _told(
                            "A key's token pages for its own user alone, and nobody into another domain."
                        ),
                        "409": _told("It is refused; nothing rings.", "Refused"),
                        "413": _told("The body is too long."),
                    }
                ),
            },
        },
        "/api/v1/pages/{page_id}": {
            "parameters": [_parameter("page_id", {"type": "string", "minLength": 1}, "The page's id.")],
            "get": {
                "operationId": "showPage",
                "summary": "One page, whether it is going on or over.",
                "security": [{"bearer": []}],
                "responses": _or_errors({"200": _json("It.", _ref("Page")), "404": _NOT_THERE}),
            },
            "delete": {
                "operationId": "endPage",
                "summary": "End a page, or the ringing for one.",
                "security": [{"bearer": []}],
                "responses": _or_errors({"204": {"description": "It ends."}, "404": _NOT_THERE}),
            },
        },
    }


_LOCATION = {
    "description": "Where the page is to be seen.",
    "required": True,
    "schema": {"type": "string", "pattern": "^/api/v1/pages/"},
}


def _asked() -> Node:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["pager", "target"],
        "properties": {
            "pager": _USER | {"description": "Who pages; with a key's token, its own user."},
            "target": {
                "description": "Whom: an extension of the pager's domain, with or without that domain.",
                "anyOf": [_EXTENSION, _USER],
            },
            "feature": {"type": "string", "enum": [each.value for each in Feature], "default": "whisper"},
        },
        "example": {"pager": "1001@pbx.example.org", "target": "1002"},
    }


def _page() -> Node:
    text = {"type": ["string", "null"]}
    properties: Node = {
        "id": {"type": "string"},
        "state": {
            "description": "`answered`: by the pager, a moment ago. `calling`: the target's phone rings.",
            "enum": ["ringing", "answered", "calling", "up", "ended", "refused"],
        },
        "pager": text | {"description": "EXT@DOMAIN; null if nobody was authenticated."},
        "target": {"type": "string", "description": "EXT@DOMAIN, or what was dialled."},
        "treatment": {"enum": [*(each.value for each in Treatment), None]},
        "reason": text | {"description": "Why it was refused, by its code (docs/refusals.md)."},
        "detail": text | {"description": "That as a sentence."},
        "muted": {"type": "boolean", "description": "Whether the target has muted itself to its far party."},
        "started_at": {"type": "string", "format": "date-time"},
        "answered_at": _TIME,
        "ended_at": _TIME,
        "ending": text | {"description": "How it ended, by its code."},
        "attempts": {
            "type": "integer",
            "minimum": 1,
            "description": "How many it stands for: repeated refusals are one.",
        },
    }
    return _closed(properties)


def _pages() -> Node:
    return _closed({"pages": {"type": "array", "items": _ref("Page")}})


def _problem() -> Node:
    return _closed(
        {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}
    ) | {"description": "RFC 9457; `detail` is one sentence."}


def _refused() -> Node:
    own: Node = {
        "reason": {"enum": [reason.value for reason in Reason]},
        "cause": {"type": "string", "description": "A hangup cause of the switch's."},
        "id": {"type": "string", "description": "The attempt's id in the history."},
    }
    return _closed(_problem()["properties"] | own)


# -- /keys -------------------------------------------------------------------------------------------------


def _keys() -> Node:
    suffix = rf"(\.({'|'.join(Form)}))?"
    form = "A suffix is the form of the answer."
    token = _parameter("token", {"type": "string", "minLength": 1}, "The token of a user's keys.")
    words = {"type": "string", "pattern": f"^({'|'.join(_ACTIONS)}){suffix}$", "example": "end"}
    action = _parameter("action", words, f"What to do. {form}")
    whom = {"type": "string", "pattern": f"^[A-Za-z0-9._+-]{{1,32}}{suffix}$", "example": "1002.yealink"}
    extension = _parameter("extension", whom, f"Whom to page. {form}")
    page = {"202": _plain("The phone rings."), "400": _plain("That is no extension.")}
    return {
        "/keys/{token}/{action}": {
            "parameters": [token, action],
            **_key("act", "What a paged target, or anybody, does by a key.", {"404": _plain("No such key.")}),
        },
        "/keys/{token}/page/{extension}": {
            "parameters": [token, extension],
            **_key("pageByKey", "Click to page.", page),
        },
        "/keys/{token}/intercom/{extension}": {
            "parameters": [token, extension],
            **_key("intercomByKey", "Click to page, an intercom call.", page),
        },
    }


def _key(name: str, summary: str, more: Node) -> Node:
    responses = {
        "200": _plain("Done; or, in XML, what became of it."),
        "403": _plain("The key is not valid."),
        "409": _plain("There is nothing to do that to, or the page is refused."),
        "429": _plain("Too many wrong keys, or too many uses of this one."),
        "503": _plain("The database or the switch cannot be reached."),
    }
    operation = {"summary": summary, "security": [], "responses": responses | more}
    return {method.lower(): operation | {"operationId": f"{name}By{method}"} for method in METHODS}


# -- parts -------------------------------------------------------------------------------------------------


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _closed(properties: Node) -> Node:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }


def _parameter(name: str, schema: Node, description: str) -> Node:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


def _json(description: str, schema: Node) -> Node:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _told(description: str, schema: str = "Problem") -> Node:
    return {"description": description, "content": {"application/problem+json": {"schema": _ref(schema)}}}


def _plain(description: str) -> Node:
    content: Node = {"text/plain": {"schema": {"type": "string"}}, "text/xml": {"schema": {"type": "string"}}}
    return {"description": description, "content": content}


_NOT_THERE = _told("There is no such page, or it is none of the caller's.")


def _or_errors(responses: Node) -> Node:
    return responses | {
        "401": _told("No right token was sent."),
        "404": responses.get("404", _told("The API is off.")),
        "429": _told("Too many wrong tokens, or too many uses of this one."),
        "503": _told("The database or the switch cannot be reached."),
    }

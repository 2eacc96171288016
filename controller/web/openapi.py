"""Serves `openapi.yaml`, the contract of the HTTP side, at `/api/v1/openapi.json`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from flask import Blueprint, Response, jsonify

#: libyaml, where PyYAML has it: 60 ms for this document in place of 400, in which no page is decided.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def blueprint() -> Blueprint:
    """The document. It needs no token, since it says nothing about this controller."""
    found = Blueprint("openapi", __name__)
    found.add_url_rule("/api/v1/openapi.json", "document", _serve, methods=["GET"])
    return found


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    text = (files("controller.web") / "openapi.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=_LOADER)
    return document


def _serve() -> Response:
    return jsonify(document())

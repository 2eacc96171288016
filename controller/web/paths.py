"""Explains to a client that a path is not there, or that a method is not for it: what there is instead.

The path itself is not repeated: it may hold a token.
"""

from __future__ import annotations

from difflib import get_close_matches

from flask import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map

#: Characters of a path that are compared with those that there are.
_COMPARED = 100
_DOCUMENT = "/api/v1/openapi.json"


class NoSuchPath(NotFound):
    """No rule is for this path. The answer links to the document of those that there are (RFC 8631)."""

    def get_headers(self, *arguments: object) -> list[tuple[str, str]]:
        """With that link."""
        return [*super().get_headers(), ("Link", f'<{_DOCUMENT}>; rel="service-desc"')]


def explained(error: HTTPException, rules: Map) -> HTTPException:
    """The error with what there is, where no rule is for the path or its method; else as it is."""
    if isinstance(error, MethodNotAllowed):
        methods = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
        error.description = f"This path takes {' and '.join(methods)} alone."
    elif isinstance(error, NotFound) and request.url_rule is None:
        return NoSuchPath(_sentence(rules))
    return error


def _sentence(rules: Map) -> str:
    known = sorted({rule.rule for rule in rules.iter_rules() if not rule.arguments})
    near = get_close_matches(request.path[:_COMPARED], known, 1, 0.8)
    likely = f"Did you mean {near[0]}? " if near else ""
    return (
        f"There is nothing at this path. {likely}"
        f"There are {', '.join(known)}, and /keys/TOKEN/... for the keys of phones."
    )

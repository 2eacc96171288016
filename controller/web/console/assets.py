"""The files that browsers keep for ever: their paths change with their contents.

All have one version, so that a script can name another one beside it.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

_FOLDER = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
#: Bytes from which an answer is worth compressing.
_WORTH = 800


@dataclass(frozen=True)
class Asset:
    """A file: its contents, and the same compressed."""

    content: bytes
    packed: bytes
    content_type: str


class Assets:
    """The files of the console, read once."""

    def __init__(self) -> None:
        paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
        self._files = {path.name: _read(path) for path in paths}
        whole = hashlib.sha256(b"".join(each.content for each in self._files.values()))
        #: The part of the paths that changes with the files.
        self.version = whole.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The path of a file, for templates."""
        return url_for("console.asset", version=self.version, name=name)

    def serve(self, version: str, name: str) -> Response:
        """The file. Raises NotFound."""
        found = self._files.get(name)
        if found is None or version != self.version:
            raise NotFound("There is no such file.")
        response = Response(found.content, content_type=found.content_type)
        if takes_gzip():
            response.set_data(found.packed)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def pack(response: Response) -> Response:
    """An `after_request`: compress a page or data, if it is worth it and the browser takes it."""
    if (
        response.is_streamed
        or response.content_encoding
        or not takes_gzip()
        or len(response.get_data()) < _WORTH
    ):
        return response
    response.set_data(gzip.compress(response.get_data(), 5))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def takes_gzip() -> bool:
    """Whether the browser takes compressed answers."""
    return request.accept_encodings.quality("gzip") > 0


@cache
def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, gzip.compress(content, mtime=0), _TYPES[path.suffix])

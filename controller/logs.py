"""The log of `serve` on stderr: entries for people or for programs, without secrets.

An entry never makes its writer wait and never raises, whatever happens to stderr: see `logstream`.

All values that are bound with `structlog.contextvars` are part of an entry: entries about a page have its id
as `page`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO, cast
from urllib.parse import quote

import gevent
import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from controller.config import Settings
from controller.database_url import read_url
from controller.logstream import LogStream

#: A shorter secret is not searched for, since it would be found in many words.
SHORTEST_SECRET = 4
#: Seconds at the end for writing the waiting entries.
GRACE = 1.0

_log = structlog.get_logger(__name__)


@contextmanager
def writing(settings: Settings) -> Iterator[LogStream]:
    """Write this process's log by the settings while this is open; raises SettingsError.

    Everything that Python itself prints on stderr is written in the same way. At the end the waiting entries
    are written.
    """
    before = sys.stderr
    stream = LogStream(before)
    sys.stderr = stream
    try:
        _configure(settings, stream)
        yield stream
    finally:
        sys.stderr = before
        stream.drain(GRACE)


def _configure(settings: Settings, stream: LogStream) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    entry: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    text: list[Processor] = [_renderer(settings.log_format), Redaction(secrets(settings))]
    structlog.configure(
        processors=[*entry, *text],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(cast(TextIO, stream)),  # one write for each entry
    )
    # libraries: only their warnings and errors, in the same format
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=entry, processors=[ProcessorFormatter.remove_processors_meta, *text]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # an error that ends a greenlet would be printed without a format
    gevent.get_hub().print_exception = _greenlet_failed  # type: ignore[method-assign]


def quiet() -> None:
    """Set up the log for a single command: only errors, on stderr."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def secrets(settings: Settings) -> frozenset[str]:
    """Every secret in the settings."""
    found = {address.password for address in settings.addresses}
    found |= {settings.api_token, str(read_url(settings.database_url).password or "")}
    return frozenset(secret for secret in found if len(secret) >= SHORTEST_SECRET)


class Redaction:
    """The last processor: removes secrets from the text before it is written."""

    def __init__(self, hidden: Iterable[str]) -> None:
        forms = {form for secret in hidden for form in (secret, quote(secret, safe=""), _in_json(secret))}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, logger: object, name: str, entry: Any) -> str:
        """The text with stars in place of secrets."""
        text = str(entry)
        for form in self._forms:
            text = text.replace(form, "***")
        return text


def _in_json(secret: str) -> str:
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def _renderer(form: str) -> Processor:
    if form == "json":
        return Renderer([structlog.processors.format_exc_info, _json])
    plain = structlog.dev.plain_traceback  # the others show local variables, passwords included
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return Renderer([console])


class Renderer:
    """Converts an entry to text. If that fails, the entry becomes `log.unwritten`, so it never raises."""

    def __init__(self, steps: Sequence[Processor]) -> None:
        self._steps = steps

    def __call__(self, logger: object, name: str, entry: EventDict) -> Any:
        """The text of an entry."""
        event, text = str(entry.get("event")), entry
        try:
            for step in self._steps:
                text = step(logger, name, text)  # type: ignore[assignment]
        except Exception as error:  # noqa: BLE001  # any value may be in an entry
            told = {"level": "error", "event": "log.unwritten", "of": event, "error": repr(error)}
            return json.dumps(told, ensure_ascii=False)
        return text


def _json(logger: object, name: str, entry: EventDict) -> str:
    first: Mapping[str, Any] = {key: entry[key] for key in ("timestamp", "level", "event") if key in entry}
    try:
        return orjson.dumps({**first, **entry}, default=str).decode()
    except TypeError:  # half a character, like \\ud800 from JSON, or a number of more than 64 bits
        return json.dumps({**first, **entry}, default=str, ensure_ascii=False)


def _greenlet_failed(
    context: object, t: type[BaseException] | None, v: BaseException | str | None, tb: TracebackType | None
) -> None:
    _log.error("greenlet.failed", exc_info=(t, v, tb))

"""The history: found by filters, as a page and as CSV, with the plot of the last days."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta

from flask import Response, render_template, request, stream_with_context

from controller.administration import history
from controller.administration.history import After, Filter
from controller.cells import harmless
from controller.domain.names import UserFilter
from controller.domain.record import PageRecord, Treatment
from controller.errors import InvalidValue
from controller.web.console.admin.forms import path
from controller.web.console.admin.plot import plot
from controller.web.console.admin.room import Room

#: Attempts on a page, in a piece of the CSV file, and in the whole of it; and the days of the plot.
PAGE, PIECE, MOST, DAYS = 50, 500, 100_000, 30
_FILTERS = ("user", "treatment", "since", "until")
_COLUMNS = tuple(each.name for each in fields(PageRecord))


class History:
    """The views."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def page(self) -> str:
        """The attempts that the filters keep, the newest first; and the plot."""
        asked = {name: request.args.get(name, "").strip()[:300] for name in _FILTERS}
        records: tuple[PageRecord, ...] = ()
        wrong = ""
        try:
            records = self._room.read(history.listing, _filter(asked), PAGE + 1, after=_after())
        except InvalidValue as error:
            wrong = str(error)
        more = {}
        if len(records) > PAGE:
            last = records[PAGE - 1]
            more = {"at": last.started_at.isoformat(), "id": last.page_id}
        today = datetime.now(UTC).date()
        first = today - timedelta(days=DAYS - 1)
        counts = self._room.read(history.by_day, _midnight(first), _midnight(today + timedelta(days=1)))
        return render_template(
            "admin/history.html",
            records=records[:PAGE],
            asked=asked,
            wrong=wrong,
            treatments=tuple(Treatment),
            more=path("history", **asked, **more) if more else "",
            csv=path("history_csv", **{name: text for name, text in asked.items() if text}),
            plot=plot(counts, first, today),
        )

    def csv(self) -> Response:
        """The same as a file. Raises InvalidValue."""
        kept = _filter({name: request.args.get(name, "").strip()[:300] for name in _FILTERS})
        reach, gateway = self._room.reach, self._room.controller.gateway

        def piece(after: After | None) -> tuple[PageRecord, ...]:
            return gateway.read(history.listing, reach, kept, PIECE, after=after)

        first = piece(None)
        response = Response(stream_with_context(_lines(first, piece)), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="whisperpage-history.csv"'
        return response


def _lines(records: tuple[PageRecord, ...], piece: object) -> Iterator[str]:
    assert callable(piece)
    yield _line(_COLUMNS)
    written = 0
    while records:
        for record in records:
            yield _line(tuple(_cell(getattr(record, name)) for name in _COLUMNS))
        written += len(records)
        if len(records) < PIECE or written >= MOST:
            return
        records = piece(After(records[-1].started_at, records[-1].page_id))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    """A value as text."""
    return harmless("" if value is None else value.isoformat() if isinstance(value, datetime) else str(value))


def _filter(asked: dict[str, str]) -> Filter:
    """The filter of a form. Raises InvalidValue."""
    try:
        treatment = Treatment(asked["treatment"]) if asked["treatment"] else None
        since = _midnight(date.fromisoformat(asked["since"])) if asked["since"] else None
        until = date.fromisoformat(asked["until"]) if asked["until"] else None
    except ValueError:
        raise InvalidValue("A filter has a value that is none of its own.") from None
    return Filter(
        since=since,
        until=_midnight(until + timedelta(days=1)) if until else None,
        user=UserFilter.parse(asked["user"]) if asked["user"] else None,
        treatment=treatment,
    )


def _after() -> After | None:
    """Where a piece begins; from the newest if that cannot be read."""
    try:
        at = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        return None
    return After(at if at.tzinfo else at.replace(tzinfo=UTC), request.args.get("id", "")[:36])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

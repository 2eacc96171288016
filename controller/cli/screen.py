"""What `watch` shows: a status as the API tells it, fitted into the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

Shown = Mapping[str, Any]
Row = tuple[Text, ...]

#: Width of a terminal, in columns, that has room for everything.
WIDE = 100
#: Lines of the picture without those for switches, pages and refusals.
_FRAME = 11
_STATES = {"up": "green", "connecting": "yellow", "down": "red"}


class Screen:
    """A picture of a status, or of the `trouble` if there is none; without both, it is being asked for."""

    def __init__(self, where: str, status: Shown | None, trouble: str = "", hint: str = "") -> None:
        self._where = where
        self._status = status
        self._trouble = trouble
        self._hint = hint

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        version = f" {self._status['version']}" if self._status else ""
        yield _line(
            ("Whisper Page", "bold"), (f"{version} at {self._where}", ""), (f"   {self._hint}", "dim")
        )
        yield ""
        if self._status:
            yield from _Picture(self._status, options.max_width >= WIDE, options.height).parts()
        else:
            yield _line((self._trouble or "Asking the controller.", "yellow" if self._trouble else ""))


class _Picture:
    """A status as lines; `height` is the number of lines of the terminal, None for no limit."""

    def __init__(self, status: Shown, wide: bool, height: int | None) -> None:
        self._status = status
        self._switches: list[Shown] = status["switches"]
        self._now = datetime.fromisoformat(status["now"])
        self._wide = wide
        self._height = height

    def parts(self) -> Iterator[RenderableType]:
        pages, refusals = list(self._pages()), list(self._refusals())
        rows, more = self._room(len(pages), len(refusals))
        yield _table(
            ("switch", "state", "since", "legs", "pages", *self._if_wide("connections")), self._links()
        )
        yield from (_line((each["trouble"], "red")) for each in self._switches if each["trouble"])
        yield ""
        heads = ("pager", "target", "treatment", "state", "since", "muted", *self._if_several("switch"))
        yield from _listing("pages", heads, pages, rows, "No page is up.")
        yield ""
        heads = ("when", "pager", "target", "why")
        yield from _listing("refused lately", heads, refusals, more, "Nothing was refused lately.")
        yield ""
        yield self._store()

    def _room(self, pages: int, refusals: int) -> tuple[int, int]:
        """How many pages and refusals fit: pages come first, but refusals keep a third of the lines."""
        if self._height is None:
            return pages, refusals
        room = self._height - _FRAME - sum(1 + bool(each["trouble"]) for each in self._switches)
        shown = max(min(pages, room - min(refusals, room // 3)), 1)
        return shown, max(min(refusals, room - shown), 1)

    def _links(self) -> Iterator[Row]:
        for switch in self._switches:
            yield (
                _text(switch["switch"]),
                _text(switch["state"], _STATES.get(switch["state"], "")),
                _text(self._since(switch["since"])),
                _text(switch["legs"]),
                _text(len(switch["pages"])),
                *self._if_wide(_text(switch["connections"])),
            )

    def _pages(self) -> Iterator[Row]:
        for switch in self._switches:
            for page in switch["pages"]:
                yield (
                    _text(page["pager"]),
                    _text(page["target"]),
                    _text(page["treatment"]),
                    _text(page["state"]),
                    _text(self._since(page["answered_at"] or page["started_at"])),
                    _text("muted" if page["muted"] else "", "yellow"),
                    *self._if_several(_text(switch["switch"])),
                )

    def _refusals(self) -> Iterator[Row]:
        for page in self._status["refusals"]:
            when = _clock(datetime.fromisoformat(page["started_at"]))
            yield _text(when), _text(page["pager"]), _text(page["target"]), _text(page["detail"])

    def _store(self) -> Text:
        history = self._status["history"]
        told = f"{history['waiting']} records of the history wait, {history['lost']} are lost"
        if trouble := self._status["database"]["trouble"] or history["trouble"]:
            return _line(("database ", "bold"), (trouble, "red"), (f" {told}.", ""))
        return _line(("database ", "bold"), ("well", "green"), (f"; {told}", ""))

    def _since(self, moment: str) -> str:
        """The time of day, and how long ago that was by the controller's clock."""
        since = datetime.fromisoformat(moment)
        duration = _duration(max((self._now - since).total_seconds(), 0))
        return f"{_clock(since)} ({duration})" if self._wide else duration

    def _if_wide(self, *cells: Any) -> tuple[Any, ...]:
        return cells if self._wide else ()

    def _if_several(self, *cells: Any) -> tuple[Any, ...]:
        return cells if self._wide and len(self._switches) > 1 else ()


def _listing(
    title: str, heads: tuple[str, ...], rows: list[Row], room: int, nothing: str
) -> Iterator[RenderableType]:
    if not rows:
        yield _line((nothing, "dim"))
        return
    cut = f", of which {room} are shown" if len(rows) > room else ""
    yield _line((f"{title}: {len(rows)}{cut}", "bold"))
    yield _table(heads, rows[:room])


def _table(heads: Iterable[str], rows: Iterable[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in heads:
        table.add_column(head, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*row)
    return table


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _text(value: object, style: str = "") -> Text:
    """A cell; control characters, which dialled text may contain, are replaced."""
    text = "-" if value is None else str(value)
    return Text("".join(character if character.isprintable() else "?" for character in text), style)


def _line(*parts: tuple[str, str]) -> Text:
    return Text.assemble(*(_text(part, style) for part, style in parts))

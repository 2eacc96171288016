"""The plot of pages by day and treatment, as values of an SVG picture that the template draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from controller.administration.history import DayCount
from controller.domain.record import Treatment

#: The size of the picture, without what stands around it; in its own units.
WIDTH, HEIGHT = 900, 160
#: The treatments from the bottom to the top of a bar.
ORDER = (
    Treatment.WHISPER,
    Treatment.REVERSE,
    Treatment.INTERCOM,
    Treatment.CALL,
    Treatment.GROUP,
    Treatment.REFUSED,
)


@dataclass(frozen=True)
class Bar:
    """A part of a day's bar; x and y are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    treatment: str
    day: date
    attempts: int


@dataclass(frozen=True)
class Plot:
    """The picture: its bars, and the number at its top."""

    bars: tuple[Bar, ...]
    most: int
    first: date
    last: date
    totals: tuple[tuple[str, int], ...]


def plot(counts: Iterable[DayCount], first: date, last: date) -> Plot:
    """The plot of some days, both ends included."""
    found: dict[tuple[date, Treatment], int] = {}
    for each in counts:
        if first <= each.day <= last:
            found[each.day, each.treatment] = found.get((each.day, each.treatment), 0) + each.attempts
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    most = max(1, *(sum(found.get((day, each), 0) for each in ORDER) for day in days))
    step = WIDTH / len(days)
    bars = []
    for number, day in enumerate(days):
        top = float(HEIGHT)
        for treatment in ORDER:
            attempts = found.get((day, treatment), 0)
            height = HEIGHT * attempts / most
            top -= height
            if attempts:
                x, width = number * step + step * 0.12, step * 0.76
                bars.append(
                    Bar(
                        round(x, 1),
                        round(top, 1),
                        round(width, 1),
                        round(height, 1),
                        treatment,
                        day,
                        attempts,
                    )
                )
    totals = tuple(
        (treatment.value, sum(count for (_, each), count in found.items() if each is treatment))
        for treatment in ORDER
    )
    return Plot(tuple(bars), most, first, last, totals)

"""The dashboard with recorded data (`busy.py`), drawn as Grafana lays it out."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pictures import style

#: Grafana's dark theme, and its palette.
BACK, PANEL, LINE, WORDS, GREY = "#111217", "#181b1f", "#2b2f36", "#d5d8de", "#8e939c"
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#c0d8ff", "#ffb357",
           "#96d98d")  # fmt: skip
UNITS = {"s": 1.0, "short": 1.0, "cps": 1.0, "percentunit": 100.0, "bytes": 1e-6}
#: Rows of Grafana's grid that are drawn; inches of one column and one row.
ROWS, ACROSS, DOWN, GAP = 40, 0.5, 0.27, 0.045


def board(recorded: dict[str, Any]) -> None:
    """Every panel of the dashboard in its place."""
    panels = json.loads((style.TOP / "monitoring/grafana.json").read_text())["panels"]
    told = {each["title"]: each["series"] for each in recorded["panels"]}
    shown = [each for each in panels if each["gridPos"]["y"] + each["gridPos"]["h"] <= ROWS]
    busiest = _busiest(told[next(each["title"] for each in shown if _is_of(each, "whisperpage_pages_live"))])
    width, height = 24 * ACROSS, ROWS * DOWN
    with mpl.rc_context({"text.color": WORDS, "xtick.color": GREY, "ytick.color": GREY, "grid.color": LINE}):
        figure = Figure(figsize=(width, height), facecolor=BACK)
        for each in shown:
            place = each["gridPos"]
            left, top = place["x"] * ACROSS, height - place["y"] * DOWN
            wide, high = place["w"] * ACROSS, place["h"] * DOWN
            if each["type"] == "row":
                figure.text(
                    (left + 0.15) / width, (top - 0.18) / height, each["title"], size=10.5, weight="bold"
                )
                continue
            _card(figure, left, top, wide, high)
            title = textwrap.shorten(each["title"], int(wide * 13), placeholder=" …")
            figure.text((left + 0.16) / width, (top - 0.24) / height, title, size=8.6, weight="bold")
            box = (
                (left + 0.16) / width,
                (top - high + 0.2) / height,
                (wide - 0.32) / width,
                (high - 0.55) / height,
            )
            if each["type"] == "stat":
                _stat(figure, box, each, told[each["title"]], busiest)
            else:
                room = (
                    box[0] + 0.44 / width,
                    box[1] + 0.35 / height,
                    box[2] - 0.44 / width,
                    box[3] - 0.38 / height,
                )
                _plot(figure.add_axes(room), each, told[each["title"]], recorded)
        style.save_pixels("grafana", figure)


def _card(figure: Figure, left: float, top: float, wide: float, high: float) -> None:
    width, height = figure.get_size_inches()
    figure.add_artist(
        FancyBboxPatch(
            ((left + GAP) / width, (top - high + GAP) / height),
            (wide - 2 * GAP) / width,
            (high - 2 * GAP) / height,
            transform=figure.transFigure,
            boxstyle=f"round,pad=0,rounding_size={0.05 / width}",
            mutation_aspect=width / height,
            facecolor=PANEL,
            edgecolor=LINE,
            linewidth=0.7,
            zorder=-5,
        )
    )


def _stat(
    figure: Figure, box: tuple[float, ...], drawn: dict[str, Any], series: list[dict[str, Any]], at: int
) -> None:
    """One value, large; in words where the panel has some for it."""
    mapped = drawn["fieldConfig"]["defaults"].get("mappings")
    value = dict(map(tuple, series[0]["points"]))[at]
    text, colour = f"{value:.0f}", PALETTE[0]
    if mapped:
        text = mapped[0]["options"][str(int(value))]["text"]
        colour = {"green": PALETTE[0], "red": PALETTE[4]}[mapped[0]["options"][str(int(value))]["color"]]
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    figure.text(x, y, text, ha="center", va="center", size=21, color=colour, weight="bold")


def _is_of(panel: dict[str, Any], metric: str) -> bool:
    """Whether a panel draws a metric over time."""
    return panel["type"] == "timeseries" and metric in panel["targets"][0]["expr"]


def _busiest(series: list[dict[str, Any]]) -> int:
    """The busiest second; panels with a single value show that of this second."""
    going_on: Counter[int] = Counter()
    for each in series:
        going_on.update({int(at): value for at, value in each["points"]})
    return going_on.most_common(1)[0][0]


def _plot(axes: Axes, drawn: dict[str, Any], series: list[dict[str, Any]], recorded: dict[str, Any]) -> None:
    defaults = drawn["fieldConfig"]["defaults"]
    scale, custom = UNITS[defaults["unit"]], defaults.get("custom", {})
    bars = custom.get("drawStyle") == "bars"
    base = dict.fromkeys(range(0, recorded["seconds"] + 1, recorded["step"]), 0.0)
    for each, colour in zip(series, PALETTE * 2, strict=False):
        points = [(at, value * scale) for at, value in each["points"] if value == value]
        label = each["legend"] or drawn["title"]
        if bars:
            there = dict(points)
            above = {at: below + there.get(at, 0) for at, below in base.items()}
            edges = list(base), list(base.values()), list(above.values())
            axes.fill_between(*edges, step="mid", color=colour, alpha=0.85, linewidth=0, label=label)
            base = above
        else:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.1, label=label)
            if len(series) < 3:
                axes.fill_between(*zip(*points, strict=True), color=colour, alpha=0.1, linewidth=0)
    axes.set_xlim(0, recorded["seconds"])
    axes.set_ylim(0, max(axes.get_ylim()[1], 1 if defaults["unit"] == "short" else 0))
    axes.grid(linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{int(at) // 60}:{int(at) % 60:02}"))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=defaults["unit"] == "short"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _unit(value, defaults["unit"])))
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.08, -0.11), ncols=4 if drawn["gridPos"]["w"] > 8 else 3,
                fontsize=6.6, frameon=False, handlelength=0.9, columnspacing=0.9, handletextpad=0.4,
                labelcolor=GREY)  # fmt: skip


def _unit(value: float, unit: str) -> str:
    match unit:
        case "s":
            return f"{1000 * value:g} ms"
        case "percentunit":
            return f"{value:g} %"
        case "bytes":
            return f"{value:g} MB"
        case _:
            return f"{value:g}"

"""Plots of the benchmarks, from the numbers in docs/benchmarks.md, which `make bench` measures."""

from __future__ import annotations

import re

from matplotlib.axes import Axes

from pictures import style
from pictures.style import CLIENT, INK, PAGER, SOFT, TARGET

Rows = list[list[str]]


def benchmarks() -> None:
    """Draw four plots on one sheet."""
    figure = style.sheet(9.2, 5.9)
    columns, rows = ((0.175, 0.3), (0.6, 0.35)), ((0.6, 0.28), (0.09, 0.33))
    places = [(left, low, wide, high) for low, high in rows for left, wide in columns]
    for place, draw in zip(places, (_events, _idle, _setup, _thousand), strict=True):
        axes = figure.add_axes(place)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0, labelsize=9)
        draw(axes)
    style.save("benchmarks", figure)


def load() -> None:
    """Draw the switch's CPU against pages at once."""
    figure = style.sheet(6.4, 3.4)
    axes = figure.add_axes((0.1, 0.17, 0.62, 0.7))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=9)
    rows = [row for row in table("Pages at once") if len(row) == 4]
    pages = [number(row[0]) for row in rows]
    for column, (name, colour) in enumerate(
        (("calls alone", SOFT), ("with a page each, 8 kHz", TARGET), ("with a page each, HD", PAGER)), start=1
    ):
        values = [number(row[column]) for row in rows]
        axes.plot([0, *pages], [0, *values], color=colour, marker="o", markersize=4)
        axes.text(pages[-1] + 0.6, values[-1], name, va="center", size=9, color=INK)
    axes.set_xlim(0, pages[-1] * 1.02)
    axes.set_ylim(0, 100)
    axes.set_xlabel("calls at once", size=9)
    axes.set_title("CPU of the switch, % of one core\n", pad=-4, loc="left")
    style.save("load", figure)


def table(heading: str) -> Rows:
    """The rows of the first table under a heading of docs/benchmarks.md, without the header row."""
    page = (style.TOP / "docs/benchmarks.md").read_text()
    [part] = re.findall(rf"^## {heading}(.*?)(?=^## |\Z)", page, re.M | re.S)
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(cell: str) -> float:
    """A number, or the middle of a range."""
    found = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", cell.replace(",", ""))]
    return sum(found) / len(found)


def _events(axes: Axes) -> None:
    rows = table("Events")
    names = {"whisperpage": "whisperpage", "greenswitch": "greenswitch", "Genesis": "Genesis"}
    rows = [row for row in rows if row[0].split()[0] in names]
    values = [number(row[2]) for row in rows]
    axes.barh([row[0].split()[0] for row in rows], values, color=[TARGET, "#b9bfc4", "#b9bfc4"], height=0.6)
    axes.invert_yaxis()
    for at, value in enumerate(values):
        axes.text(value + 6, at, f"{value:.0f} µs", va="center", size=9, color=INK)
    axes.set_xlim(0, max(values) * 1.3)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("One event, from socket to handler\n", pad=-2)
    _note(axes, "CPU time; less is better")


def _idle(axes: Axes) -> None:
    rows = table("Idle")
    events, load = [number(row[0]) for row in rows], [number(row[1]) for row in rows]
    axes.plot(events, load, color=TARGET, marker="o", markersize=5, linewidth=2, clip_on=False)
    axes.plot([500], [5], color=PAGER, marker="_", markersize=13, markeredgewidth=2)
    axes.text(660, 5, "wanted: below 5 %", va="center", size=8.6, color=PAGER)
    axes.set(xlim=(0, 2100), ylim=(0, 6.5), xticks=events, yticks=[0, 2, 4, 6])
    axes.set_yticklabels(["0 %", "2 %", "4 %", "6 %"])
    axes.set_title("The controller beside 5,000 calls\n", pad=-2)
    _note(axes, "of one core, by events a second")


def _setup(axes: Axes) -> None:
    rows = table("From the dialled code")
    names = ["an ordinary call,\nto the bridge", "a page,\nto both tones", "our own part\nof the page"]
    medians, tails = [number(row[1]) for row in rows], [number(row[2]) for row in rows]
    axes.barh(names, tails, color="#cfe0e3", height=0.6)
    axes.barh(names, medians, color=TARGET, height=0.6)
    axes.invert_yaxis()
    for at, (median, tail) in enumerate(zip(medians, tails, strict=True)):
        axes.text(tail + 8, at, f"{median:.0f} ms", va="center", size=9, color=INK)
    axes.set_xlim(0, max(tails) * 1.3)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("From the dialled code\n", pad=-2)
    _note(axes, "median; pale: 95 % are faster")


def _thousand(axes: Axes) -> None:
    rows = [row for row in table("A thousand pages") if row[0].startswith("the ") and row[0][4].isdigit()]
    pages = [number(row[0]) for row in rows]
    for column, name, colour in ((3, "controller", TARGET), (4, "switch", CLIENT)):
        values = [number(row[column]) for row in rows]
        axes.plot(pages, values, color=colour, marker="o", markersize=4, linewidth=2)
        axes.text(1000, values[-1] + 7, name, ha="right", size=9, color=colour, weight="bold")
    axes.set(xlim=(0, 1040), ylim=(0, 190), xticks=[10, 500, 1000], yticks=[0, 50, 100, 150])
    axes.set_yticklabels(["0", "50 MB", "100 MB", "150 MB"])
    axes.set_title("A thousand pages in a row\n", pad=-2)
    _note(axes, "memory, by pages")


def _note(axes: Axes, text: str) -> None:
    axes.text(0, 1.04, text, transform=axes.transAxes, size=9, color=SOFT)

"""Who hears whom in a page, and when: measured at three phones on a real FreeSWITCH (`switch.py`)."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from pictures import style
from pictures.style import COLOURS, FAINT, INK, PAPER, SOFT

#: U+2212, which is as wide as a plus.
MINUS = "\N{MINUS SIGN}"
Point = tuple[float, float]
WHERE: dict[str, Point] = {"pager": (1.45, 2.2), "target": (4.6, 2.2), "client": (7.75, 2.2)}
RADIUS = 0.62
VOICES = ("pager", "target", "client")


def who_hears_whom(page: dict[str, Any]) -> None:
    """Draw three people, and an arrow for each voice, with its measured level."""
    figure = style.sheet(9.2, 3.5)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 9.2), ylim=(0.12, 3.62))
    axes.axis("off")
    levels = page["levels"]["paged"]
    for name, (x, y) in WHERE.items():
        axes.add_patch(Circle((x, y), RADIUS, facecolor=COLOURS[name], edgecolor="none"))
        axes.text(x, y, name, color=PAPER, ha="center", va="center", weight="bold", size=13)
    _says(axes, "pager", "“Call me back”")
    _says(axes, "target", "“As I was saying”")
    _says(axes, "client", "“Go on”")
    for speaker, listener in (
        ("pager", "target"),
        ("target", "pager"),
        ("target", "client"),
        ("client", "target"),
    ):
        _voice(axes, speaker, listener, levels[listener][speaker])
    _nothing(axes, max(levels["client"]["pager"], levels["pager"]["client"]))
    axes.text(
        4.6,
        0.36,
        f"Measured at three phones on {page['switch']}: a voice arrives at "
        f"{_level(levels['target']['pager'])}, and the rest is the noise of the codec.",
        ha="center",
        color=SOFT,
        size=8.6,
    )
    style.save("who-hears-whom", figure)


def _level(value: float) -> str:
    return f"{value:.0f} dBFS".replace("-", MINUS)


def _says(axes: Axes, who: str, words: str) -> None:
    x, y = WHERE[who]
    axes.text(x, y + 0.95, words, ha="center", va="center", color=COLOURS[who], size=12, style="italic")


def _voice(axes: Axes, speaker: str, listener: str, level: float) -> None:
    """Draw a voice: an arrow above the line to the right, or below it to the left."""
    (x0, y), (x1, _) = WHERE[speaker], WHERE[listener]
    way = 1 if x1 > x0 else -1
    lift = 0.2 * way
    arrow = FancyArrowPatch(
        (x0 + way * (RADIUS + 0.08), y + lift),
        (x1 - way * (RADIUS + 0.08), y + lift),
        arrowstyle="-|>,head_length=7,head_width=4",
        color=COLOURS[speaker],
        linewidth=2.6,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)
    axes.text(
        (x0 + x1) / 2, y + lift + 0.2 * way, _level(level), ha="center", va="center", color=SOFT, size=9.5
    )


def _nothing(axes: Axes, level: float) -> None:
    """Draw that pager and client do not hear each other."""
    (x0, y), (x1, _) = WHERE["pager"], WHERE["client"]
    arc = FancyArrowPatch(
        (x0 + 0.12, y - RADIUS - 0.06),
        (x1 - 0.12, y - RADIUS - 0.06),
        connectionstyle="arc3,rad=0.16",
        arrowstyle="<|-|>,head_length=6,head_width=3.5",
        color="#a9aeb3",
        linewidth=1.6,
        linestyle=(0, (4, 3)),
    )
    axes.add_patch(arc)
    axes.text(
        (x0 + x1) / 2,
        y - RADIUS - 0.585,
        f"neither hears the other: {_level(level)}",
        ha="center",
        va="center",
        color=INK,
        size=11,
        weight="bold",
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 4},
    )


def time_line(page: dict[str, Any]) -> None:
    """Draw what each of the three hears, from before the page until after it."""
    moments = page["moments"]
    end = moments["hangs up"] + 1.4
    figure = style.sheet(9.2, 4.9)
    axes = figure.add_axes((0.155, 0.12, 0.815, 0.68))
    axes.set(xlim=(0, end), ylim=(-0.45, 11.2))
    axes.invert_yaxis()
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.set_yticks([])
    axes.set_xlabel("seconds", size=9)
    axes.tick_params(axis="x", labelsize=9)
    row = 0.0
    for listener in VOICES:
        lanes = [*(voice for voice in VOICES if voice != listener), "tone"]
        axes.text(-0.02 * end, row + 1, f"the {listener}\nhears", ha="right", va="center", size=11,
                  weight="bold", color=COLOURS[listener], linespacing=1.3,
                  transform=axes.transData)  # fmt: skip
        for lane in lanes:
            _lane(axes, row, end, page["heard"][listener], lane)
            row += 1
        row += 0.95
    for name, text in (
        ("dials", "pager dials\n*191002"),
        ("mutes", "target presses *5:\nmuted to the client"),
        ("unmutes", "target presses *5:\nheard again"),
        ("hangs up", "pager\nhangs up"),
    ):
        axes.axvline(moments[name], color=SOFT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0)
        axes.text(moments[name], -0.75, text, ha="center", va="bottom", size=9, color=INK, linespacing=1.25)
    figure.text(0.985, 0.035, f"recorded at three phones on {page['switch']}", ha="right", size=8, color=SOFT)
    style.save("page-time-line", figure)


def _lane(axes: Axes, row: float, end: float, heard: dict[str, Any], lane: str) -> None:
    """Draw one bar for each time that something was heard."""
    axes.barh(row, end, height=0.72, color=FAINT, zorder=1)
    kinds = ("tone", "muted", "heard") if lane == "tone" else (lane,)
    spans = [span for kind in kinds for span in heard[kind]]
    bars = [(max(a, 0), min(b, end) - max(a, 0)) for a, b in spans if b > 0 and a < end]
    axes.broken_barh(bars, (row - 0.36, 0.72), color=COLOURS[lane], zorder=2)
    label = {"tone": "tones"}.get(lane, lane)
    colour = PAPER if bars and bars[0][0] < 0.5 else SOFT
    axes.text(0.012 * end, row, label, va="center", size=8.2, color=colour, zorder=3)

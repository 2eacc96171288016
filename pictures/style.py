"""The style of the pictures. They have their own background and look the same on light and dark pages."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

TOP = Path(__file__).parents[1]
FOLDER = TOP / "docs" / "pictures"
DATA = Path(__file__).parent / "data"

PAPER, EDGE, INK, SOFT, FAINT = "#fbfaf7", "#dedbd2", "#24303b", "#66717c", "#ebe8e0"
PAGER, TARGET, CLIENT, TONE = "#d97742", "#14788c", "#6f6db3", "#b8952a"
COLOURS = {"pager": PAGER, "target": TARGET, "client": CLIENT, "tone": TONE}

mpl.rcParams |= {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": EDGE,
    "axes.facecolor": "none",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": FAINT,
    "svg.hashsalt": "whisperpage",
}


def sheet(width: float, height: float) -> Figure:
    """An empty picture with round corners; its sizes are in inches."""
    figure = Figure(figsize=(width, height), facecolor="none")
    pad = 0.06
    box = FancyBboxPatch(
        (pad / width, pad / height),
        1 - 2 * pad / width,
        1 - 2 * pad / height,
        transform=figure.transFigure,
        boxstyle=f"round,pad=0,rounding_size={0.14 / width}",
        mutation_aspect=width / height,
        facecolor=PAPER,
        edgecolor=EDGE,
        linewidth=0.8,
        zorder=-10,
    )
    figure.add_artist(box)
    return figure


def save(name: str, figure: Figure) -> None:
    """Write it as docs/pictures/NAME.svg, without a date, and with no more digits than can be seen."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    write(name, re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.5g}", text.getvalue()))


def save_pixels(name: str, figure: Figure) -> None:
    """Write it as docs/pictures/NAME.png, in few colours, because it would be too large as SVG."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=125)
    path = FOLDER / f"{name}.png"
    Image.open(drawn).convert("RGB").quantize(96).save(path, optimize=True)
    _tell(path)


def write(name: str, svg: str) -> None:
    """Write docs/pictures/NAME.svg."""
    path = FOLDER / f"{name}.svg"
    path.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.M), encoding="utf-8")
    _tell(path)


def _tell(path: Path) -> None:
    print(f"{path.relative_to(TOP)}: {path.stat().st_size // 1000} kB")

"""The shell blocks of README.md and docs/, and what is to be done with each.

A block is run by a test unless a comment says why not, on the line before it, or right below a heading for
all of that section: `<!-- not run: it needs Docker -->`. `$ ` begins a command whose output is shown. A block
below a line that has nothing but a path is that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (TOP / "docs").glob("*.md"))]
_PART = re.compile(
    r"^(?P<heading>#+) [^\n]*(?:\n\n<!-- not run: (?P<all>[^\n]+) -->)?$"
    r"|(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"(?:^`(?P<path>/[^`\n]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A block of a page. `reason` is why it is not run, or empty; `path` the file that it is, if any."""

    page: str
    line: int
    text: str
    reason: str
    path: str = ""

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"

    @property
    def script(self) -> str:
        """What a shell is given."""
        if not self.text.startswith("$ "):
            return self.text
        commands = re.findall(r"^\$ ((?:.*\\\n)*.*)", self.text, re.M)
        return "".join(f"{command}\n" for command in commands)


def blocks(page: str) -> Iterator[Block]:
    """Every shell block of a page, and every file that it has a reader write."""
    text = (TOP / page).read_text(encoding="utf-8")
    section, depth = "", 0
    for found in _PART.finditer(text):
        if found["heading"]:
            if not section or len(found["heading"]) <= depth:
                section, depth = found["all"] or "", len(found["heading"])
        elif found["kind"] in ("sh", "bash") or found["path"]:
            line = text.count("\n", 0, found.start("text"))
            yield Block(page, line, found["text"], found["reason"] or section, found["path"] or "")

"""The shell blocks of README.md and docs/, and how the tests use each.

A test runs a block unless a comment says why not: `<!-- not run: it needs Docker -->`. The comment is on the
line before the block, or right below a heading, where it holds for the whole section. `$ ` begins a command
whose output is shown. A block after a line that is only a path has the text of that file.
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
    """A block of a page. `reason` says why it is not run, or is empty; `path` is its file, or empty."""

    page: str
    line: int
    text: str
    reason: str
    path: str = ""

    @property
    def name(self) -> str:
        """Its page and line."""
        return f"{self.page}:{self.line}"

    @property
    def script(self) -> str:
        """The text for a shell, without prompts and output."""
        if not self.text.startswith("$ "):
            return self.text
        commands = re.findall(r"^\$ ((?:.*\\\n)*.*)", self.text, re.M)
        return "".join(f"{command}\n" for command in commands)


def blocks(page: str) -> Iterator[Block]:
    """Every shell block of a page, and every file that a reader must write."""
    text = (TOP / page).read_text(encoding="utf-8")
    section, depth = "", 0
    for found in _PART.finditer(text):
        if found["heading"]:
            if not section or len(found["heading"]) <= depth:
                section, depth = found["all"] or "", len(found["heading"])
        elif found["kind"] in ("sh", "bash") or found["path"]:
            line = text.count("\n", 0, found.start("text"))
            yield Block(page, line, found["text"], found["reason"] or section, found["path"] or "")

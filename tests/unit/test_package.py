"""The distribution contains every package, and nothing of the tests."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_shipped_code_reaches_into_no_tests() -> None:
    reaching = re.compile(r"""^\s*(?:from|import)\s+tests\b|["']tests["'/]""", re.MULTILINE)
    files = (ROOT / "controller").rglob("*.py")
    assert [file.name for file in files if reaching.search(file.read_text(encoding="utf-8"))] == []


def test_every_package_is_installed() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    inside = {file.parent.relative_to(ROOT) for file in (ROOT / "controller").rglob("__init__.py")}
    assert {".".join(folder.parts) for folder in inside} <= set(setup["options"]["packages"].split())

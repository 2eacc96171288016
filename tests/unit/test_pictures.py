"""The pictures of the documents: small, shown somewhere, and told to those who do not see them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

TOP = Path(__file__).parents[2]
FILES = sorted((TOP / "docs/pictures").iterdir())
PAGES = [TOP / "README.md", *(TOP / "docs").glob("*.md")]
SHOWN = {
    (page.parent / target).resolve(): alt
    for page in PAGES
    for alt, target in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("picture", FILES, ids=lambda path: path.name)
def test_each_picture_is_small_and_needs_nothing_from_the_network(picture: Path) -> None:
    assert picture.stat().st_size < 100_000
    if picture.suffix == ".png":
        return
    text = picture.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert not re.search(r"""(?:href|src)=["']?https?:|@import|url\(["']?https?:""", text)


def test_each_picture_is_shown_and_has_words_for_who_does_not_see_it() -> None:
    assert set(SHOWN) == {path.resolve() for path in FILES}
    assert all(len(alt.split()) > 12 for alt in SHOWN.values())


def test_each_picture_is_drawn_by_the_one_command() -> None:
    program = (TOP / "pictures/__main__.py").read_text(encoding="utf-8")
    [table] = re.findall(r"^PICTURES.*?^}", program, re.M | re.S)
    assert set(re.findall(r'^    "([\w-]+)":', table, re.M)) == {path.stem for path in FILES}


def test_the_first_picture_of_the_readme_is_above_the_fold() -> None:
    lines = (TOP / "README.md").read_text(encoding="utf-8").splitlines()
    assert next(at for at, line in enumerate(lines) if line.startswith("![")) < 12

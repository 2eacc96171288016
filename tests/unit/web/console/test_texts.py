"""The texts of the console: each language has the same ones, and every name that is used is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from controller.domain.console import Access, Role
from controller.domain.policy import Accept, WhenNotAccepted
from controller.domain.record import Ending, Treatment
from controller.domain.refusal import Reason
from controller.phones.values import PhoneKind
from controller.web.console import told
from controller.web.console.texts import LANGUAGES

FOLDER = Path(told.__file__).parent
TEXTS = {
    language: json.loads((FOLDER / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_language_has_the_same_texts_with_the_same_places(language: str) -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", text))

    assert TEXTS[language].keys() == TEXTS["en"].keys()
    for name, text in TEXTS["en"].items():
        assert places(text) == places(TEXTS[language][name]), name


def used() -> set[str]:
    """The names of texts as the templates, the script and the views write them."""
    found: set[str] = set()
    for path in FOLDER.rglob("*.html"):
        found |= set(re.findall(r"\bt\('([\w.]+)'\)", path.read_text(encoding="utf-8")))
    for path in (FOLDER / "static").glob("*.js"):
        script = path.read_text(encoding="utf-8")
        found |= {f"js.{name}" for name in re.findall(r'fill\("([\w.]+)"', script)}
    for path in (FOLDER / "admin").glob("*.py"):
        found |= set(re.findall(r'"([cfh]\.\w+)"', path.read_text(encoding="utf-8")))
    return found


def test_every_text_that_is_used_is_there() -> None:
    assert used() - TEXTS["en"].keys() == set()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("js.reason", {told.reason(reason) for reason in Reason}),
        ("js.ending", {*Ending, "refused"}),
        ("js.state", {"free", "ringing", "calling", "on_call", "paged", "muted", "off", "unknown"}),
        ("value", {*Treatment, *Accept, *WhenNotAccepted, *PhoneKind}),
        ("role", set(Role)),
        ("access", {each.name.lower() for each in Access}),
    ],
)
def test_every_value_has_a_text(prefix: str, values: set[str]) -> None:
    assert {f"{prefix}.{value}" for value in values} - TEXTS["en"].keys() == set()

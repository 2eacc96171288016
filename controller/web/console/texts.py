"""What the console says, in the browser's language: one JSON file for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from flask import request

_FOLDER = Path(__file__).with_name("texts")
#: The languages that there are; the first one is for everybody else.
LANGUAGES = ("en", "de", "es")
#: The texts with this beginning are for the script.
SCRIPT = "js."


class Texts:
    """The catalogue, read once."""

    def __init__(self) -> None:
        self._known = {
            language: json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
            for language in LANGUAGES
        }

    def language(self) -> str:
        """The best language for the current request."""
        return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

    def of(self, language: str) -> Mapping[str, str]:
        """All texts in a language, by their names."""
        found: Mapping[str, str] = self._known[language]
        return found

    def for_script(self, language: str, part: str = "") -> dict[str, str]:
        """The texts that the script shows, by their names without SCRIPT; all, or those of one part."""
        return {
            name.removeprefix(SCRIPT): text
            for name, text in self.of(language).items()
            if name.startswith(SCRIPT + part)
        }

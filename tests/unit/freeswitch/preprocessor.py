"""FreeSWITCH's preprocessor (`preprocess`, switch_xml.c), as far as this project uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

DIRECTIVE = re.compile(r'<X-PRE-PROCESS cmd="([a-z-]+)" data="([^"]*)"/>')
_VARIABLE = re.compile(r"\$\$\{([^}]*)\}")


def whole(path: Path, environment: Mapping[str, str], variables: dict[str, str]) -> str:
    """The document that begins with `path`; `variables` are those of the switch, and get all others."""
    return "".join(_lines(path, environment, variables))


def _lines(path: Path, environment: Mapping[str, str], variables: dict[str, str]) -> Iterator[str]:
    for line in path.read_text().splitlines(keepends=True):
        expanded = _VARIABLE.sub(lambda found: variables.get(found[1], ""), line)
        if "<include>" in line or "</include>" in line or "<?" in line:
            continue
        if "x-pre-process" not in expanded.lower():
            yield expanded
            continue
        directive = DIRECTIVE.search(expanded)
        assert directive, f"{path}: {line}"
        command, data = directive.groups()
        name, _, value = data.partition("=")
        match command:
            case "set":
                variables[name.strip()] = value.strip()
            case "env-set":
                if (given := environment.get(value.removeprefix("$"))) is not None:
                    variables[name] = given
            case "include":
                folder, _, pattern = data.rpartition("/")
                for included in sorted((path.parent / folder).glob(pattern)):
                    yield from _lines(included, environment, variables)
            case _:
                raise AssertionError(
                    f"{path}: {command} is not used here: it runs programs or asks the network"
                )

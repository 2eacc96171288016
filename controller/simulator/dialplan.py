"""The XML dialplan: preprocessed like FreeSWITCH does, and searched like mod_dialplan_xml does.

Preprocessing works by lines (preprocess, switch_xml.c): an `<X-PRE-PROCESS cmd="set" .../>` needs a line of
its own, any other text on that line is lost, and `$${name}` is replaced from there on. Search (parse_exten,
mod_dialplan_xml.c): the default of a condition's `break` is `on-false`; `$1` and so on are replaced by the
groups of the condition's own expression; the `${}` of an action is expanded when the action runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

#: The context of calls from outside, in this office.
PUBLIC = "outside"
_SET = re.compile(r'<X-PRE-PROCESS\s+cmd="set"\s+data="([^=]+)=(.*)"\s*/>')
_GLOBAL = re.compile(r"\$\$\{([^}]*)\}")
_GROUP = re.compile(r"\$(\d)|\$\{(\d)\}")


@dataclass(frozen=True)
class Action:
    """One application to run, with its `${}` not yet expanded."""

    application: str
    data: str


@dataclass(frozen=True)
class Condition:
    """A test and the actions for both results. `field` is empty for a condition that is always true."""

    field: str
    expression: str
    stop: str
    actions: tuple[Action, ...]
    otherwise: tuple[Action, ...]


@dataclass(frozen=True)
class Extension:
    """An extension with its conditions."""

    name: str
    proceed: bool
    conditions: tuple[Condition, ...]


class Dialplan:
    """The contexts of a switch."""

    def __init__(self, contexts: Mapping[str, Sequence[Extension]]) -> None:
        self._contexts = {name: tuple(extensions) for name, extensions in contexts.items()}

    @property
    def contexts(self) -> Mapping[str, tuple[Extension, ...]]:
        """The extensions of each context, in order."""
        return self._contexts

    def applications(self) -> frozenset[str]:
        """Every application that any extension may run."""
        return frozenset(
            action.application
            for extensions in self._contexts.values()
            for extension in extensions
            for condition in extension.conditions
            for action in (*condition.actions, *condition.otherwise)
        )

    def hunt(self, context: str, read: Callable[[str], str]) -> tuple[Action, ...]:
        """The actions of a call in this context; `read` returns the value of a condition's field."""
        found: list[Action] = []
        for extension in self._contexts.get(context, ()):
            actions = _try(extension, read)
            if actions is not None:
                found += actions
                if not extension.proceed:
                    break
        return tuple(found)


def load(folder: Path, others: str = "", variables: Mapping[str, str] | None = None) -> Dialplan:
    """Read a folder like FreeSWITCH's conf/dialplan: the files of `default/` belong to the context `default`.

    Those of `public/` belong to the context for calls from outside, PUBLIC.

    `others` is XML with further contexts, and further extensions of `default`. `variables` are the values of
    `$${}` that are set before. A context that occurs twice is one context.
    """
    names = dict(variables or {})
    contexts: dict[str, list[Extension]] = {}
    for path in sorted(folder.glob("*.xml")):
        _collect(preprocess(path.read_text(encoding="utf-8"), names), contexts)
    for context, name in (("default", "default"), ("public", PUBLIC)):
        for path in sorted((folder / context).glob("*.xml")):
            inside = preprocess(path.read_text(encoding="utf-8"), names)
            _collect(f'<include><context name="{name}">{inside}</context></include>', contexts)
    if others:
        _collect(preprocess(others, names), contexts)
    return Dialplan(contexts)


def preprocess(text: str, variables: dict[str, str]) -> str:
    """Remove the X-PRE-PROCESS lines, add their settings to `variables`, and replace `$${}`."""
    lines: list[str] = []
    for line in text.split("\n"):
        if "<X-PRE-PROCESS" in line:
            if setting := _SET.search(line):
                value = _GLOBAL.sub(lambda found: variables.get(found[1], ""), setting[2])
                variables[setting[1]] = value
            continue
        lines.append(_GLOBAL.sub(lambda found: variables.get(found[1], ""), line))
    return "\n".join(lines)


def _collect(xml: str, contexts: dict[str, list[Extension]]) -> None:
    for name, extensions in _contexts(xml):
        contexts.setdefault(name, []).extend(extensions)


@lru_cache(maxsize=64)  # a `reloadxml` reads all files, of which few have changed
def _contexts(xml: str) -> tuple[tuple[str, tuple[Extension, ...]], ...]:
    return tuple(
        (context.get("name", ""), tuple(_extension(element) for element in context.iter("extension")))
        for context in ElementTree.fromstring(xml).iter("context")
    )


def _extension(element: ElementTree.Element) -> Extension:
    conditions = tuple(
        Condition(
            condition.get("field", ""),
            condition.get("expression", ""),
            condition.get("break", "on-false"),
            tuple(_action(each) for each in condition.iter("action")),
            tuple(_action(each) for each in condition.iter("anti-action")),
        )
        for condition in element.iter("condition")
    )
    return Extension(element.get("name", ""), element.get("continue") == "true", conditions)


def _action(element: ElementTree.Element) -> Action:
    return Action(element.get("application", ""), element.get("data", ""))


def _try(extension: Extension, read: Callable[[str], str]) -> list[Action] | None:
    """The actions of an extension; None if it does not match the call."""
    found: list[Action] = []
    for condition in extension.conditions:
        match = (
            re.search(condition.expression, read(condition.field)) if condition.field else re.match("", "")
        )
        for action in condition.actions if match else condition.otherwise:
            found.append(Action(action.application, _filled(action.data, match)))
        if condition.stop == "always" or condition.stop == ("on-true" if match else "on-false"):
            return found if match or condition.otherwise else None
    return found if extension.conditions else None


def _filled(data: str, match: re.Match[str] | None) -> str:
    """The text with `$1` replaced by a group of the match (switch_perform_substitution, switch_regex.c)."""
    if match is None:
        return data
    groups = (match[0], *match.groups(""))
    return _GROUP.sub(lambda found: _nth(groups, int(found[1] or found[2])), data)


def _nth(groups: Sequence[str], index: int) -> str:
    return groups[index] if index < len(groups) else ""

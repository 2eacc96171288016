"""The mutants: the dialplan, or the commands of a topology, with one thing removed or reversed.

Each mutant is applied only to the process in which it is tried: the dialplan is a copy in a temporary folder,
and a function of `controller.switch` gets other code.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import ModuleType

from controller import resources
from controller.domain.names import UserName
from controller.switch import bypass, caller, displays, group, keys, message, pagelegs, reverse, whisper, wide

DIALPLANS = ("whisperpage.xml", "default/whisperpage.xml", "public/whisperpage.xml")
MODULES: tuple[ModuleType, ...] = (whisper, wide, bypass, caller, keys, displays, message, reverse, group)
#: A command that changes nothing, in place of a single command that is removed, by the type that is returned.
_NOTHING = '__import__("controller.eventsocket.api", fromlist=["api"]).call("status")'
_SINGLE = {"ApiCall": _NOTHING, "Order": _NOTHING, "Step": f'Step("nothing", {_NOTHING})'}


@dataclass(frozen=True)
class Mutant:
    """One change. `apply` gets an empty folder.

    `reached` is the extension or the function that a case must reach to detect it; empty for any case.
    """

    name: str
    reached: str
    apply: Callable[[Path], None]


def mutants() -> Iterator[Mutant]:
    """All mutants: those of the dialplan in the order of its lines, then those of the commands."""
    every = chain(
        *(_of_dialplan(file) for file in DIALPLANS), *(_of_module(module) for module in MODULES), _of_mark()
    )
    seen: Counter[str] = Counter()
    for mutant in every:
        seen[mutant.name] += 1
        again = seen[mutant.name]
        yield replace(mutant, name=f"{mutant.name} ({again})") if again > 1 else mutant


def together(several: Sequence[Mutant]) -> Mutant:
    """Several mutants at once; of one function, only the last change."""

    def apply(folder: Path) -> None:
        for each in several:
            each.apply(folder)

    return Mutant("all of these: " + "; ".join(each.name for each in several), "", apply)


# -- the dialplan ------------------------------------------------------------------------------------------


def _of_dialplan(file: str) -> Iterator[Mutant]:
    lines = (resources.dialplan() / file).read_text(encoding="utf-8").splitlines(keepends=True)
    extension = "settings"
    for at, line in enumerate(lines):
        words = line.strip()
        if found := re.match(r'<extension name="(\w+)"', words):
            extension = found[1]
        place = f"{file}, {extension}"
        if words.startswith(("<action", "<anti-action", "<X-PRE-PROCESS")):
            reached = "" if words.startswith("<X-") else extension
            yield Mutant(f"{place}: without {words}", reached, _Lines(file, at, "\n"))
        elif words.startswith("<condition"):
            kept = re.search(r' break="[a-z-]+"', line)
            end = (kept[0] if kept else "") + ("/>" if words.endswith("/>") else ">") + "\n"
            yield Mutant(f"{place}: always {words}", "", _Lines(file, at, f"<condition{end}"))
            never = f'<condition field="destination_number" expression="(?!)"{end}'
            yield Mutant(f"{place}: never {words}", extension, _Lines(file, at, never))


@dataclass(frozen=True)
class _Lines:
    """A dialplan with one line replaced."""

    file: str
    at: int
    line: str

    def __call__(self, folder: Path) -> None:
        if resources.dialplan() != folder:
            shutil.copytree(resources.dialplan(), folder, dirs_exist_ok=True)
        path = folder / self.file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[self.at] = self.line
        path.write_text("".join(lines), encoding="utf-8")
        resources.dialplan = lambda: folder


# -- the commands ------------------------------------------------------------------------------------------


def _of_module(module: ModuleType) -> Iterator[Mutant]:
    assert module.__file__
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for number, what in enumerate(_changes(deepcopy(function))):
                name = f"{module.__name__.rpartition('.')[2]}.{function.name}"
                yield Mutant(f"{name}: without {what}", name, _Code(module, function.name, number))


@dataclass(frozen=True)
class _Code:
    """A function with one of its changes made."""

    module: ModuleType
    function: str
    number: int

    def __call__(self, folder: Path) -> None:
        assert self.module.__file__
        tree = ast.parse(Path(self.module.__file__).read_text(encoding="utf-8"))
        [function] = (
            each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == self.function
        )
        for number, _ in enumerate(_changes(function)):
            if number == self.number:
                break
        alone = ast.fix_missing_locations(ast.Module([function], []))
        flags = annotations.compiler_flag
        scope: dict[str, Callable[..., object]] = {}
        exec(compile(alone, self.module.__file__, "exec", flags=flags), self.module.__dict__, scope)
        getattr(self.module, self.function).__code__ = scope[self.function].__code__


def _changes(function: ast.FunctionDef) -> Iterator[str]:
    """Each removable part as source; it is removed while it is yielded, and then put back."""
    for node in list(chain.from_iterable(map(ast.walk, function.body))):
        if isinstance(node, ast.Return) and node.value is not None:
            nothing = _SINGLE.get(getattr(function.returns, "id", ""))
            if nothing and isinstance(node.value, ast.Call):
                whole, node.value = node.value, ast.parse(nothing, mode="eval").body
                yield ast.unparse(whole)
                node.value = whole
            for made in ast.walk(node.value):
                if isinstance(made, ast.Tuple):
                    yield from _elements(made)
        elif isinstance(node, ast.Dict):
            yield from _entries(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            left, right, none = node.left, node.right, ast.Dict([], [])
            if not isinstance(left, ast.BinOp):
                node.left = none
                yield ast.unparse(left)
                node.left = left
            node.right = none
            yield ast.unparse(right)
            node.right = right
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step":
            for keyword in list(node.keywords):
                node.keywords.remove(keyword)
                yield f"{ast.unparse(keyword)} of {ast.unparse(node.args[0])}"
                node.keywords.append(keyword)


def _elements(made: ast.Tuple) -> Iterator[str]:
    for at, element in enumerate(list(made.elts)):
        if isinstance(element, ast.Call | ast.Starred):
            del made.elts[at]
            yield ast.unparse(element).partition("\n")[0]
            made.elts.insert(at, element)


def _entries(made: ast.Dict) -> Iterator[str]:
    for at, (key, value) in enumerate(list(zip(made.keys, made.values, strict=True))):
        if key is not None:
            del made.keys[at], made.values[at]
            yield f"{ast.unparse(key)}: {ast.unparse(value)}"
            made.keys.insert(at, key)
            made.values.insert(at, value)


# -- the mark on the channels of a page --------------------------------------------------------------------


def _of_mark() -> Iterator[Mutant]:
    mark = pagelegs.PageMark("1", UserName("2", "a"), UserName("3", "a"), "4", "5", "6", "7", window="8")
    for name in mark.variables():
        yield Mutant(f"pagelegs.PageMark.variables: without {name}", "", _Mark(name))


@dataclass(frozen=True)
class _Mark:
    """A mark without one of its variables."""

    variable: str

    def __call__(self, folder: Path) -> None:
        whole = pagelegs.PageMark.variables

        def variables(mark: pagelegs.PageMark) -> dict[str, str]:
            return {name: value for name, value in whole(mark).items() if name != self.variable}

        pagelegs.PageMark.variables = variables  # type: ignore[method-assign]

"""The API calls and events that the controller needs, read from its own source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from controller.app import Controller
from controller.config import Settings
from controller.doctor import standins

CONTROLLER = Path(__file__).parents[3] / "controller"
API = CONTROLLER / "eventsocket" / "api.py"
#: The builders that get the name of the call from their caller.
GENERIC = ("call", "ApiCall")


def api_calls() -> set[str]:
    """The names of the API calls that the controller makes, without those of the simulated switch."""
    names = _names_of_builders()
    needed = {"bgapi"}
    for path in sorted(CONTROLLER.rglob("*.py")):
        # `whisperpage fusionpbx` uses the login without restrictions
        if path not in (API, CONTROLLER / "cli" / "fusionpbx.py") and "simulator" not in path.parts:
            for builder, call in _uses(ast.parse(path.read_text())):
                needed |= {_name(call)} if builder in GENERIC else names[builder]
    return needed


def events() -> list[str]:
    """The subscriptions of the controller and the doctor, as sent: events, CUSTOM, and its subclasses."""
    line = Controller(Settings()).stations[0].link._subscription.line
    return [*line.removeprefix("event json ").split(" "), standins.SUBCLASS]


def _names_of_builders() -> dict[str, set[str]]:
    """The names that each function of api.py writes at the beginning of an ApiCall."""
    functions = [each for each in ast.parse(API.read_text()).body if isinstance(each, ast.FunctionDef)]
    return {
        function.name: {
            _name(call)
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in GENERIC
        }
        for function in functions
        if function.name not in GENERIC
    }


def _uses(module: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """The builders that a module calls as `api.NAME(...)`, or after importing them by name."""
    imported = {
        alias.asname or alias.name: alias.name
        for statement in ast.walk(module)
        if isinstance(statement, ast.ImportFrom) and statement.module == "controller.eventsocket.api"
        for alias in statement.names
        if alias.name not in ("Application", "Extension")
    }
    by_module = any(
        isinstance(statement, ast.ImportFrom)
        and statement.module == "controller.eventsocket"
        and "api" in (alias.name for alias in statement.names)
        for statement in ast.walk(module)
    )
    for call in ast.walk(module):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name("api"), attr=builder)) if (
                by_module and builder not in ("Application", "Extension")
            ):
                yield builder, call
            case ast.Call(func=ast.Name(local)) if local in imported:
                yield imported[local], call


def _name(call: ast.Call) -> str:
    """The first word of the first argument, which must be a literal."""
    first = call.args[0]
    if isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute):
        first = first.func.value  # f"...".rstrip(" ")
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    assert isinstance(first, ast.Constant), f"cannot tell which API call this is: {ast.unparse(call)}"
    return str(first.value).split(" ")[0]

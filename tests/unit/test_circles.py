"""At run time no part of a controller has a reference to a part that refers to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import FunctionType, MethodType

import pytest

from controller.app import Controller
from controller.config import Settings
from controller.eventsocket.link import Link
from controller.paging.events import Bus
from controller.supervision import Lasting

#: The attributes with callbacks, which are not counted: the subscribers of events, and the work that an owner
#: gives to its own greenlet.
TELLS: dict[type, frozenset[str]] = {
    Bus: frozenset({"_subscribers"}),
    Link: frozenset({"_handlers", "_ups", "_downs"}),
    Lasting: frozenset({"_work", "_died"}),
}


def held(value: object) -> Iterator[object]:
    """The controller's objects that a value is, or holds in a container, a function or a method."""
    if isinstance(value, MethodType):
        yield from held(value.__self__)
    elif isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from held(cell.cell_contents)
    elif isinstance(value, partial):
        for each in (value.func, *value.args, *value.keywords.values()):
            yield from held(each)
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from held(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from held(each)
    elif not isinstance(value, type) and type(value).__module__.startswith("controller."):
        yield value


def parts(whole: object) -> dict[int, tuple[object, set[int]]]:
    """Every part that can be reached from an object, by its id, with the ids of the parts that it holds."""
    found: dict[int, tuple[object, set[int]]] = {}
    left = [whole]
    while left:
        part = left.pop()
        if id(part) in found:
            continue
        told = frozenset[str]().union(*(names for kind, names in TELLS.items() if isinstance(part, kind)))
        values = [value for name, value in getattr(part, "__dict__", {}).items() if name not in told]
        below = [each for value in values for each in held(value)]
        found[id(part)] = part, {id(each) for each in below}
        left += below
    return found


def circle(whole: object) -> list[str]:
    """The classes of the parts in a circle of references; empty if there is no circle."""
    found = parts(whole)
    try:
        TopologicalSorter({part: below for part, (_, below) in found.items()}).prepare()
    except CycleError as error:
        return [type(found[each][0]).__name__ for each in error.args[1]]
    return []


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/test.db", switch_url="esl://:x@127.0.0.1:1")
    controller = Controller(settings)
    yield controller
    controller.stop(1)


def test_no_parts_of_a_controller_refer_to_each_other_in_a_circle(controller: Controller) -> None:
    assert circle(controller) == []
    assert len(parts(controller)) > 20


#: The modules whose functions `paging` may be given. Its own parts inform each other by events.
ASKED = ("controller.store.", "controller.clock")


def called_back(whole: object) -> Iterator[str]:
    """The functions that one part of `paging` was given by another, for example `Lamps.told`."""
    for part, _ in parts(whole).values():
        if type(part).__module__.startswith("controller.paging.") and not isinstance(part, Bus):
            for name, value in vars(part).items():
                function = isinstance(value, MethodType | FunctionType | partial)
                if function and not all(type(each).__module__.startswith(ASKED) for each in held(value)):
                    yield f"{type(part).__name__}.{name}"


def test_no_part_of_paging_is_given_a_function_of_another(controller: Controller) -> None:
    assert list(called_back(controller)) == []


def test_a_function_of_another_part_is_found(controller: Controller) -> None:
    station = controller.stations[0]
    station.lamps.told = lambda: station.takeover.run()  # type: ignore[attr-defined]
    assert list(called_back(station)) == ["Lamps.told"]


def test_a_circle_is_found(controller: Controller) -> None:
    controller.stations[0].live.made_by = controller.stations[0].takeover.run  # type: ignore[attr-defined]
    assert {"LivePages", "Takeover"} <= set(circle(controller))

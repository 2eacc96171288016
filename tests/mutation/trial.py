"""One run of the contract's cases on the simulator, in a process of its own: as it is, or with one mutant."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gevent
import pytest
import structlog

from controller.simulator import dialplan
from controller.simulator.stage import open_to_all
from controller.store.session import Store
from tests.contract import office
from tests.mutation.mutants import MODULES, Mutant

_CASES = ("pages", "keys", "intercom", "off", "click", "displays")
_ATTACKS = ("made_to_page", "presence")
FILES = (
    *(f"tests/contract/test_{name}.py" for name in _CASES),
    *(f"tests/contract/attacks/test_{name}.py" for name in _ATTACKS),
)
#: A case may take so many times as long as it does without a mutant, and so many seconds more.
TIMES, MORE = 2.0, 1.5
#: Seconds after which a case with its setup and teardown, or the end of its process, is not waited for.
STUCK = 25
#: Cases that take longer, in seconds, wait for the second look where ENOUGH others reach what is mutated.
SLOW, ENOUGH = 1.5, 8


@dataclass(frozen=True)
class Case:
    """A case as it is without a mutant: its seconds, and the extensions and functions that it reaches."""

    name: str
    seconds: float
    reaches: frozenset[str]


@dataclass
class Watcher:
    """Runs the wanted cases in their order, and writes down what becomes of them."""

    wanted: dict[str, Case] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    reaches: dict[str, set[str]] = field(default_factory=dict)
    failed: str = ""
    why: str = ""
    now: set[str] = field(default_factory=set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if (wanted := self.wanted) is not None:
            items[:] = [item for item in items if item.nodeid in wanted]
            order = list(wanted)
            items.sort(key=lambda item: order.index(item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.now = self.reaches.setdefault(item.nodeid, set())
        if self.wanted is not None:
            signal.alarm(STUCK)  # whoever calls itself for ever lets no other go on, nor a timeout
        return (yield)  # type: ignore[return-value]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        limit = None if self.wanted is None else self.wanted[item.nodeid].seconds * TIMES + MORE
        with gevent.Timeout(limit, AssertionError(f"took longer than {limit} s")):
            return (yield)  # type: ignore[return-value]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self.failed, self.why = report.nodeid, (lines or [""])[0].removeprefix("E").strip()[:150]

    def reach(self) -> None:
        """Have the simulator and the sequences say what a case reaches."""
        whole = dialplan._try

        def tried(extension: dialplan.Extension, read: Callable[[str], str]) -> list[dialplan.Action] | None:
            found = whole(extension, read)
            if found is not None:
                self.now.add(extension.name)
            return found

        dialplan._try = tried
        for module in MODULES:
            for name, each in list(vars(module).items()):
                if getattr(each, "__module__", "") == module.__name__ and hasattr(each, "__code__"):
                    said = f"{module.__name__.rpartition('.')[2]}.{name}"
                    setattr(module, name, self._noted(said, each))

    def _noted(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        @wraps(function)
        def noted(*args: object, **keywords: object) -> object:
            self.now.add(name)
            return function(*args, **keywords)

        return noted


def baseline() -> list[Case]:
    """Every case as it is without a mutant. Raises SystemExit if one fails."""

    def run(folder: Path) -> dict[str, Any]:
        watcher = Watcher()
        watcher.reach()
        _pytest(watcher, folder)
        reached = {name: sorted(found) for name, found in watcher.reaches.items()}
        return {"failed": watcher.failed, "seconds": watcher.seconds, "reaches": reached}

    told = _apart(run)
    if told is None or told["failed"]:
        sys.exit(f"a case fails without a mutant: {told and told['failed']}")
    reaches, seconds = told["reaches"], told["seconds"]
    cases = [Case(name, seconds[name], frozenset(reaches[name])) for name in seconds]
    return sorted(cases, key=lambda case: case.seconds)


def killer(mutant: Mutant, cases: list[Case], *, every: bool) -> tuple[str, str]:
    """The case that fails with a mutant, and why; empty if none does. The cases are run in this order."""
    reaching = [case for case in cases if not mutant.reached or mutant.reached in case.reaches]
    quick = [case for case in reaching if case.seconds <= SLOW]
    wanted = {case.name: case for case in (quick if len(quick) >= ENOUGH and not every else reaching)}
    if not wanted:
        return "", "no case reaches it"

    def run(folder: Path) -> dict[str, Any]:
        mutant.apply(folder)
        watcher = Watcher(wanted)
        status = _pytest(watcher, folder)
        return {"failed": watcher.failed or ("" if status == 0 else "none can run"), "why": watcher.why}

    told = _apart(run)
    return (told["failed"], told["why"]) if told else ("one", "without an end")


def _pytest(watcher: Watcher, folder: Path) -> int:
    options = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", f"--basetemp={folder.parent / 'cases'}")
    return int(pytest.main([*options, *FILES], plugins=[watcher]))


def _make_haste(template: Path) -> None:
    """Nothing is logged, and a case's database is copied from one that is made once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    store = Store(f"sqlite:///{template}")
    open_to_all(store)
    store.close()

    def copied(store: Store) -> None:
        file = Path(str(store.engine.url.database))
        if not file.exists():
            shutil.copy(template, file)

    office.open_to_all = copied


def _apart(run: Callable[[Path], dict[str, Any]]) -> dict[str, Any] | None:
    """What it gives in a process of its own; None if that comes to no end of its own."""
    with TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        (folder / "dialplan").mkdir()
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            out = os.open(folder / "out", os.O_WRONLY | os.O_CREAT)
            os.dup2(out, 1)
            os.dup2(out, 2)
            _make_haste(folder / "template.db")
            told = run(folder / "dialplan")
            (folder / "told").write_text(json.dumps(told))
            os._exit(0)
        os.waitpid(pid, 0)
        told_by = folder / "told"
        return json.loads(told_by.read_text()) if told_by.exists() else None

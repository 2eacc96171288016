"""Runs the contract's cases on the simulator, without changes or with a mutant.

pytest collects the cases once. Each run is then a fork of that process, to which the mutant is applied. So a
run takes no longer than its cases.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory

import gevent
import pytest
import structlog

from controller.simulator import dialplan
from controller.switch.topologies import TOPOLOGIES
from tests.databases import open_to_all
from tests.mutation.mutants import MODULES, Mutant

_CASES = (
    "pages", "keys", "intercom", "off", "click", "displays", "hd", "switches", "replies", "call_back",
    "call_back_switches", "messages", "message_code", "reverse", "groups",
)  # fmt: skip
_ATTACKS = ("made_to_page", "presence")
FILES = (
    *(f"tests/contract/test_{name}.py" for name in _CASES),
    *(f"tests/contract/attacks/test_{name}.py" for name in _ATTACKS),
)
#: With a mutant, a case may take TIMES as long as without one, and MORE seconds in addition.
TIMES, MORE = 3.0, 3.0
#: Seconds for its setup and teardown in addition, after which its process counts as stuck.
STUCK = 25
#: Cases that take longer than SLOW seconds are left for the second run if ENOUGH others reach the mutated
#: part.
SLOW, ENOUGH = 1.5, 8


@dataclass(frozen=True)
class Case:
    """A case without a mutant: its seconds, and the extensions and functions that it reaches."""

    name: str
    seconds: float
    reaches: frozenset[str]


@dataclass(frozen=True)
class Run:
    """The result of some cases: the first failure with its reason; the time of each, and what it reached."""

    failed: str = ""
    why: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    reaches: dict[str, list[str]] = field(default_factory=dict)


class Trials:
    """A plugin of pytest whose `work` may run the cases any number of times."""

    def __init__(self, work: Callable[[Trials], None]) -> None:
        self._work = work
        self._items: dict[str, pytest.Item] = {}
        self._limits: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._reaches: dict[str, set[str]] = {}
        self._now: set[str] = set()
        self._failed = self._why = ""
        self._folder = Path()

    # -- hooks of pytest -----------------------------------------------------------------------------------

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        with TemporaryDirectory(prefix="mutation-") as name:
            self._folder = Path(name)
            open_to_all(self._folder / "contract.db")  # once, for all forks
            self._work(self)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._now = self._reaches.setdefault(item.nodeid, set())
        if self._limits:
            # endless recursion lets no other greenlet run, not even a timeout
            signal.alarm(STUCK + round(self._limits[item.nodeid]))
        return (yield)  # type: ignore[return-value]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        limit = self._limits.get(item.nodeid)
        with gevent.Timeout(limit, AssertionError(f"took longer than {limit} s")):
            return (yield)  # type: ignore[return-value]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self._failed:
            lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self._failed, self._why = report.nodeid, (lines or [""])[0].removeprefix("E").strip()[:150]

    # -- methods for the work ------------------------------------------------------------------------------

    def baseline(self) -> list[Case]:
        """Every case without a mutant, the quickest first. Raises SystemExit if one fails."""
        run = self._apart(self._reach, list(self._items))
        if run.failed:
            sys.exit(f"a case fails without a mutant: {run.failed} {run.why}")
        cases = [Case(name, seconds, frozenset(run.reaches[name])) for name, seconds in run.seconds.items()]
        return sorted(cases, key=lambda case: case.seconds)

    def killer(self, mutant: Mutant, cases: list[Case], *, every: bool) -> tuple[str, str]:
        """The case that fails with a mutant, and the reason; empty if none fails. Cases run in this order."""
        reaching = [case for case in cases if not mutant.reached or mutant.reached in case.reaches]
        quick = [case for case in reaching if case.seconds <= SLOW]
        wanted = quick if len(quick) >= ENOUGH and not every else reaching
        if not wanted:
            return "", "no case reaches it"
        limits = {case.name: case.seconds * TIMES + MORE for case in wanted}
        left = list(limits)
        while left:
            run = self._apart(lambda: mutant.apply(self._folder / "dialplan"), left, limits)
            if not run.failed or self._counts(mutant, run.failed, limits):
                return run.failed, run.why
            left = left[left.index(run.failed) + 1 :]
        return "", ""

    def _counts(self, mutant: Mutant, case: str, limits: dict[str, float]) -> bool:
        """Whether a case has failed for the mutant, and not because the machine was busy at that moment.

        It passes without the mutant, and with the mutant it fails once more, in twice the time.
        """
        if self._apart(lambda: None, [case], limits).failed:
            return False
        twice = {case: 2 * limits[case]}
        return self._apart(lambda: mutant.apply(self._folder / "dialplan"), [case], twice).failed != ""

    def _apart(
        self, prepare: Callable[[], None], names: list[str], limits: dict[str, float] | None = None
    ) -> Run:
        """Run the cases with these names in a process of their own, until one fails."""
        told_by, begun = self._folder / "told", self._folder / "begun"

        def run() -> None:
            self._limits = limits or {}
            # without the log
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
            prepare()
            items = [self._items[name] for name in names]
            for item, following in zip(items, [*items[1:], None], strict=True):
                begun.write_text(item.nodeid)
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._failed:
                    break
            reaches = {name: sorted(found) for name, found in self._reaches.items()}
            told_by.write_text(json.dumps(asdict(Run(self._failed, self._why, self._seconds, reaches))))

        self._fork(run)
        if told_by.exists():
            return Run(**json.loads(told_by.read_text()))
        if not begun.exists():
            sys.exit(f"no case could be begun: {(self._folder / 'out').read_text()[-2000:]}")
        return Run(begun.read_text(), "without an end")

    def _fork(self, run: Callable[[], None]) -> None:
        """Run a function in a process of its own, which leaves only its files behind."""
        for name in ("told", "begun"):
            (self._folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._folder / "dialplan", ignore_errors=True)
        (self._folder / "dialplan").mkdir()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, 0)
                out = os.open(self._folder / "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(out, 1)
                os.dup2(out, 2)
                run()
            finally:
                traceback.print_exception(sys.exception())
                os._exit(0)
        os.waitpid(pid, 0)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # processes that a case has started and not stopped

    def _reach(self) -> None:
        """Make the simulator and the topologies note what a case reaches."""
        whole = dialplan._try

        def tried(extension: dialplan.Extension, read: Callable[[str], str]) -> list[dialplan.Action] | None:
            found = whole(extension, read)
            if found is not None:
                self._now.add(extension.name)
            return found

        dialplan._try = tried
        for module in MODULES:
            for name, each in list(vars(module).items()):
                if getattr(each, "__module__", "") == module.__name__ and hasattr(each, "__code__"):
                    said = f"{module.__name__.rpartition('.')[2]}.{name}"
                    noted = self._noted(said, each)
                    setattr(module, name, noted)
                    for topology in TOPOLOGIES:
                        for part in ("steps", "end", "take_rate"):
                            found = getattr(topology, part)
                            if found is each:
                                object.__setattr__(topology, part, noted)
                            elif isinstance(found, partial) and found.func is each:
                                object.__setattr__(topology, part, partial(noted, **found.keywords))

    def _noted(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        @wraps(function)
        def noted(*args: object, **keywords: object) -> object:
            self._now.add(name)
            return function(*args, **keywords)

        return noted


def try_out(work: Callable[[Trials], None]) -> None:
    """Collect the cases, and run the work with them."""
    options = ("-q", "-s", "-p", "no:cacheprovider", "-W", "ignore", *FILES)
    pytest.main(list(options), plugins=[Trials(work)])

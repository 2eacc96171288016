"""Page after page on two switches with two controllers, while what they consist of is killed at random.

    python -m tests.contract.soak [--pages 1000] [--seed 1] [--database postgresql]

Some are messages and reverse pages (soak_acts.py). A controller is killed, an event socket is cut, for a
moment or for some seconds, or the database drops its connections: at a random moment, or at a random command.
After each page nothing of it may be left on a switch, it was made at most once, and the history has its end,
though a dead controller is not replaced before. The switches are simulated, with their own clock; the
database is a real one. Every choice comes from the seed.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import gevent
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError

from controller.domain.record import PageRecord, Treatment
from controller.simulator.events import SwitchEvent
from controller.simulator.office import Office
from controller.simulator.phones import PhoneCall
from controller.store import pages, unended
from tests.contract.killable import Mortal
from tests.contract.killing import UNSEEN
from tests.contract.rig import is_up, permit_all
from tests.contract.soak_acts import ACTS, prepare
from tests.contract.two import TwoSwitches
from tests.databases import open_to_all
from tests.store.servers import postgresql, short_folder

FAULTS = ("nothing", "kill", "kill both", "cut alpha", "cut beta", "gap alpha", "gap beta", "database")
#: Seconds of the switches' clock in which a fault happens, and commands after one of which it does.
MOMENTS, COMMANDS = 1.5, 25
#: Seconds for everything to be over.
PATIENCE = 60.0
#: Seconds for which a switch is not reached in a gap, at least and at most.
GAP = 2.0, 20.0
#: Endings and reasons that nobody has caused here.
UNHEARD_OF = frozenset({"held", "joined", "conference", "call_changed", "several_calls", "already_paged"})


class Soak:
    """The two switches under siege. `drop` makes the database drop all connections."""

    def __init__(self, two: TwoSwitches, seed: int, drop: Callable[[], None] = lambda: None) -> None:
        self._two, self._chance, self._drop = two, Random(seed), drop
        self._offices = {"alpha": two.alpha, "beta": two.beta}
        self._running: list[Mortal] = []
        #: How many statements of the controllers are going to fail.
        self._failing = 0
        self._made: Counter[str] = Counter()
        self._calls: dict[str, PhoneCall] = {}
        #: What has happened: the faults, and what became of the pages.
        self.told: Counter[str] = Counter()
        prepare(two)
        for office in self._offices.values():
            office.switch.listen(self._seen)

    def run(self, count: int) -> None:
        """Page so often. Raises AssertionError with the page at which something was wrong."""
        for number in range(count):
            self._replace()
            for office, who in (("beta", "1002"), ("alpha", "1003")):
                self._busy(office, who)
            self._page(number)

    # -- one page ------------------------------------------------------------------------------------------

    def _page(self, number: int) -> None:
        kind, *whose = self._chance.choice(ACTS)
        act = kind(self._two, self._calls, *whose)
        fault = self._chance.choice(FAULTS)
        note = f"page {number}: {act}; {fault}"
        two, before = self._two, {record.page_id for record in self._records()}
        self._made.clear()
        disturbing = self._disturb(fault)
        act.begin(self._chance.choice(self._running).controller)
        two.settle(lambda: act.up or act.refused, f"a page or a refusal; {note}", PATIENCE)
        came_up = act.up
        two.clock.sleep(self._chance.choice((0.0, 0.1, 2.0)))
        act.end(up=came_up)
        two.settle(lambda: act.gone, f"nothing of the page to be left; {note}", PATIENCE)
        disturbing.kill()
        self._calm()
        if not any(each.alive for each in self._running):
            self._replace()
        self._check(before, came_up, fault, f"{note}; came up: {came_up}")
        self.told[f"{kind.__name__} {'came up' if came_up else 'did not come up'}"] += 1
        self.told[fault] += 1

    def _check(self, before: set[str], came_up: bool, fault: str, note: str) -> None:
        two = self._two
        alive = [each.controller for each in self._running if each.alive]
        two.settle(lambda: all(map(is_up, alive)), f"the controllers; {note}", PATIENCE)
        live = [station.live for each in alive for station in each.stations]
        two.settle(lambda: not any(each.all() for each in live), f"nothing to be followed; {note}", PATIENCE)
        for each in alive:
            each.history.drain(PATIENCE)
        two.settle(lambda: not self._open(), f"the history; {note}", UNSEEN)
        for call in self._calls.values():
            assert call.up, note
            two.settle(lambda leg=call.leg: not leg.bugs, f"nobody to listen; {note}")  # type: ignore[misc]
            two.settle(lambda call=call: _keyless(call), f"no keys to be left; {note}")  # type: ignore[misc]
        new = [each for each in self._records() if each.page_id not in before]
        asked = [each for each in new if each.pager]
        assert len(asked) <= 1, (note, new)
        assert all(count == 1 for count in self._made.values()), (note, self._made)
        assert len(self._made) <= 1, (note, self._made)
        if came_up:
            assert [each.treatment is not Treatment.REFUSED for each in asked] == [True], (note, new)
        for record in new:
            assert not {record.ending, record.reason} & UNHEARD_OF, (note, record)
            self.told[f"{fault}: {record.treatment}: {record.reason or record.ending}"] += 1
        self.told["came up" if came_up else "did not come up"] += 1

    def _seen(self, event: SwitchEvent) -> None:
        """Count the relays of each page, and the calls to the idle phone."""
        if event.name != "CHANNEL_CREATE":
            return
        name = event.get("Channel-Name")
        if name.startswith(("loopback/relay-", "loopback/message-")) and name.endswith("-a"):
            self._made[event.get("variable_whisperpage_page") or event.get("Unique-ID")] += 1
        elif (
            event.get("Call-Direction") == "outbound"
            and event.get("Caller-Destination-Number") == "gw%2Bg1005"
        ):
            self._made["1005"] += 1

    # -- faults --------------------------------------------------------------------------------------------

    def _disturb(self, fault: str) -> gevent.Greenlet[[], None]:
        """Let a fault happen soon: after some time, or at a command."""
        chance = self._chance
        victims = self._running if fault == "kill both" else [chance.choice(self._running)]

        def happen() -> None:
            match fault.split():
                case ["kill", *_]:
                    for victim in victims:
                        victim.kill()
                case ["cut", name]:
                    self._offices[name].socket.cut()
                case ["gap", name]:
                    socket = self._offices[name].socket
                    socket.faults.refused = True
                    socket.cut()
                    self._later(chance.uniform(*GAP), socket.faults.heal)
                case ["database"]:
                    self._failing = chance.randrange(1, 4)
                    self._drop()

        seconds, command = chance.uniform(0, MOMENTS), chance.randrange(COMMANDS)
        if chance.random() < 0.5:
            return gevent.spawn(self._later, seconds, happen)
        left = [command]

        def met(line: str, client: int) -> None:
            left[0] -= 1
            if left[0] == 0:
                gevent.spawn(happen)

        moment = chance.choice(("before", "after"))
        for office in self._offices.values():
            setattr(office.socket.faults, moment, met)
        return gevent.spawn(lambda: None)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self._two.clock.sleep(seconds)
        work()

    def _calm(self) -> None:
        self._failing = 0
        for office in self._offices.values():
            office.socket.faults.heal()

    def _replace(self) -> None:
        """Have two controllers that are up, in place of those that were killed."""
        for dead in [each for each in self._running if not each.alive]:
            self._running.remove(dead)
            dead.controller.store.close()  # as a process closes its connections when it dies
        while len(self._running) < 2:
            self._running.append(mortal := Mortal(self._two))
            sa.event.listen(mortal.controller.store.engine, "before_cursor_execute", self._statement)
        up = self._running
        self._two.settle(lambda: all(is_up(each.controller) for each in up), "the controllers", PATIENCE)
        for each in up:
            each.controller.history.drain(PATIENCE)

    def _statement(self, *_: object) -> None:
        if self._failing > 0:
            self._failing -= 1
            raise OperationalError("a statement", {}, ConnectionError("the server has gone away"))

    # -- what there is -------------------------------------------------------------------------------------

    def _busy(self, name: str, who: str) -> None:
        """Have a user on a call with the customer."""
        call = self._calls.get(who)
        if call is None or call.over:
            office: Office = self._offices[name]
            self._calls[who] = call = office.dial(who, "9555" if who == "1002" else "9255")
            self._two.settle(lambda: call.leg.link, "the call")

    def _records(self) -> list[PageRecord]:
        with self._two.store.reading() as reading:
            return list(pages.history(reading, limit=5))

    def _open(self) -> bool:
        with self._two.store.reading() as reading:
            return bool(unended.open_pages(reading, "alpha", "beta"))


def _keyless(call: PhoneCall) -> bool:
    """Whether a phone has no keys of a page; one without a page unbinds itself as it is pressed."""
    for key in tuple(call.leg.meta):
        call.press(f"*{key}")
    return not call.leg.meta


@contextmanager
def on_sqlite(folder: Path, seed: int) -> Iterator[Soak]:
    """A soak with an SQLite database."""
    with closing(TwoSwitches(open_to_all(folder / "soak.db"))) as two:
        yield Soak(two, seed)


@contextmanager
def on_postgresql(seed: int) -> Iterator[Soak]:
    """A soak with a PostgreSQL server of its own. Raises NotInstalled."""
    with short_folder() as folder, postgresql(folder, "fsync=off", "max_connections=300") as server:
        name, url = server.database()
        permit_all(url)
        drop = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        with closing(TwoSwitches(url)) as two:
            yield Soak(two, seed, lambda: server.execute(drop))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, spent = time.monotonic(), time.process_time()
    with TemporaryDirectory() as folder:
        sqlite = arguments.database == "sqlite"
        with on_sqlite(Path(folder), arguments.seed) if sqlite else on_postgresql(arguments.seed) as soak:
            try:
                soak.run(arguments.pages)
            finally:
                for what, count in sorted(soak.told.items()):
                    print(f"{count:6} {what}")
    took, load = time.monotonic() - began, os.getloadavg()[0]
    print(f"{arguments.pages} pages, seed {arguments.seed}: nothing was wrong")
    print(f"{took:.0f} s, {time.process_time() - spent:.0f} s of CPU, load {load:.1f}")


if __name__ == "__main__":
    main()

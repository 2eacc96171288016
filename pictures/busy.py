"""Records some minutes of a busy office: a simulated switch, the real controller, and a Prometheus.

Then it runs the queries of every panel of the dashboard (monitoring/grafana.json), as Grafana would.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import gevent
import structlog
from gevent.threadpool import ThreadPool

from controller.simulator.office import CUSTOMER, desk
from controller.simulator.phones import PhoneCall
from controller.simulator.simulated import SimulatedDemo
from controller.store.everybody import open_to_all
from controller.web.app import build
from controller.web.server import Server
from controller.web.vitals import Vitals
from pictures.style import TOP

SECONDS = 300
#: The seconds from one sample to the next, and the range over which Grafana would calculate rates.
STEP, RATE = 2, "20s"
SEED = 19
PAGERS, TARGETS = ("1001", "1004", "1006", "1009", "1010"), ("1002", "1003", "1005", "1007", "1008")
BUSY_LONG, PAGE_LONG = (20.0, 60.0), (4.0, 14.0)


def record() -> dict[str, Any]:
    """Let the office work, and query every panel. Raises FileNotFoundError if there is no Prometheus."""
    if not shutil.which("prometheus"):
        raise FileNotFoundError("no prometheus on PATH")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with SimulatedDemo(open_to_all) as demo, served(demo) as port, prometheus(port) as ask:
        begin = time.time()
        Work(demo, random.Random(SEED)).go(SECONDS)
        gevent.sleep(3)
        switch = demo.controller.stations[0].name
        panels = json.loads((TOP / "monitoring/grafana.json").read_text())["panels"]
        told = [panel(each, ask, begin, switch) for each in panels if each["type"] != "row"]
    return {"seconds": SECONDS, "step": STEP, "panels": told}


def panel(drawn: dict[str, Any], ask: Any, begin: float, switch: str) -> dict[str, Any]:
    """The title of a panel, and the series of each of its queries."""
    series = []
    for target in drawn["targets"]:
        query = target["expr"].replace("$__rate_interval", RATE).replace("$switch", ".*")
        for found in ask(query, begin, begin + SECONDS):
            labels = found["metric"] | ({"switch": "10.0.0.1:8021"} if "switch" in found["metric"] else {})
            legend = target.get("legendFormat") or ""
            for name, value in labels.items():
                legend = legend.replace(f"{{{{{name}}}}}", value)
            points = [[round(at - begin), float(f"{float(value):.4g}")] for at, value in found["values"]]
            series.append({"legend": legend.replace(switch, "10.0.0.1:8021"), "points": points})
    return {"title": drawn["title"], "series": series}


@contextmanager
def served(demo: SimulatedDemo) -> Iterator[int]:
    """Serve the controller's HTTP interface, and yield its port."""
    vitals = Vitals(demo.controller)
    server = Server(build(demo.controller, vitals), ("127.0.0.1", 0))
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
        vitals.stop()


@contextmanager
def prometheus(port: int) -> Iterator[Any]:
    """Run a Prometheus that scrapes this port each second; yields a function that runs a range query."""
    with TemporaryDirectory(prefix="whisperpage-pictures-") as name:
        folder, listen = Path(name), "127.0.0.1:19090"
        scrape = {"job_name": "whisperpage", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        config = {"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape]}
        (folder / "prometheus.yml").write_text(json.dumps(config))
        command = [
            "prometheus",
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
        ]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([*command, f"--web.listen-address={listen}"], stdout=quiet, stderr=quiet)
        pool = ThreadPool(1)

        def ask(query: str, begin: float, end: float) -> Any:
            asked = urlencode({"query": query, "start": begin, "end": end, "step": STEP})
            url = f"http://{listen}/api/v1/query_range?{asked}"
            return json.loads(pool.apply(lambda: urlopen(url, timeout=10).read()))["data"]["result"]

        try:
            gevent.sleep(4)
            yield ask
        finally:
            process.terminate()
            process.wait(10)


class Work:
    """People who call, page, mute, hold and hang up at random, but the same for the same seed."""

    def __init__(self, demo: SimulatedDemo, dice: random.Random) -> None:
        self.office = demo.office
        self.dice = dice
        for number in (1007, 1008, 1009, 1010):
            agent = "Yealink SIP-T46S 66.85.0.5"
            self.office.add_phone(desk(self.office.switch, number, agent, 6000 + number - 1000))
        self.calls: dict[str, PhoneCall] = {}
        self.free = set(PAGERS)

    def go(self, seconds: float) -> None:
        """Work for so many seconds, most busily in the middle."""
        begin = time.monotonic()
        work = [gevent.spawn(self.clients, target) for target in TARGETS]
        while (at := time.monotonic() - begin) < seconds:
            rush = 1.0 - abs(at / seconds - 0.55)
            gevent.sleep(self.dice.expovariate(0.25 + 0.75 * rush))
            if self.free:
                pager = self.dice.choice(sorted(self.free))
                self.free.discard(pager)
                gevent.spawn(self.page, pager)
        gevent.killall(work)

    def clients(self, target: str) -> None:
        """One client after another calls this target; sometimes the target enters a conference instead."""
        while True:
            gevent.sleep(self.dice.uniform(2, 15))
            phone = self.office.phone(target)
            if phone.calls:
                continue
            meets = self.dice.random() < 0.1
            self.office.dial(*((target, "3001") if meets else (CUSTOMER, target)))
            gevent.sleep(1)
            if phone.calls:
                call = self.calls[target] = phone.calls[0]
                gevent.sleep(self.dice.uniform(*BUSY_LONG))
                if not call.over:
                    call.hang_up()

    def page(self, pager: str) -> None:
        """Play one page from its start to its end."""
        target = self.dice.choice((*TARGETS, *TARGETS, *TARGETS, pager))
        page = self.office.dial(pager, f"{self.dice.choice(('*19', '*19', '*19', '*15'))}{target}")
        gevent.sleep(self.dice.uniform(*PAGE_LONG) / 2)
        called = self.calls.get(target)
        if called and not called.over and "5" in called.leg.meta:
            key = self.dice.choices(("*5", "*6", "*7", ""), (4, 2, 0.5, 5))[0]
            if key:
                called.press(key)
            if key == "*7":
                gevent.spawn_later(5, self.office.dial, target, "*20")
            elif not key and self.dice.random() < 0.2:
                called.hold()
                gevent.spawn_later(2, lambda: called.over or called.resume())
        gevent.sleep(self.dice.uniform(*PAGE_LONG) / 2)
        if not page.over:
            page.hang_up()
        gevent.sleep(1)
        self.free.add(pager)

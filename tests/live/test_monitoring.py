"""Monitoring with a real switch: health, metrics, the data of `watch`, and the log."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from controller.laboratory.lab import Lab
from tests.live.office import Office, wait_for
from tests.live.sipphone import free_port


@dataclass
class Told:
    """The monitoring data of the controller."""

    office: Office
    url: str

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.office.whisperpage("watch", "--json"))
        return told

    def pages(self) -> list[dict[str, Any]]:
        return [page for switch in self.status()["switches"] for page in switch["pages"]]

    def metric(self, name: str, *labels: str) -> float:
        """The sum of the samples with these labels, such as `outcome="done"`."""
        found = [
            line
            for line in self._get("/metrics")[1].splitlines()
            if line.startswith((name + "{", name + " "))
        ]
        return sum(float(line.split()[-1]) for line in found if all(label in line for label in labels))

    def health(self, path: str) -> dict[str, str]:
        """The parts that are not well."""
        code, body = self._get(path)
        troubles = {part["part"]: part["trouble"] for part in json.loads(body)["parts"] if not part["ok"]}
        assert code == (503 if troubles else 200)
        return troubles

    def log(self) -> list[dict[str, Any]]:
        lines = self.office.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(self.url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def told(office: Office) -> Iterator[Told]:
    """The office with a controller that serves HTTP and writes a full log as JSON."""
    port, kept = free_port(), dict(office.environment)
    office.environment |= {
        "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "WHISPERPAGE_API_TOKEN": "an-administrators-token-of-the-lab",
        "WHISPERPAGE_LOG_LEVEL": "debug",
        "WHISPERPAGE_LOG_FORMAT": "json",
    }
    office.kill_controller()
    office.start_controller()
    yield Told(office, f"http://127.0.0.1:{port}")
    office.kill_controller()
    office.environment.clear()
    office.environment.update(kept)


def test_a_page_is_shown_while_it_is_up_and_counted_with_its_end(told: Told) -> None:
    told.office.target_calls()
    pager = told.office.page()
    (page,) = told.pages()
    assert (page["pager"], page["target"]) == ("1001@pbx.test", "1002@pbx.test")
    assert (page["treatment"], page["state"], page["muted"]) == ("whisper", "up", False)
    assert told.metric("whisperpage_pages_live", 'treatment="whisper"') == 1
    assert told.metric("whisperpage_legs") == len(told.office.lab.channels())
    told.office.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(lambda: told.metric("whisperpage_endings_total", 'ending="pager_hung_up"') == 1, "the end")
    assert told.pages() == []
    assert told.metric("whisperpage_pages_total", 'treatment="whisper"') == 1
    assert told.metric("whisperpage_taking_seconds_count") == 1
    assert told.metric("whisperpage_command_seconds_count", 'outcome="unknown"') == 0


def test_a_refusal_is_shown_with_its_reason(told: Told) -> None:
    told.office.refused("*191001")
    (refusal,) = told.status()["refusals"]
    assert (refusal["reason"], refusal["detail"]) == ("oneself", "pager and target are the same user")
    assert told.metric("whisperpage_refusals_total", 'reason="oneself"') == 1


def test_one_id_is_in_the_log_from_the_request_to_the_end(told: Told) -> None:
    told.office.target_calls()
    pager = told.office.page()
    told.office.lab.phone_switch.api(f"uuid_kill {pager}")
    wait_for(lambda: any(entry["event"] == "page.ended" for entry in told.log()), "the end")
    (page,) = {entry["page"] for entry in told.log() if entry["event"] in ("page.taken", "page.ended")}
    commands = [entry for entry in told.log() if entry["event"] == "command"]
    strangers = {entry["command"].split()[0] for entry in commands if entry.get("page") != page}
    # the queries at the start, the lamps, whose users may have another number, and the look at the dialplan's
    # keys belong to no page
    queries = {"show", "uuid_dump", "uuid_buglist", "global_getvar", "user_data", "xml_locate"}
    assert strangers <= {*queries, "sendevent"}
    assert len([entry for entry in commands if entry.get("page") == page]) > 10
    assert page in told.office.whisperpage("pages", "show", page)


def test_a_switch_that_hangs_is_reported_until_it_is_well_again(told: Told, lab: Lab) -> None:
    assert told.health("/readyz") == {}
    pbx = lab.processes[0]
    pbx.send_signal(signal.SIGSTOP)
    try:
        stopped = time.monotonic()
        wait_for(lambda: told.health("/readyz"), "the trouble", 30)
        assert "hangs, or the network is down" in str(told.health("/readyz"))
        assert time.monotonic() - stopped < 20  # the time of a probe and its deadline
        assert told.health("/healthz") == {}
        assert told.metric("whisperpage_switch_up") == 0
    finally:
        pbx.send_signal(signal.SIGCONT)
    wait_for(lambda: not told.health("/readyz"), "the switch", 30)
    assert told.metric("whisperpage_switch_connections_total") == 2

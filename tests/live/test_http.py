"""S4, P8, P9 over HTTP, with a real switch: click to page, and the URLs of phones' keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from controller.laboratory.office import DOMAIN
from tests.live.office import PLAIN, Office, wait_for
from tests.live.sipphone import free_port

TOKEN = "an-administrators-token-of-the-lab"


@dataclass
class Web:
    """The HTTP side of the office's controller; `keys` are the tokens of users' keys, by extension."""

    office: Office
    base: str
    keys: dict[int, str]

    def press(self, extension: int, key: str) -> tuple[int, str]:
        """Open the URL of a phone's key; return the status and the answer."""
        return self._ask(Request(f"{self.base}/keys/{self.keys[extension]}/{key}"))

    def api(self, method: str, path: str, **asked: str) -> tuple[int, str]:
        """A program asks."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        body = json.dumps(asked).encode() if asked else None
        return self._ask(Request(self.base + path, body, headers, method=method))

    @staticmethod
    def _ask(request: Request) -> tuple[int, str]:
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def web(office: Office) -> Iterator[Web]:
    """The office with a controller that serves HTTP, and users with keys."""
    port = free_port()
    kept = dict(office.environment)
    office.environment |= {
        "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "WHISPERPAGE_API_TOKEN": TOKEN,
        "WHISPERPAGE_LOG_LEVEL": "debug",
    }
    known = office.whisperpage("users", "list", "--json")
    keys = {}
    for extension in (1001, 1002):
        if f"{extension}@{DOMAIN}" not in known:
            office.whisperpage("users", "add", f"{extension}@{DOMAIN}")
        keys[extension] = office.whisperpage("keys", "issue", f"{extension}@{DOMAIN}").strip()
    office.kill_controller()
    office.start_controller()
    yield Web(office, f"http://127.0.0.1:{port}", keys)
    log = office.log.read_text()
    assert not [token for token in (*keys.values(), TOKEN) if token in log]
    office.kill_controller()
    office.environment.clear()
    office.environment.update(kept)


def paged(web: Web) -> None:
    """1002 is on a call, and 1001's phone has paged it by a key."""
    web.office.target_calls()
    assert web.press(1001, "page/1002") == (202, "Your phone rings for 1002.\n")
    wait_for(web.office.whispering, "the page")


def measured(office: Office) -> tuple[float, float]:
    """How loud the target is to the far party and to the pager."""
    time.sleep(2.4)  # the time that is recorded and measured
    office.lab.hang_up_all()
    return office.lab.hears("customer-*")["1002"], office.lab.hears("in-1001-*")["1002"]


def test_a_key_mutes_the_target_to_the_far_party_alone_within_150_ms(web: Web) -> None:
    paged(web)
    far = web.office.partner(web.office.leg(1002))
    with web.office.watching("MEDIA_BUG_START") as esl:
        pressed = time.time()
        assert web.press(1002, "mute") == (200, "Muted.\n")
        muted = esl.event(3, lambda event: event["Unique-ID"] == far)
    assert int(muted["Event-Date-Timestamp"]) / 1e6 - pressed < 0.15
    to_far, to_pager = measured(web.office)
    assert to_far < PLAIN - 40
    assert abs(to_pager - PLAIN) < 6


def test_a_key_lets_the_target_be_heard_again(web: Web) -> None:
    paged(web)
    far = web.office.partner(web.office.leg(1002))
    web.press(1002, "toggle-mute")
    wait_for(lambda: web.office.bugs(far), "the far party to hear nothing")
    assert web.press(1002, "toggle-mute") == (200, "Heard again.\n")
    wait_for(lambda: not web.office.bugs(far), "the far party to hear again")
    to_far, to_pager = measured(web.office)
    assert abs(to_far - PLAIN) < 6
    assert abs(to_pager - PLAIN) < 6


def test_a_key_ends_the_page_and_the_call_goes_on(web: Web) -> None:
    paged(web)
    assert web.press(1002, "end") == (200, "Ended.\n")
    wait_for(web.office.page_is_gone, "the page to be gone")
    assert web.office.partner(web.office.leg(1002))
    web.office.last_attempt(treatment="whisper", ending="stopped")


def test_a_key_blocks_pages_to_oneself_in_mid_page_and_lets_them_in_again(web: Web) -> None:
    paged(web)
    try:
        assert web.press(1002, "off") == (200, "Pages to you are off.\n")
        wait_for(web.office.page_is_gone, "the page to be gone")
        assert web.press(1001, "page/1002")[0] == 409
        assert web.office.last_attempt(reason="pages_off")
    finally:
        assert web.press(1002, "on") == (200, "Pages to you are on.\n")
    assert web.press(1001, "page/1002")[0] == 202
    wait_for(web.office.whispering, "the page")


def test_a_program_makes_a_page_sees_it_and_ends_it(web: Web) -> None:
    web.office.target_calls()
    status, said = web.api("POST", "/api/v1/pages", pager=f"1001@{DOMAIN}", target="1002")
    assert status == 202, said
    path = f"/api/v1/pages/{json.loads(said)['id']}"

    def state() -> str:
        found: str = json.loads(web.api("GET", path)[1])["state"]
        return found

    wait_for(lambda: state() == "up", "the page to be up")
    assert web.api("DELETE", path) == (204, "")
    wait_for(lambda: state() == "ended", "the page to be over")
    assert web.office.partner(web.office.leg(1002))


def test_what_is_refused_rings_nobody(web: Web) -> None:
    web.office.lab.dial(1002, "3001", "target", wait=0.5)
    status, said = web.api("POST", "/api/v1/pages", pager=f"1001@{DOMAIN}", target="1002")
    assert (status, json.loads(said)["reason"]) == (409, "conference")
    assert not web.office.lab.channels(presence_id="1001@")


def test_a_click_that_the_command_line_refuses_is_counted_and_shown_once(web: Web) -> None:
    command = [str(Path(sys.executable).parent / "whisperpage"), "page", "1099", "1002"]
    done = subprocess.run(command, env=web.office.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "(unknown_pager)" in done.stderr) == (1, True), done.stderr
    count = re.compile(r'whisperpage_refusals_total\{reason="unknown_pager",switch="[^"]+"\} 1\.0')
    wait_for(lambda: count.search(web.api("GET", "/metrics")[1]), "the count")
    refusals = json.loads(web.api("GET", "/api/v1/status")[1])["refusals"]
    assert [each["reason"] for each in refusals] == ["unknown_pager"]
    web.office.last_attempt(treatment="refused", reason="unknown_pager")

"""The promises of docs/security.md, tried on a real switch that runs freeswitch/."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.laboratory.esl import ESL
from tests.live.numbers import CODES, INTERNAL
from tests.live.office import OPEN_TO_ALL, wait_for
from tests.live.pbx import DOMAIN, SECRETS, Pbx, pages, serving, settings, whisperpage
from tests.live.sipphone import Phone

NOT_FOUND, NOT_ALLOWED, PROXY_AUTHENTICATION, UNAVAILABLE, DECLINED = 404, 405, 407, 480, 603


@pytest.fixture
def administrator(pbx: Pbx) -> Iterator[ESL]:
    """A connection that gets the events of all requests for pages and of all loopback channels."""
    with closing((esl := pbx.login()).sock):
        esl.command("event json CHANNEL_CREATE CUSTOM whisperpage::request whisperpage::key test::now")
        yield esl


@pytest.fixture(scope="module")
def environment(pbx: Pbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a running controller that lets everybody page everybody."""
    folder = tmp_path_factory.mktemp("controller")
    environment = settings(pbx, folder)
    with serving(environment, folder / "log"):
        whisperpage(environment, "groups", "set", "default", *OPEN_TO_ALL)
        yield environment


def asked_for_a_page(administrator: ESL) -> bool:
    """Whether there was any part of a page: its event, or a channel that is not a phone's."""
    administrator.command("sendevent CUSTOM\nEvent-Subclass: test::now")
    seen: list[dict[str, str]] = []
    while not seen or seen[-1].get("Event-Subclass") != "test::now":
        event = administrator.event(5)
        assert event, "the switch does not tell its events"
        seen.append(event)
    return any("Event-Subclass" in each or "sofia/" not in each["Channel-Name"] for each in seen[:-1])


def phone(pbx: Pbx, user: str = "1001") -> Phone:
    return Phone(pbx.sip, user, SECRETS[f"phone_{user}_password"])


# -- who can reach the feature codes -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [*CODES, *INTERNAL])
def test_a_call_from_outside_finds_nothing_of_ours(pbx: Pbx, administrator: ESL, number: str) -> None:
    assert Phone(pbx.trunk).ask("INVITE", number) == NOT_FOUND
    assert not asked_for_a_page(administrator)


def test_a_call_from_outside_is_let_in_to_the_users(pbx: Pbx) -> None:
    """Without this, the silence above would prove nothing."""
    assert Phone(pbx.trunk).ask("INVITE", "1002") == UNAVAILABLE


@pytest.mark.parametrize("number", INTERNAL)
def test_a_users_phone_cannot_dial_the_inside_of_a_page(pbx: Pbx, administrator: ESL, number: str) -> None:
    assert phone(pbx).ask("INVITE", number) == NOT_FOUND
    assert not asked_for_a_page(administrator)


@pytest.mark.parametrize("number", CODES)
def test_a_call_without_a_password_gets_no_further(pbx: Pbx, administrator: ESL, number: str) -> None:
    assert Phone(pbx.sip, "1001").ask("INVITE", number) == PROXY_AUTHENTICATION
    assert not asked_for_a_page(administrator)


@pytest.mark.parametrize("user", ["1002", f"whisperpage+1002@{DOMAIN}"])
def test_nobody_without_a_password_learns_who_is_on_a_call(pbx: Pbx, user: str) -> None:
    asked = "Event: dialog\r\nExpires: 60\r\nAccept: application/dialog-info+xml\r\n"
    for port, refusal in ((pbx.sip, PROXY_AUTHENTICATION), (pbx.trunk, NOT_ALLOWED)):
        nobody = Phone(port)
        nobody.headers = asked
        assert nobody.ask("SUBSCRIBE", user) == refusal


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("REFER", "Refer-To: <sip:*191002@pbx.test>\r\n"),
        ("MESSAGE", "Content-Type: text/plain\r\n"),
        ("PUBLISH", "Event: presence\r\nExpires: 60\r\n"),
        ("INFO", "Content-Type: application/dtmf-relay\r\n"),
        ("NOTIFY", "Event: talk\r\nSubscription-State: active\r\n"),
    ],
)
def test_nothing_but_a_call_comes_near_a_page(
    pbx: Pbx, administrator: ESL, method: str, headers: str
) -> None:
    """FreeSWITCH answers some of these without a password, but none of them makes a call."""
    for port in (pbx.sip, pbx.trunk):
        nobody = Phone(port)
        nobody.headers = headers
        nobody.ask(method, "*191002")
        assert not asked_for_a_page(administrator)


# -- who is the pager (S2) ---------------------------------------------------------------------------------

OTHER = f"1002@{DOMAIN}"
#: Headers that a phone may write, or can be made to write.
FORGERIES = {
    "identity": {
        "P-Asserted-Identity": f"<sip:{OTHER}>",
        "P-Preferred-Identity": f"<sip:{OTHER}>",
        "Remote-Party-ID": f"<sip:{OTHER}>;party=calling;privacy=off;screen=yes",
    },
    "history": {
        "Diversion": f"<sip:{OTHER}>;reason=unconditional",
        "History-Info": f"<sip:{OTHER}>;index=1",
        "Referred-By": f"<sip:{OTHER}>",
        "Call-Info": f"<sip:{OTHER}>;answer-after=0",
    },
    "variables": {
        "X-user_name": "1002",
        "X-sip_authorized": "true",
        "X-whisperpage_clicked_by": OTHER,
        "P-whisperpage_extension": "1002",
        "variable_user_name": "1002",
    },
}


def lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


ALL = "".join(map(lines, FORGERIES.values()))


@pytest.mark.parametrize("forged", ["", *map(lines, FORGERIES.values())], ids=["from", *FORGERIES])
def test_the_pager_is_the_authenticated_user_whatever_its_phone_claims(
    pbx: Pbx, environment: dict[str, str], forged: str
) -> None:
    """The caller pages itself; the reason of the refusal shows that it was recognised as itself."""
    caller = phone(pbx)
    caller.says, caller.headers = f'"1002" <sip:{OTHER}>', forged
    before = len(pages(environment))
    assert caller.ask("INVITE", "*191001") == DECLINED
    attempt = wait_for(lambda: pages(environment)[: len(pages(environment)) - before], "the attempt")[0]
    assert (attempt["pager"], attempt["reason"]) == (f"1001@{DOMAIN}", "oneself")


def test_no_forged_header_replaces_a_password(pbx: Pbx, administrator: ESL) -> None:
    forger = Phone(pbx.sip, "1001")
    forger.says, forger.headers = f"<sip:{OTHER}>", ALL
    assert forger.ask("INVITE", "*191001") == PROXY_AUTHENTICATION
    assert not asked_for_a_page(administrator)


def test_no_forged_header_opens_a_way_in_from_outside(pbx: Pbx, administrator: ESL) -> None:
    forger = Phone(pbx.trunk, "1001", SECRETS["phone_1001_password"])
    forger.says, forger.headers = f"<sip:{OTHER}>", ALL
    assert forger.ask("INVITE", "*191001") == NOT_FOUND
    assert not asked_for_a_page(administrator)


# -- the event socket --------------------------------------------------------------------------------------


def test_the_event_socket_lets_in_only_the_addresses_that_are_listed(pbx: Pbx) -> None:
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", 0))
        elsewhere.connect(("127.0.0.1", pbx.esl))
        told = elsewhere.recv(1000)
    assert b"text/rude-rejection" in told
    assert b"auth/request" not in told


@pytest.mark.parametrize(
    "login",
    [
        "auth ClueCon",
        f"auth {SECRETS['controller_password']}",
        f"userauth controller@eventsocket:{SECRETS['event_socket_password']}",
        "userauth controller@eventsocket:",
        f"userauth controller@{DOMAIN}:{SECRETS['controller_password']}",
        f"userauth 1001@{DOMAIN}:{SECRETS['phone_1001_password']}",
        f"userauth 1001@{DOMAIN}:",
    ],
)
def test_nobody_logs_in_at_the_event_socket_but_with_its_own_password(pbx: Pbx, login: str) -> None:
    with socket.create_connection(("127.0.0.1", pbx.esl), timeout=5) as client:
        client.sendall(f"{login}\n\n".encode())
        told = b""
        while data := client.recv(1000):
            told += data
    assert b"-ERR invalid" in told
    assert b"+OK" not in told


# -- secrets -----------------------------------------------------------------------------------------------


def test_no_secret_is_in_a_process_title_or_a_log(pbx: Pbx, tmp_path: Path) -> None:
    environment = settings(pbx, tmp_path) | {"WHISPERPAGE_LOG_LEVEL": "debug"}
    log = tmp_path / "log"
    with serving(environment, log) as controller:
        whisperpage(environment, "groups", "set", "default", *OPEN_TO_ALL)
        assert phone(pbx).ask("INVITE", "*191002") == UNAVAILABLE
        titles = [Path(f"/proc/{each}/cmdline").read_bytes() for each in (controller, pbx.process.pid)]
        variables = Path(f"/proc/{controller}/environ").read_bytes()
    assert b"whisperpage" in titles[0]
    assert b"freeswitch" in titles[1]
    logged = log.read_text() + pbx.log
    assert "page.taken" in logged
    for secret in SECRETS.values():
        assert secret.encode() not in b"".join(titles) + variables
        assert secret not in logged


def test_errors_about_unreachable_addresses_show_no_password(tmp_path: Path) -> None:
    environment = os.environ | {
        "WHISPERPAGE_SWITCH_URL": "esl://controller%40eventsocket:v3ry-secret@127.0.0.1:1",
        "WHISPERPAGE_DATABASE_URL": "postgresql://whisperpage:v3ry-secret@127.0.0.1:1/whisperpage",
    }
    for words in (["doctor"], ["doctor", "--audio", "--json"], ["explain", "1001", "1002"], ["pages"]):
        done = whisperpage(environment, *words)
        assert done.returncode == 1
        assert "v3ry-secret" not in done.stdout + done.stderr

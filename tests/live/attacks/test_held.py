"""Attacks that have failed, kept as tests: hostile names, a caller's own transfer, other tenants."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.attacks.agent import Agent
from tests.live.attacks.wide import TENANTS_PORT
from tests.live.office import Office, wait_for

#: Texts that SIP, the event socket, JSON, SQL, a shell, a terminal or a web page might misread.
HOSTILE = [
    "x%0AUnique-ID: evil",
    "x%0D%0AContent-Length: 0%0D%0A%0D%0Aapi status",
    "x\\\\nEvent-Name: CUSTOM",
    "\u2028Unique-ID: evil",
    "' or 1=1; drop table pages; --",
    "{{7*7}}${7*7}#{7*7}",
    "$(touch x)`touch x`;touch x|touch x",
    "\x1b[2J\x1b]0;title\x07",
    "<script>alert(1)</script>",
    "&#60;script&#62;",
    "{a=b}[c=d]<e=f>:_:^^;g|h,i",
    "../../../../etc/passwd%00.wav",
    "\udcff\udcfe\udc80",
    "\u202e2001\u202c \u0000"[:-1],
    "A" * 900,
    "%s%n%x%99999d",
    "=cmd|' /C calc'!A0",
    "undef _undef_ null None",
    "+OK\t-ERR",
    "1002@pbx.test,1003@pbx.test",
]
#: The places in which each text is written.
PLACES = ["name", "agent", "Contact", "P-Asserted-Identity", "X-whisperpage_page"]


def test_a_hundred_hostile_calls_are_a_hundred_attempts(office: Office) -> None:
    """Each caller pages itself, which is refused, so each call is an attempt of its own."""
    before = {row["page_id"] for row in office.history()}
    hostile = [(place, text) for place in PLACES for text in HOSTILE]
    assert len(hostile) == 100

    with ThreadPoolExecutor(25) as pool:
        found = list(pool.map(lambda each: _call(*each), hostile))
    assert set(found) == {603}, [each for each in zip(hostile, found, strict=True) if each[1] != 603]
    attempts = [row for row in office.history() if row["page_id"] not in before]
    assert len(attempts) == len({row["page_id"] for row in attempts}) == len(hostile)
    assert {(row["pager"], row["target"], row["reason"]) for row in attempts} == {
        (f"1001@{DOMAIN}", f"1001@{DOMAIN}", "oneself")
    }
    log = office.log.read_text(errors="surrogateescape")
    assert "Traceback" not in log
    assert "\x1b[2J" not in log
    for words in (["pages"], ["pages", "--csv"]):
        assert "\x1b[2J" not in office.whisperpage(*words)
    # pages still work
    office.target_calls()
    office.page()


def _call(place: str, text: str) -> int:
    agent = text if place == "agent" else "Yealink SIP-T46S 66.85.0.5"
    with Agent(SIP_PORT, "1001", "pw1001", DOMAIN, agent) as phone:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        headers = ""
        if place == "name":
            phone.says = f'"{quoted}" <sip:1001@{DOMAIN}>'
        elif place == "Contact":
            headers = f'Contact: "{quoted}" <sip:1001@{phone.address}>\r\n'
        elif place != "agent":
            headers = f'{place}: "{quoted}" <sip:1002@{DOMAIN}>\r\n'
        return phone.call("*191001", headers).status


def test_a_dialled_number_is_printed_harmlessly(office: Office, caller: Agent) -> None:
    numbers = ["*19%1B%5B2J", "*19%0A%0D", "*19%22%3Cscript%3E", "*19%C2%9B2J", "*19%E2%80%AE1002"]
    before = {row["page_id"] for row in office.history()}
    for number in numbers:
        assert caller.call(number).status >= 400
    reasons = [row["reason"] for row in office.history() if row["page_id"] not in before]
    # FreeSWITCH itself refuses the one with a quote
    assert reasons == ["malformed"] * (len(numbers) - 1)
    for words in (["pages"], ["pages", "--csv"], ["pages", "--json"]):
        said = office.whisperpage(*words)
        assert all(each.isprintable() or each == "\n" for each in said), ascii(said)


def test_a_caller_that_transfers_itself_into_a_page_pages_as_nobody(
    office: Office, caller: Agent, callee: Agent
) -> None:
    """The caller's own password was right, but the transferred leg is another's."""
    call = caller.call("1007")
    caller.refer(call, f"<sip:*191002@{DOMAIN}>", f"Referred-By: <sip:1001@{DOMAIN}>\r\n")
    assert office.last_attempt(reason="not_authenticated")["pager"] is None


def test_what_is_dialled_stays_in_the_callers_domain(office: Office) -> None:
    before = {row["page_id"] for row in office.history()}
    numbers = ["*191002%40b.test", "*191002@b.test", "*191002%2540b.test", "*191002%00@b.test"]
    with Agent(TENANTS_PORT, "1001", "pw1001-a.test", "a.test") as pager:
        pager.server = "a.test"
        target = Agent(TENANTS_PORT, "1002", "pw1002-b.test", "b.test")
        with target:
            assert target.register() == 200
            for number in numbers:
                dialled, _, host = number.partition("@")
                pager.server = host or "a.test"
                call = pager.call(dialled)
                pager.hang_up(call)
                assert call.status >= 400, number
            assert target.calls == []
    wait_for(lambda: not office.lab.channels(), "every call to be over")
    new = [row for row in office.history() if row["page_id"] not in before]
    assert [row for row in new if row["pager"] not in (None, "1001@a.test")] == []
    assert [row for row in new if "b.test" in (row["target"] or "") and row["reason"] != "malformed"] == []

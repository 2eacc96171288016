"""Page groups of the laboratory: their pages, and who hears whom in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from controller.laboratory.levels import loudness, read_wave
from controller.laboratory.office import CUSTOMER, CUSTOMER2, DOMAIN, PHONES
from tests.live.office import PLAIN, Office, wait_for

GROUP = "*19600"
#: The numbers of the members' clients, by member.
CLIENTS = {1002: "9555", 1003: "9200", 1005: "9556"}
TONES = {str(extension): hz for extension, (_, hz) in PHONES.items()} | {
    "customer": CUSTOMER,
    "customer2": CUSTOMER2,
}


@contextmanager
def page_group(office: Office, members: Sequence[int]) -> Iterator[Office]:
    """The office with a page group 600 of these members."""
    office.whisperpage("page-groups", "add", f"600@{DOMAIN}")
    for member in members:
        office.whisperpage("page-groups", "members", "add", f"600@{DOMAIN}", f"{member}@{DOMAIN}")
    try:
        yield office
    finally:
        office.whisperpage("page-groups", "remove", f"600@{DOMAIN}")


def talk(office: Office, *members: int, codec: str = "PCMU") -> list[str]:
    """Make members call their clients; returns the phones' own legs, on the phone switch."""
    phones = []
    for extension in members:
        phones.append(office.lab.dial(extension, CLIENTS[extension], f"member-{extension}", codec=codec))
        office.talking(extension)
    return phones


def members(office: Office) -> int:
    """The number of legs in the page's room, the pager's among them."""
    told = office.lab.pbx.api("conference json_list")
    rooms = json.loads(told) if told.startswith("[") else []
    return sum(each["member_count"] for each in rooms if each["conference_name"].startswith("whisperpage-"))


def page(office: Office, talking: Sequence[int], idle: int = 1, codec: str = "PCMU") -> str:
    """Page the group; returns the pager's own leg once all are in the room, `idle` members among them."""
    leg = office.dial(GROUP, codec=codec)
    answer = office.answer_of(leg)
    assert answer.startswith("+OK"), f"{answer}; {office.log.read_text()[-2000:]}"
    everybody = 1 + len(talking) + idle
    wait_for(lambda: members(office) == everybody, f"all in the room, not {members(office)}")
    wait_for(lambda: all(office.bugs(office.leg(each)) == 1 for each in talking), "the whispers")
    return leg


def page_legs(office: Office) -> list[str]:
    """The names of the legs of a page."""
    return [row["name"] for row in office.lab.channels() if row["name"].startswith(("loopback/", "null/"))]


def heard(office: Office, name: str) -> dict[str, float]:
    """The level of each party in the newest recording with this name, before its last half second."""
    path = max(Path(office.lab.recordings).glob(f"{name}.wav"), key=lambda each: each.stat().st_mtime)
    return levels(path)


def levels(path: Path) -> dict[str, float]:
    """The level of each party in a recording, before its last half second."""
    samples, rate = read_wave(str(path))
    window = samples[-int(2 * rate) : -int(0.5 * rate)]
    return {who: round(loudness(window, rate, hz), 1) for who, hz in TONES.items() if hz < rate / 2}


def only(found: dict[str, float], *who: str, own: str = "") -> bool:
    """Whether exactly these are heard as loud as in a plain call, and all others are 40 dB below the loudest.

    mod_opus makes a client 6 dB louder, and of two tones a third one, which may be that of the listener's
    `own` voice (levels.py).
    """
    loud = all(abs(found[each] - PLAIN) < 8 for each in who)
    loudest = max((found[each] for each in who), default=PLAIN)
    silent = {each: loudest - (30 if each == own else 40) for each in found if each not in who}
    return loud and all(found[each] < most for each, most in silent.items())

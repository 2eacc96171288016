"""The legs of a page by name, and whom each party has heard at any time of a test, even for a moment."""

from __future__ import annotations

from pathlib import Path

from controller.laboratory.levels import level, read_wave
from controller.laboratory.office import CUSTOMER, PHONES
from tests.live.office import PLAIN, Office

#: Seconds of one piece of a recording; a party that is 20 dB lower than usual in all pieces was not heard.
LOOK, MARGIN = 0.1, 20
TONES = {str(extension): hz for extension, (_, hz) in PHONES.items() if extension < 1004} | {
    "customer": CUSTOMER
}
#: The beginning of the names of each party's recordings.
RECORDED = {
    "1001": ("pager", "in-1001"),
    "1002": ("target", "in-1002"),
    "1003": ("third", "in-1003"),
    "customer": ("customer",),
}


def legs(office: Office) -> dict[str, str]:
    """The uuids of a page that is up: pager, target, far, relay, relay_b, speak and voice."""
    rows = {row["name"]: row["uuid"] for row in office.page_legs()}

    def end(name: str, side: str) -> str:
        return next(uuid for each, uuid in rows.items() if name in each and each.endswith(f"-{side}"))

    target = office.leg(1002)
    return {
        "pager": office.leg(1001),
        "target": target,
        "far": office.partner(target),
        "relay": end("relay", "a"),
        "relay_b": end("relay", "b"),
        "speak": end("voice", "a"),
        "voice": end("voice", "b"),
    }


def page_is_heard(office: Office, *, pager: str, target: str, far: str) -> None:
    """Assert that each party of a page hears the right parties, as loud as in a plain call, and nobody else.

    `pager`, `target` and `far` are the names of their recordings.
    """
    to_pager, to_target, to_far = (office.lab.hears(name) for name in (pager, target, far))
    assert abs(to_pager["1002"] - PLAIN) < 6
    assert abs(to_target["1001"] - PLAIN) < 6
    assert abs(to_target["customer"] - PLAIN) < 6
    assert abs(to_far["1002"] - PLAIN) < 6
    assert to_pager["customer"] < PLAIN - 40
    assert to_far["1001"] < PLAIN - 40


def whom(found: dict[str, dict[str, float]], party: str, least: float = LOOK) -> set[str]:
    """The parties that a party has heard for at least so many seconds."""
    return {who for who, seconds in found.get(party, {}).items() if seconds >= least}


def heard(office: Office) -> dict[str, dict[str, float]]:
    """End every call; for each party, return the seconds for which it has heard each other party."""
    office.hang_up()
    folder = Path(office.lab.recordings)
    found: dict[str, dict[str, float]] = {}
    for party, names in RECORDED.items():
        for path in folder.glob("*.wav"):
            if path.name.startswith(names) and path.stat().st_mtime > office.opened:
                for who, seconds in _seconds(path, party).items():
                    found.setdefault(party, dict.fromkeys(TONES, 0.0))[who] += seconds
    return found


def _seconds(path: Path, own: str) -> dict[str, float]:
    samples, rate = read_wave(str(path))
    window = int(LOOK * rate)
    looks = [samples[at : at + window] for at in range(0, len(samples) - window, window)]
    return {
        who: round(LOOK * sum(level(look, rate, hz) > PLAIN - MARGIN for look in looks), 1)
        for who, hz in TONES.items()
        if who != own
    }

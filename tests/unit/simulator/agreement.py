"""Compares recordings with the simulator: the data that the project reads from events, leg by leg.

    python -m tests.unit.simulator.agreement RECORDINGS > tests/unit/simulator/data/recorded.json

makes the data again from a folder of `*.json.esl`, the bytes that FreeSWITCH 1.10.12 sent. A leg is named by
the order of its appearance (A, B, ...), in headers as well. An event keeps its name, and those of HEADERS
whose value has changed since the leg's previous event.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

#: Every header that the project reads from an event or from `uuid_dump`.
HEADERS = (
    "Action",
    "Answer-State",
    "Bridge-A-Unique-ID",
    "Bridge-B-Unique-ID",
    "Call-Direction",
    "Caller-Channel-Answered-Time",
    "Caller-Channel-Bridged-Time",
    "Caller-Channel-Created-Time",
    "Caller-RDNIS",
    "Channel-Call-State",
    "Channel-Name",
    "Channel-Presence-ID",
    "Channel-Read-Codec-Rate",
    "Channel-State",
    "Event-Date-Timestamp",
    "Hangup-Cause",
    "Media-Bug-Function",
    "Old-Unique-ID",
    "Unique-ID",
    "variable_bridge_to",
    "variable_conference_call_key",
    "variable_current_application",
    "variable_current_application_data",
    "variable_dialed_domain",
    "variable_dialed_user",
    "variable_domain_name",
    "variable_has_t38",
    "variable_other_loopback_leg_uuid",
    "variable_proxy_media",
    "variable_read_rate",
    "variable_signal_bridge_to",
    "variable_sip_authorized",
    "variable_sip_contact_host",
    "variable_sip_contact_port",
    "variable_sip_user_agent",
    "variable_transfer_history",
    "variable_user_name",
)
#: Headers whose values are new each time; only their presence is compared.
_NEW = (
    "Caller-Channel-Answered-Time",
    "Caller-Channel-Bridged-Time",
    "Caller-Channel-Created-Time",
    "Event-Date-Timestamp",
    "Old-Unique-ID",
    "variable_conference_call_key",
    "variable_transfer_history",
)
#: Events that belong to no call, or that a switch sends at any time.
_LEFT_OUT = ("sofia::register", "BACKGROUND_JOB", "CHANNEL_PROGRESS_MEDIA", "sofia::reinvite")
_ROLES = "ABCDEFGHIJKLMNOP"

Digest = dict[str, list[list[object]]]


def digest(events: Iterable[Mapping[str, str]]) -> Digest:
    """The events of each leg, in order."""
    of_legs = [event for event in events if _name(event) not in _LEFT_OUT and event.get("Unique-ID")]
    legs = dict(zip(dict.fromkeys(event["Unique-ID"] for event in of_legs), _ROLES, strict=False))
    before: dict[str, dict[str, str]] = {}
    told: Digest = {}
    for event in of_legs:
        name, role = _name(event), legs[event["Unique-ID"]]
        now = dict(_read(event, legs))
        known = before.setdefault(role, {})
        whole = any(header.startswith("variable_") for header in event)
        gone = [header for header in known if header not in now and (whole or "variable_" not in header)]
        news: dict[str, str | None] = {key: now[key] for key in now if known.get(key) != now[key]}
        told.setdefault(role, []).append([name, news | dict.fromkeys(gone)])
        for header in gone:
            del known[header]
        known.update(now)
    return told


def _name(event: Mapping[str, str]) -> str:
    return event.get("Event-Subclass") or event["Event-Name"]


def _read(event: Mapping[str, str], legs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for header in HEADERS:
        if value := event.get(header):
            yield header, "*" if header in _NEW else _with_roles(value, legs)


def _with_roles(value: str, legs: Mapping[str, str]) -> str:
    for uuid, role in legs.items():
        value = value.replace(uuid, f"<{role}>")
    return value


def differences(simulated: Digest, recorded: Digest) -> list[str]:
    """The differences of two digests, as lines for people."""
    lines: list[str] = []
    for role in sorted({*simulated, *recorded}):
        sides = (recorded.get(role, []), simulated.get(role, []))
        texts = [[json.dumps(event, sort_keys=True) for event in side] for side in sides]
        lines += [f"{role} {line}" for line in difflib.ndiff(*texts) if line[:1] in "+-"]
    return lines


def recorded(data: bytes) -> Iterator[dict[str, str]]:
    """The events in the bytes of a recording; of a header that occurs twice, the first."""
    at = 0
    while (end := data.find(b"\n\n", at)) >= 0:
        lines = data[at:end].decode().strip().split("\n")
        size = int(next((line[16:] for line in lines if line.startswith("Content-Length: ")), "0"))
        body, at = data[end + 2 : end + 2 + size], end + 2 + size
        if "Content-Type: text/event-json" in lines:
            pairs = json.loads(body.decode("utf-8", "replace"), object_pairs_hook=list)
            yield {name: _one(value) for name, value in reversed(pairs)}


def _one(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "|:".join(value)


def main() -> None:
    folder = Path(sys.argv[1])
    scenarios = {path.name.partition(".")[0]: path for path in sorted(folder.glob("*.json.esl"))}
    lines = (
        f"{json.dumps(name)}: {json.dumps(digest(recorded(path.read_bytes())))}"
        for name, path in scenarios.items()
        if not name.startswith("hostile")
    )
    print("{" + ",\n".join(lines) + "}")


if __name__ == "__main__":
    main()

"""A switch that is played, with many users who begin and end calls, for a controller in another process."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from contextlib import suppress

from benchmarks import recordings
from benchmarks.peer import Peer

DOMAIN = "pbx.test"
#: The extension of the first user; the user behind the last one has no phone.
FIRST = 10_000
#: How many other calls begin before a call is answered, and then before it ends.
ANSWERED, OVER = 60, 400


class OnePlay(Peer):
    """The switch's side of the event socket: one thread answers, another sends events."""

    lock = threading.Lock()

    def play(self, data: bytes | memoryview) -> None:
        """Send bytes; nobody else's come between them."""
        with self.lock:
            super().play(data)


class Switch:
    """A switch on which users have a name and a desk phone each, and are in calls."""

    def __init__(self, users: int) -> None:
        self.users = users
        self._legs: dict[str, dict[str, str]] = {}
        self._known = {
            name: _template(name) for name in ("CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_DESTROY")
        }
        rows = [{"reg_user": str(FIRST + number), "realm": DOMAIN} for number in range(users)]
        self._registrations = json.dumps({"row_count": users, "rows": rows})

    def answer(self, text: str) -> str:
        """The output of a command."""
        words = text.split()
        match words:
            case ["show", "registrations", *_]:
                return self._registrations
            case ["show", *_]:
                return '{"row_count":0}'
            case ["user_data", user, "attr", "id"]:
                return user.partition("@")[0]
            case ["user_data", user, "var", "effective_caller_id_name"]:
                return f"Person {user.partition('@')[0]}"
            case ["sofia_contact", user]:
                name = user.removeprefix("*/")
                there = int(name.partition("@")[0]) < FIRST + self.users
                return f"sofia/internal/sip:{name}@10.0.0.9:5060" if there else "error/user_not_registered"
            case ["sofia", "xmlstatus", *_]:
                return (
                    f"<p><registration><contact>&lt;sip:{words[-1]}@10.0.0.9:5060&gt;</contact>"
                    "<agent>Yealink SIP-T46S 66.85.0.5</agent></registration></p>"
                )
            case ["uuid_dump", uuid, *_]:
                leg = self._legs.get(uuid.removeprefix("far-"))
                if leg is None:
                    return "-ERR No such channel!"
                far = {"Unique-ID": uuid, "variable_bridge_to": leg["Unique-ID"], "Channel-Presence-ID": ""}
                return _json({**leg, **far} if uuid.startswith("far-") else leg)
            case ["uuid_buglist", *_]:
                return "<media-bugs></media-bugs>"
        return ""

    def run(self, peer: Peer, rate: float, going: threading.Event) -> None:
        """Send events by which so many users a second change their state, until `going` is cleared."""
        began, calls = time.monotonic(), 0
        ringing: deque[str] = deque()
        talking: deque[str] = deque()
        while going.is_set():
            while calls < (time.monotonic() - began) * rate / 3:
                user = str(FIRST + calls * 7 % self.users)
                ringing.append(f"{calls:08x}-{user}")
                peer.play(self._event("CHANNEL_CREATE", ringing[-1], user))
                if len(ringing) > ANSWERED:
                    uuid = ringing.popleft()
                    talking.append(uuid)
                    peer.play(self._event("CHANNEL_ANSWER", uuid, uuid.partition("-")[2]))
                if len(talking) > OVER:
                    uuid = talking.popleft()
                    peer.play(self._event("CHANNEL_DESTROY", uuid, uuid.partition("-")[2]))
                    del self._legs[uuid]
                calls += 1
            time.sleep(0.002)

    def _event(self, name: str, uuid: str, user: str) -> bytes:
        now = str(time.time_ns() // 1000)
        answered = name == "CHANNEL_ANSWER"
        leg = {
            **self._known[name],
            "Unique-ID": uuid,
            "Channel-Name": f"sofia/internal/{user}@10.0.0.9:5060",
            "Channel-Presence-ID": f"{user}@{DOMAIN}",
            "Call-Direction": "outbound",
            "Channel-Call-State": "ACTIVE" if answered else "RINGING",
            "Answer-State": "answered" if answered else "ringing",
            "Caller-Channel-Created-Time": now,
            "Caller-Channel-Answered-Time": now if answered else "0",
            "Event-Date-Timestamp": now,
            "variable_bridge_to": f"far-{uuid}" if answered else "",
            "variable_sip_user_agent": "Yealink SIP-T46S 66.85.0.5",
        }
        self._legs[uuid] = leg
        return recordings.json_frame(_json(leg).encode())


def _json(leg: dict[str, str]) -> str:
    """As the switch writes it."""
    return json.dumps(leg, separators=(",", ":"))


def _template(name: str) -> dict[str, str]:
    """A recorded event of an outbound leg, with everything that such an event has."""
    for payload in recordings.payloads():
        event: dict[str, str] = json.loads(payload)
        if event["Event-Name"] == name and event.get("Call-Direction") == "outbound":
            return event
    raise LookupError(name)


def play_switch(listener: object, users: int, rate: float, loaded: object) -> None:
    """A process: the switch, which begins to send events when `loaded` is set."""
    switch = Switch(users)
    peer = OnePlay(listener, switch.answer)  # type: ignore[arg-type]
    going = threading.Event()
    going.set()

    def send() -> None:
        loaded.wait()  # type: ignore[attr-defined]
        with suppress(OSError):
            switch.run(peer, rate, going)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    with suppress(EOFError, OSError):
        while True:
            peer.answer()
    going.clear()

"""A phone's key with a lamp: it subscribes, and follows each NOTIFY (RFC 6665, RFC 4235, RFC 3863)."""

from __future__ import annotations

import re
import select
import socket
import uuid

from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.sipphone import credentials

ACCEPTED = {"dialog": "application/dialog-info+xml", "presence": "application/pidf+xml"}
#: The text of a lit lamp in each event package.
_LIT = {"dialog": "<state>confirmed</state>", "presence": "<rpid:on-the-phone/>"}


class Watcher:
    """The key of `extension` that watches `to`, `PROTOCOL+USER@DOMAIN`, as a context manager.

    It subscribes at `host` and the port `switch`, and authenticates as that user of `domain`. `says` replaces
    the user's address in From.
    """

    def __init__(
        self,
        extension: str,
        to: str,
        event: str = "dialog",
        switch: int = SIP_PORT,
        domain: str = DOMAIN,
        password: str = "",
        says: str = "",
        host: str = "127.0.0.1",
    ) -> None:
        self.extension, self.to, self.event = extension, to, event
        self.domain, self.password = domain, password or f"pw{extension}"
        self.says = says or f"{extension}@{domain}"
        self.switch = (host, switch)
        self.call_id, self.tag, self.to_tag = uuid.uuid4().hex, uuid.uuid4().hex[:8], ""
        self.target, self.route = f"sip:{to}", ""  # of what is sent within the subscription
        self.sequence = 0
        self.newest = 0  # the CSeq of the newest NOTIFY
        self.told: list[bool] = []

    def __enter__(self) -> Watcher:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(self.switch)
        assert self.subscribe() == 202
        return self

    def __exit__(self, *exc: object) -> None:
        self.subscribe(0)
        self.sock.close()

    @property
    def lit(self) -> bool | None:
        """Whether the lamp is lit; None before the first NOTIFY."""
        while select.select([self.sock], [], [], 0)[0]:
            self._receive()
        return self.told[-1] if self.told else None

    def subscribe(self, seconds: int = 600) -> int:
        """Subscribe, or renew the subscription; return the final status."""
        answer = self._ask(seconds)
        if answer.split(" ")[1] in ("401", "407"):
            # the realm, and so the domain as whose user it is authenticated, is the phone's to say
            asked = re.sub(r'realm="[^"]*"', f'realm="{self.domain}"', answer)
            own = credentials(asked, "SUBSCRIBE", self.target, self.extension, self.password)
            answer = self._ask(seconds, own)
        self.to_tag = (re.findall(r"^To: .*(;tag=[^;\r]+)", answer, re.M) or [""])[0]
        if through := re.search(r"^Record-Route: (.*)\r$", answer, re.M):  # the one proxy
            self.route = f"Route: {through[1]}\r\n"
            self.target = re.findall(r"^Contact: <([^>]+)>", answer, re.M)[0]
        return int(answer.split(" ")[1])

    def _ask(self, seconds: int, authorization: str = "") -> str:
        self.sequence += 1
        address = "{}:{}".format(*self.sock.getsockname())
        self.sock.send(
            (
                f"SUBSCRIBE {self.target} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {address};rport;branch=z9hG4bK{uuid.uuid4().hex}\r\n"
                f"Max-Forwards: 70\r\n{self.route}From: <sip:{self.says}>;tag={self.tag}\r\n"
                f"To: <sip:{self.to}>{self.to_tag}\r\n"
                f"Call-ID: {self.call_id}\r\nCSeq: {self.sequence} SUBSCRIBE\r\n"
                f"Contact: <sip:{self.extension}@{address}>\r\nEvent: {self.event}\r\n"
                f"Accept: {ACCEPTED[self.event]}\r\nExpires: {seconds}\r\n{authorization}"
                "Content-Length: 0\r\n\r\n"
            ).encode()
        )
        self.sock.settimeout(5)
        while True:
            answer = self._receive()
            if answer.startswith("SIP/2.0 ") and not answer.startswith("SIP/2.0 1"):
                return answer

    def _receive(self) -> str:
        """The next message; a NOTIFY is answered, and its content is kept.

        The switch repeats a NOTIFY until it is answered, even after a newer one: an older one does not count
        (RFC 6665, 4.1.3).
        """
        message = self.sock.recv(65535).decode("utf-8", "replace")
        if message.startswith("NOTIFY "):
            kept = "".join(re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*\r\n", message, re.M))
            self.sock.send(f"SIP/2.0 200 OK\r\n{kept}Content-Length: 0\r\n\r\n".encode())
            number = int(re.findall(r"^CSeq: (\d+) ", message, re.M)[0])
            body = message.partition("\r\n\r\n")[2]
            if body and number > self.newest:
                self.newest = number
                self.told.append(_LIT[self.event] in body)
        return message

"""One request outside of any call, with any method, address, headers and body that an attacker may write."""

from __future__ import annotations

import re
import socket
import uuid

from tests.live.sipphone import credentials

#: Seconds to wait for an answer; the switch does not answer a request that it cannot read.
PATIENCE = 3.0
NO_ANSWER = 0


def ask(
    port: int,
    method: str,
    uri: str,
    user: str = "anonymous",
    password: str = "",
    headers: str = "",
    body: str = "",
    host: str = "127.0.0.1",
    call: str = "",
) -> int:
    """Send a request; return the final status, or NO_ANSWER. With a `password` it answers a challenge.

    Each of `headers` has its line end; a Contact among them replaces the sender's own address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect((host, port))
        own, tag, call = sock.getsockname()[1], uuid.uuid4().hex[:8], call or uuid.uuid4().hex
        host = f"[{host}]" if ":" in host else host
        address = f"{host}:{own}"
        if "Contact:" not in headers:
            headers += f"Contact: <sip:{user}@{address}>\r\n"
        login = ""
        for number in (1, 2):
            sock.send(
                (
                    f"{method} {uri} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {address};rport;branch=z9hG4bK{uuid.uuid4().hex}\r\n"
                    f"Max-Forwards: 70\r\nFrom: <sip:{user}@{host}>;tag={tag}\r\nTo: <{uri}>\r\n"
                    f"Call-ID: {call}\r\nCSeq: {number} {method}\r\n{headers}{login}"
                    f"User-Agent: Yealink SIP-T46S 66.85.0.5\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                ).encode()
            )
            try:
                answer = _final(sock, f"CSeq: {number} {method}\r\n")
            except TimeoutError:
                return NO_ANSWER
            status = int(re.findall(r"^SIP/2\.0 (\d+)", answer)[0])
            if status not in (401, 407) or not password:
                return status
            login = credentials(answer, method, uri, user, password)
    return status


def _final(sock: socket.socket, mark: str) -> str:
    while True:
        answer = sock.recv(65535).decode("utf-8", "replace")
        if mark in answer and re.match(r"SIP/2\.0 [2-6]", answer):
            return answer

"""A minimal SIP phone: it sends a request, gives its password if asked, and reads the answer."""

from __future__ import annotations

import hashlib
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

UNAUTHORIZED, PROXY_AUTHENTICATION = 401, 407
#: Seconds to wait for an answer; the tone of a refused page takes three before the call ends.
PATIENCE = 15


class Phone:
    """A phone that knows only the address of the switch, like most phones, and not the users' domain."""

    def __init__(
        self, port: int, user: str = "caller", password: str = "", agent: str = "Yealink SIP-T46S 66.85.0.5"
    ) -> None:
        self.user, self.password, self.agent = user, password, agent
        self.switch = ("127.0.0.1", port)
        #: The user in From, if not its own; and further headers of its calls, one on each line.
        self.says, self.headers = "", ""

    def ask(self, method: str, number: str = "") -> int:
        """Send a REGISTER, or an INVITE to `number`; return the final status."""
        with self._socket() as sock:
            return self._ask(sock, method, number)

    @contextmanager
    def registered(self) -> Iterator[Ringer]:
        """Register at the switch; the Ringer is the registered phone."""
        with self._socket() as sock:
            assert self._ask(sock, "REGISTER") == 200
            yield Ringer(sock)

    @contextmanager
    def _socket(self) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(self.switch)
            yield sock

    def _ask(self, sock: socket.socket, method: str, number: str = "") -> int:
        transaction = _Transaction(sock, self, method, number)
        status, answer = transaction.send(1)
        if status in (UNAUTHORIZED, PROXY_AUTHENTICATION) and self.password:
            status, _ = transaction.send(2, transaction.authorization(answer))
        return status


class Ringer:
    """A registered phone that rings, or refuses, and is never answered."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def invite(self, seconds: float = PATIENCE, answer: str = "180 Ringing") -> str:
        """The next INVITE, which it answers with this status; empty if none comes in time."""
        self._sock.settimeout(seconds)
        while True:
            try:
                message = self._sock.recv(65535).decode("utf-8", "replace")
            except TimeoutError:
                return ""
            if message.startswith("INVITE "):
                kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*\r\n", message, re.M)
                status = f"SIP/2.0 {answer}\r\n{''.join(kept)}Content-Length: 0\r\n\r\n"
                self._sock.send(status.encode())
                return message


class _Transaction:
    def __init__(self, sock: socket.socket, phone: Phone, method: str, number: str) -> None:
        self.sock, self.phone, self.method = sock, phone, method
        self.call, self.tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]
        server = "{}:{}".format(*phone.switch)
        self.uri = f"sip:{number}@{server}" if number else f"sip:{server}"
        self.own = f"sip:{phone.user}@{server}"
        self.contact = "sip:{}@{}:{}".format(phone.user, *sock.getsockname())

    def send(self, number: int, authorization: str = "") -> tuple[int, str]:
        """The final status and the whole answer."""
        body, more = "", f"Contact: <{self.contact}>\r\n{authorization}"
        if self.method == "INVITE":
            body = (
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {free_port()} RTP/AVP 0\r\n"
            )
            more += "Content-Type: application/sdp\r\n"
        branch = f"z9hG4bK{uuid.uuid4().hex}"
        to = f"<{self.uri if self.method == 'INVITE' else self.own}>"
        self._write(self.method, branch, to, number, more, body)
        answer = self._final(number)
        if self.method == "INVITE":  # RFC 3261, 17.1.1.3: with the branch and the To of the answer
            to = re.findall(r"^To: (.*)\r$", answer, re.M)[0]
            self._write("ACK", branch, to, number)
        return _status(answer), answer

    def authorization(self, challenge: str) -> str:
        """The header that answers a challenge."""
        return credentials(challenge, self.method, self.uri, self.phone.user, self.phone.password)

    def _write(self, method: str, branch: str, to: str, number: int, more: str = "", body: str = "") -> None:
        host, port = self.sock.getsockname()
        caller = self.phone.says or f"<{self.own}>"
        self.sock.send(
            (
                f"{method} {self.uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};rport;branch={branch}\r\n"
                f"Max-Forwards: 70\r\nFrom: {caller};tag={self.tag}\r\nTo: {to}\r\n"
                f"Call-ID: {self.call}\r\nCSeq: {number} {method}\r\n{more}{self.phone.headers}"
                f"User-Agent: {self.phone.agent}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )

    def _final(self, number: int) -> str:
        while True:
            answer = self.sock.recv(65535).decode("utf-8", "replace")
            if _status(answer) >= 200 and f"Call-ID: {self.call}\r\nCSeq: {number} " in answer:
                return answer


def credentials(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The header that answers a challenge (RFC 2617, 3.2.2, with qop=auth)."""
    [(kind, asked)] = re.findall(r"^(WWW|Proxy)-Authenticate: Digest (.*)\r$", challenge, re.M)
    given = dict(re.findall(r'(\w+)="([^"]*)"', asked))
    realm, nonce = given["realm"], given["nonce"]
    secret, what = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{secret}:{nonce}:00000001:c0ffee:auth:{what}")
    name = "Authorization" if kind == "WWW" else "Proxy-Authorization"
    return (
        f'{name}: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc=00000001\r\n'
    )


def free_port() -> int:
    """A port of this machine that is free for both UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _status(message: str) -> int:
    """The status of an answer; 0 for a request."""
    return int(message.split(" ", 2)[1]) if message.startswith("SIP/2.0 ") else 0


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()

"""A SIP user agent for an attacker: it writes any number, any Contact and any header, byte by byte.

It registers, calls, answers or redirects incoming calls, and transfers calls. It has no media: its tests
observe where calls go, and not what is heard.
"""

from __future__ import annotations

import re
import select
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.live.sipphone import credentials, free_port

RINGING, PROGRESS, OK, MOVED, TERMINATED = 180, 183, 200, 302, 487
PATIENCE = 12.0
DESK = "Yealink SIP-T46S 66.85.0.5"
_ROUTE = re.compile(r"^Record-Route: (.*)\r$", re.M)
_KEPT = re.compile(r"^(?:Via|From|To|Call-ID|CSeq|Record-Route): .*\r\n", re.M)


@dataclass(frozen=True)
class Answer:
    """An agent's answer to a call: a status, and headers with their line ends; status 0 is no answer."""

    status: int
    headers: str = ""


#: A 183 has a description: what the caller hears from then on is early media.
ACCEPT, RING, EARLY = Answer(OK), Answer(RINGING), Answer(PROGRESS)


def redirect(contact: str, status: int = MOVED) -> Answer:
    """A redirection; `contact` is the text of the Contact header."""
    return Answer(status, f"Contact: {contact}\r\n")


@dataclass(eq=False)
class Dialog:
    """A call that an agent has made or received; `route` has the Route headers of its further requests."""

    call_id: str
    own: str
    far: str
    target: str
    status: int = 0
    sequence: int = 1
    invite: str = ""
    route: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def replaced(self) -> str:
        """The value of a Replaces header for this call, from the switch's side (RFC 3891, 6.1)."""
        return f"{self.call_id};to-tag={_tag(self.far)};from-tag={_tag(self.own)}"


class Agent:
    """The user agent, as a context manager. `domain` is the host of its address; `says` replaces it in From.

    `host` is its IP address: FreeSWITCH takes a redirection to its own address for one into its dialplan.
    """

    def __init__(
        self,
        port: int,
        user: str = "anonymous",
        password: str = "",
        domain: str = "127.0.0.1",
        agent: str = DESK,
        host: str = "127.0.0.1",
    ) -> None:
        self.user, self.password, self.domain, self.agent = user, password, domain, agent
        self.switch = ("127.0.0.1", port)
        self.says = ""
        #: The name of the switch in the numbers that it calls.
        self.server = "{}:{}".format(*self.switch)
        #: A function that returns its answer to an INVITE.
        self.answer: Callable[[str], Answer] = lambda _: ACCEPT
        self.calls: list[Dialog] = []
        self._dialogs: list[Dialog] = []
        self._messages: list[str] = []
        self._told = threading.Condition()
        self._open = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.address = "{}:{}".format(*self._socket.getsockname())
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Agent:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._open = False
        self._thread.join()
        self._socket.close()

    # -- actions -------------------------------------------------------------------------------------------

    def register(self, contact: str = "", to: str = "") -> int:
        """Register; return the final status.

        `contact` replaces its own address in the Contact header, and `to` its user in the To header.
        """
        own = f"<sip:{self.user}@{self.domain}>"
        dialog = Dialog(uuid.uuid4().hex, _tagged(own), to or own, "sip:{}:{}".format(*self.switch))
        contact = contact or f"<sip:{self.user}@{self.address}>"
        return _status(self._request(dialog, "REGISTER", f"Contact: {contact}\r\nExpires: 600\r\n"))

    def call(self, number: str, headers: str = "", to: str = "", call_id: str = "") -> Dialog:
        """Call a number; return the call once it is answered or refused. `to` is the To header."""
        uri = f"sip:{number}@{self.server}"
        own = self.says or f"<sip:{self.user}@{self.domain}>"
        dialog = Dialog(call_id or uuid.uuid4().hex, _tagged(own), to or f"<{uri}>", uri)
        if "Contact:" not in headers:
            headers += f"Contact: <sip:{self.user}@{self.address}>\r\n"
        answer = self._request(dialog, "INVITE", headers, _description())
        dialog.status = _status(answer)
        if dialog.status == OK:
            dialog.far = _header(answer, "To")
            dialog.route = "".join(f"Route: {each}\r\n" for each in reversed(_ROUTE.findall(answer)))
            dialog.target = re.findall(r"<(sip:[^>]+)>", _header(answer, "Contact"))[0]
            self._send(dialog, "ACK", dialog.sequence)
        return dialog

    def refer(self, dialog: Dialog, to: str, headers: str = "") -> str:
        """Transfer the other party; `to` is the text of Refer-To. Return the result, or the refusal."""
        seen = len(self._messages)
        answer = self._request(dialog, "REFER", f"Refer-To: {to}\r\n{headers}")
        if _status(answer) >= 300:
            return answer.split("\r\n", 1)[0]
        with self._told:
            self._told.wait_for(lambda: dialog.ended.is_set() or self._notified(dialog, seen), PATIENCE)
            told = self._notified(dialog, seen)
        return told[-1] if told else ""

    def ask(self, dialog: Dialog, method: str, headers: str = "", body: str = "") -> int:
        """Send any other request in a call; return the final status."""
        return _status(self._request(dialog, method, headers, body))

    def renegotiate(self, dialog: Dialog, headers: str) -> int:
        """Send an INVITE in a call; return the final status."""
        status = self.ask(dialog, "INVITE", headers, _description())
        if status == OK:
            self._send(dialog, "ACK", dialog.sequence)
        return status

    def hang_up(self, dialog: Dialog) -> None:
        """End a call, if it is still up."""
        if dialog.status == OK and not dialog.ended.is_set():
            dialog.ended.set()
            self._request(dialog, "BYE")

    def rung(self, seconds: float = PATIENCE) -> Dialog:
        """The next incoming call since the last use of this method."""
        with self._told:
            assert self._told.wait_for(lambda: self.calls, seconds), f"{self.user} was not called"
            return self.calls.pop(0)

    def accept(self, dialog: Dialog) -> None:
        """Answer a call that rings or has early media."""
        dialog.status = OK
        self._respond(self.switch, dialog.invite, ACCEPT, _description())

    # -- SIP -----------------------------------------------------------------------------------------------

    def _request(self, dialog: Dialog, method: str, headers: str = "", body: str = "") -> str:
        answer = self._transaction(dialog, method, headers, body)
        if _status(answer) in (401, 407) and self.password:
            login = credentials(answer, method, dialog.target, self.user, self.password)
            answer = self._transaction(dialog, method, headers + login, body)
        return answer

    def _transaction(self, dialog: Dialog, method: str, headers: str, body: str) -> str:
        dialog.sequence += 1
        branch = self._send(dialog, method, dialog.sequence, headers, body)

        def final() -> str:
            return next((each for each in self._messages if branch in each and _status(each) >= OK), "")

        with self._told:
            assert self._told.wait_for(final, PATIENCE), f"no answer to {method} {dialog.target}"
            answer = final()
        if method == "INVITE" and _status(answer) > OK:
            refused = Dialog(dialog.call_id, dialog.own, _header(answer, "To"), dialog.target)
            self._send(refused, "ACK", dialog.sequence, branch=branch)
        return answer

    def _send(
        self, dialog: Dialog, method: str, sequence: int, headers: str = "", body: str = "", branch: str = ""
    ) -> str:
        branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        if body and "Content-Type:" not in headers:
            headers += "Content-Type: application/sdp\r\n"
        self._write(
            f"{method} {dialog.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.address};rport;branch={branch}\r\n"
            f"Max-Forwards: 70\r\nFrom: {dialog.own}\r\nTo: {dialog.far}\r\n"
            f"Call-ID: {dialog.call_id}\r\nCSeq: {sequence} {method}\r\n{dialog.route}{headers}"
            f"User-Agent: {self.agent}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
        )
        return branch

    def _write(self, text: str) -> None:
        self._socket.sendto(text.encode("utf-8", "surrogateescape"), self.switch)

    def _notified(self, dialog: Dialog, seen: int) -> list[str]:
        """The final reports about a transfer since then."""
        mine = [each for each in self._messages[seen:] if dialog.call_id in each]
        said = [each.partition("\r\n\r\n")[2].strip() for each in mine if each.startswith("NOTIFY ")]
        return [each for each in said if each and " 100 " not in each]

    def _listen(self) -> None:
        while self._open:
            if select.select([self._socket], [], [], 0.05)[0]:
                data, peer = self._socket.recvfrom(65535)
                text = data.decode("utf-8", "surrogateescape")
                if not text.startswith(("SIP/2.0 ", "ACK ")):
                    self._answer(text, peer)
                with self._told:
                    self._messages.append(text)
                    self._told.notify_all()

    def _answer(self, text: str, peer: tuple[str, int]) -> None:
        method, call_id = text.split(" ", 1)[0], _header(text, "Call-ID")
        known = next((each for each in self._dialogs if each.call_id == call_id), None)
        if method == "INVITE" and known is None:
            self._ring(text, call_id, peer)
        elif method != "INVITE" or ";tag=" in _header(text, "To"):
            self._respond(peer, text, Answer(OK), _description() if method == "INVITE" else "")
        if known and method in ("BYE", "CANCEL"):
            known.ended.set()
        if known and method == "CANCEL":
            self._respond(peer, known.invite, Answer(TERMINATED))

    def _ring(self, text: str, call_id: str, peer: tuple[str, int]) -> None:
        answer, to = self.answer(text), _header(text, "To")
        text = text.replace(f"To: {to}\r\n", f"To: {_tagged(to)}\r\n", 1)
        target = re.findall(r"<(sip:[^>]+)>", _header(text, "Contact"))[0]
        own, far = _header(text, "To"), _header(text, "From")
        dialog = Dialog(call_id, own, far, target, answer.status, invite=text)
        if answer.status:
            self._respond(peer, text, answer, _description() if answer.status in (PROGRESS, OK) else "")
        self._dialogs.append(dialog)
        with self._told:
            self.calls.append(dialog)
            self._told.notify_all()

    def _respond(self, peer: tuple[str, int], request: str, answer: Answer, body: str = "") -> None:
        kept, headers = "".join(_KEPT.findall(request)), answer.headers
        if "Contact:" not in headers:
            headers += f"Contact: <sip:{self.user}@{self.address}>\r\n"
        if body:
            headers += "Content-Type: application/sdp\r\n"
        text = (
            f"SIP/2.0 {answer.status} Said\r\n{kept}{headers}User-Agent: {self.agent}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(text.encode("utf-8", "surrogateescape"), peer)


def _description() -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {free_port()} RTP/AVP 0\r\n"
    )


def _status(message: str) -> int:
    """The status of an answer; 0 for a request."""
    return int(message.split(" ", 2)[1]) if message.startswith("SIP/2.0 ") else 0


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)\r$", message, re.M)
    return found[1] if found else ""


def _tagged(address: str) -> str:
    return f"{address};tag={uuid.uuid4().hex[:8]}"


def _tag(address: str) -> str:
    return address.rpartition(";tag=")[2]

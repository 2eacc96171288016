"""A SIP phone that a test controls; in a call it plays its tone and keeps what it hears.

The phones of the phone switch are FreeSWITCH channels: they hold, transfer and pick up only in FreeSWITCH's
way. This phone sends the requests that other phones send for that (RFC 3261, 3515, 3891). It uses PCMU.
"""

from __future__ import annotations

import array
import bisect
import math
import re
import select
import socket
import struct
import threading
import time
import uuid
import wave
from pathlib import Path
from urllib.parse import quote

from controller.laboratory.office import CUSTOMER, DOMAIN, PHONES, SIP_PORT
from tests.live.sipphone import credentials, free_port

RATE, FRAME = 8000, 160
#: The peak of a tone that is as loud as those of the phone switch's phones.
PEAK = 5076
PATIENCE = 15.0
#: The SOL_SOCKET option for the time at which the kernel received a packet; Python's socket module lacks it.
SO_TIMESTAMPNS = 35
ANSWER, SENDRECV = 200, "sendrecv"


def _decoded(code: int) -> int:
    """A sample of ITU-T G.711 mu-law."""
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - value if code & 0x80 else value - 0x84


DECODED = [_decoded(code) for code in range(256)]
_ORDER = sorted(range(256), key=DECODED.__getitem__)
_VALUES = [DECODED[code] for code in _ORDER]


def _tone(hz: int) -> bytes:
    """One second of a tone."""
    samples = (PEAK * math.sin(2 * math.pi * hz * i / RATE) for i in range(RATE))
    return bytes(_ORDER[min(bisect.bisect(_VALUES, sample), 255)] for sample in samples)


class Handset:
    """A phone of `extension`, or an unknown phone outside, for one call.

    `switch` is the port that it calls; `hz` replaces its usual tone. After `close`, its recording is
    `RECORDINGS/NAME.wav`.
    """

    def __init__(
        self, recordings: str, name: str, extension: int = 0, switch: int = SIP_PORT, hz: int = 0
    ) -> None:
        self.recording = Path(recordings) / f"{name}.wav"
        self.user, self.password = (str(extension), f"pw{extension}") if extension else ("anonymous", "")
        self.agent, own = PHONES.get(extension, ("Carrier SBC", CUSTOMER))
        self.hz = hz or own
        self.switch = ("127.0.0.1", switch)
        self.call_id, self.tag, self.to_tag = uuid.uuid4().hex, uuid.uuid4().hex[:8], ""
        self.ended = threading.Event()
        #: The arrival of each packet in nanoseconds since 1970 by the kernel's clock, and its payload.
        self.packets: list[tuple[int, bytes]] = []
        self._sequence = self._version = 0
        self._remote, self._media = "", ("", 0)
        self._answers: list[str] = []
        self._notified: list[str] = []
        self._told = threading.Condition()
        self._open = True
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", 0))
        self._rtp.bind(("127.0.0.1", free_port()))
        self._rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._signal, self._talk)]
        for thread in self._threads:
            thread.start()

    def _leave(self) -> None:
        """Hang up if necessary, and close the sockets."""
        if self.to_tag and not self.ended.is_set():
            self.request("BYE", wanted=False)
        self._open = False
        for thread in self._threads:
            thread.join()
        self._sip.close()
        self._rtp.close()

    def close(self) -> None:
        """Hang up if necessary, and keep the recording; closing twice does no harm."""
        if not self._open:
            return
        self._leave()
        with wave.open(str(self.recording), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(self.heard().tobytes())

    # -- its user's actions --------------------------------------------------------------------------------

    def call(self, number: str, headers: str = "") -> int:
        """Call a number; return the final status. `headers` are further headers, each with its line end."""
        self._remote = "sip:{}@{}:{}".format(number, *self.switch)
        answer = self.request("INVITE", headers, self._description())
        if _status(answer) == ANSWER:
            self.to_tag = re.findall(r"^To: .*;tag=([^;\r]+)", answer, re.M)[0]
            self._remote = re.findall(r"^Contact: .*<(sip:[^>]+)>", answer, re.M)[0]
            self._acknowledge()
        return _status(answer)

    def register(self) -> None:
        """Register for a minute, and answer the next call at once."""
        self._remote = "sip:{}:{}".format(*self.switch)
        assert _status(self.request("REGISTER", "Expires: 60\r\n")) == ANSWER

    def reinvite(self, direction: str = SENDRECV, address: str = "127.0.0.1") -> str:
        """Ask for other media in the call; return the description in the answer."""
        answer = self.request("INVITE", "", self._description(direction, address))
        assert _status(answer) == ANSWER, answer
        self._acknowledge()
        return answer.partition("\r\n\r\n")[2]

    def refer(self, number: str, replaces: str = "", port: int = 0) -> str:
        """Transfer to a number, or to the phone at a `port`: blind, or attended to another call's `dialog`.

        Returns the first line of the result.
        """
        to = f"sip:{number}@{self.switch[0]}:{port or self.switch[1]}"
        header = f"?Replaces={quote(replaces, safe='')}" if replaces else ""
        headers = f"Refer-To: <{to}{header}>\r\nReferred-By: <sip:{self.user}@{DOMAIN}>\r\n"
        answer = self.request("REFER", headers)
        if _status(answer) >= 300:
            return answer.split("\r\n", 1)[0]
        with self._told:
            told = self._told.wait_for(
                lambda: [each for each in self._notified if " 100 " not in each], PATIENCE
            )
        return told[0] if told else ""

    def dialog(self) -> str:
        """The value of a Replaces header for its call, from the switch's side (RFC 3891, 6.1)."""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.tag}"

    def press(self, digits: str) -> None:
        """Press keys (RFC 6086's INFO, as phones send digits)."""
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=160\r\n"
            self.request("INFO", "Content-Type: application/dtmf-relay\r\n", body)

    def heard(self) -> array.array[int]:
        """The sound received so far, as samples; gaps are silent."""
        samples = array.array("h")
        packets = list(self.packets)
        start = packets[0][0] if packets else 0
        for at, payload in packets:
            missing = round((at - start) * RATE / 1e9) - len(samples)
            if missing >= FRAME:  # less is jitter of the network
                samples.extend([0] * missing)
            samples.extend(DECODED[code] for code in payload)
        return samples

    # -- SIP -----------------------------------------------------------------------------------------------

    def request(self, method: str, headers: str = "", body: str = "", *, wanted: bool = True) -> str:
        """Send a request in the call, with the password if asked for; return its final answer.

        If no answer is `wanted`, it does not wait.
        """
        if not wanted:
            self._send(method, headers, body)
            return ""
        answer = self._request(method, headers, body)
        if _status(answer) in (401, 407) and self.password:
            if method == "INVITE":
                self._acknowledge(refused=answer)
            answer = self._request(
                method, headers + credentials(answer, method, self._remote, self.user, self.password), body
            )
        if method == "INVITE" and _status(answer) > ANSWER:
            self._acknowledge(refused=answer)
        return answer

    def _request(self, method: str, headers: str, body: str) -> str:
        self._send(method, headers, body)
        mark = f"Call-ID: {self.call_id}\r\nCSeq: {self._sequence} {method}\r\n"

        def final() -> str:
            return next((each for each in self._answers if mark in each and _status(each) >= ANSWER), "")

        with self._told:
            assert self._told.wait_for(final, PATIENCE), f"no answer to {method}"
            return final()

    def _send(self, method: str, headers: str, body: str) -> None:
        self._sequence += 1
        self._branch = f"z9hG4bK{uuid.uuid4().hex}"
        if body and "Content-Type" not in headers:
            headers += "Content-Type: application/sdp\r\n"
        self._write(method, self._sequence, headers, body)

    def _acknowledge(self, refused: str = "") -> None:
        if not refused:  # RFC 3261, 17.1.1.3: a new transaction, unlike the ACK of a refusal
            self._branch = f"z9hG4bK{uuid.uuid4().hex}"
        self._write("ACK", self._sequence, "", "")

    def _write(self, method: str, sequence: int, headers: str, body: str) -> None:
        host, port = self._sip.getsockname()
        own = f"<sip:{self.user}@{DOMAIN}>"
        far = own if method == "REGISTER" else f"<sip:{self.switch[0]}>"
        self._sip.sendto(
            (
                f"{method} {self._remote} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};rport;branch={self._branch}\r\n"
                f"Max-Forwards: 70\r\nFrom: {own};tag={self.tag}\r\n"
                f"To: {far}{';tag=' + self.to_tag if self.to_tag else ''}\r\n"
                f"Call-ID: {self.call_id}\r\nCSeq: {sequence} {method}\r\n"
                f"Contact: <sip:{self.user}@{host}:{port}>\r\nUser-Agent: {self.agent}\r\n"
                f"Allow: INVITE,ACK,BYE,CANCEL,REFER,NOTIFY,UPDATE,INFO\r\nSupported: replaces\r\n{headers}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(),
            self.switch,
        )

    def _description(self, direction: str = SENDRECV, address: str = "127.0.0.1") -> str:
        self._version += 1
        return (
            f"v=0\r\no=- 7 {self._version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na={direction}\r\n"
        )

    def _signal(self) -> None:
        while self._open:
            if not select.select([self._sip], [], [], 0.05)[0]:
                continue
            message, peer = self._sip.recvfrom(65535)
            text = message.decode("utf-8", "replace")
            self._learn(text)
            if text.startswith("SIP/2.0 "):
                with self._told:
                    self._answers.append(text)
                    self._told.notify_all()
            elif not text.startswith("ACK "):
                self._answer(text, peer)

    def _learn(self, text: str) -> None:
        """Read from an answer where the switch wants the media."""
        found = re.search(r"^c=IN IP4 (\S+)\r\n(?:.*\r\n)*?m=audio (\d+)", text, re.M)
        if found:
            self._media = found[1], int(found[2])

    def _answer(self, text: str, peer: tuple[str, int]) -> None:
        kept = "".join(re.findall(r"^(?:Via|From|To|Call-ID|CSeq|Record-Route): .*\r\n", text, re.M))
        body, more = "", ""
        if text.startswith("INVITE ") and not re.search(r"^To: .*;tag=", kept, re.M):
            kept = re.sub(r"^(To: .*)\r$", rf"\1;tag={self.tag}\r", kept, flags=re.M)
            [self.call_id] = re.findall(r"^Call-ID: (.*)\r$", text, re.M)
            [self.to_tag] = re.findall(r"^From: .*;tag=([^;\r]+)", text, re.M)
            [self._remote] = re.findall(r"^Contact: .*<(sip:[^>]+)>", text, re.M)
        if text.startswith("INVITE ") or (text.startswith("UPDATE ") and "m=audio" in text):
            more = "Content-Type: application/sdp\r\n"
            asked = re.search(r"^a=(sendonly|recvonly|inactive)\r$", text, re.M)
            turned = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
            body = self._description(turned[asked[1]] if asked else SENDRECV)
        contact = "Contact: <sip:{}@{}:{}>\r\n".format(self.user, *self._sip.getsockname())
        answer = f"SIP/2.0 200 OK\r\n{kept}{contact}{more}Content-Length: {len(body)}\r\n\r\n{body}"
        self._sip.sendto(answer.encode(), peer)
        if text.startswith("BYE "):
            self.ended.set()
        with self._told:
            if text.startswith("NOTIFY ") and "sipfrag" in text:
                self._notified.append(text.partition("\r\n\r\n")[2].strip())
            self._told.notify_all()

    # -- RTP -----------------------------------------------------------------------------------------------

    def _talk(self) -> None:
        number, at, source, tone = 0, time.monotonic(), uuid.uuid4().int & 0xFFFFFFFF, _tone(self.hz)
        while self._open:
            if select.select([self._rtp], [], [], max(at - time.monotonic(), 0))[0]:
                data, extra, _, _ = self._rtp.recvmsg(2048, 64)
                if len(data) > 12 and data[1] & 0x7F == 0:
                    [(_, _, stamp)] = extra
                    seconds, nanoseconds = struct.unpack("qq", stamp)
                    self.packets.append((seconds * 10**9 + nanoseconds, data[12:]))
            if time.monotonic() >= at:
                if self._media[1] and not self.ended.is_set():
                    begin = number * FRAME % RATE
                    head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * FRAME, source)
                    self._rtp.sendto(head + tone[begin : begin + FRAME], self._media)
                number, at = number + 1, at + 0.02


def _status(message: str) -> int:
    return int(message.split(" ", 2)[1])

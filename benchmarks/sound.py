"""The delay of a page's sound, and the time until both hear its tone, at the phones themselves.

    python -m benchmarks.sound [PAGES] [--codecs PCMU,G722]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH). The phones are sockets of this process. They
are silent but for a burst of noise every half second. The delay is the time from the sending of a burst's
first packet to the arrival of its first loud sample, by the kernel's clock. The target's call is a plain
call: its delay is measured in the same way before the page. The time to the tones begins with the pager's
INVITE.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import select
import statistics
import struct
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from controller.laboratory.lab import Lab
from controller.laboratory.office import SIP_PORT, TRUNK_PORT
from tests.live.handset import DECODED, RATE, Handset
from tests.live.office import Office, wait_for

DIALPLAN = Path(__file__).parent.parent / "dialplan"
#: Bytes and milliseconds of a packet, the packets of a burst, and the packets from one burst to the next.
BYTES, PACKET, BURST, EVERY = 160, 20, 3, 25
#: Seconds of bursts that are measured in each direction.
MEASURED = 3.0
#: The most that a burst can be late, in milliseconds.
LATE = 400
#: A sample that is louder is loud; and a scale factor of G722's lower band (ITU-T G.722, 3.6).
LOUD, LOUD_G722 = 1500, 6500
_WL = (-60, -30, 58, 172, 334, 538, 1198, 3042)
_RL42 = (0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0)
#: For each part of a packet, whether it is loud. The packets of a stream come one after the other.
Loudness = Callable[[bytes], Sequence[bool]]


def loud_pcmu() -> Loudness:
    """Whether each byte of a stream is loud, in PCMU."""
    return lambda payload: [abs(DECODED[code]) > LOUD for code in payload]


def loud_g722() -> Loudness:
    """Whether each byte of a stream is loud, in G722: the scale factor of the lower band follows that."""
    factor = 0

    def loud(code: int) -> bool:
        nonlocal factor
        factor = min(max((factor * 127 >> 7) + _WL[_RL42[(code & 0x3F) >> 2]], 0), 18432)
        return factor > LOUD_G722

    return lambda payload: [loud(code) for code in payload]


def loud_opus() -> Loudness:
    """Whether each sample of a stream is loud, in Opus decoded to 8 kHz. It needs libopus."""
    opus = ctypes.CDLL("libopus.so.0")
    opus.opus_decoder_create.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(opus.opus_decoder_create(RATE, 1, None))
    samples = (ctypes.c_int16 * RATE)()

    def loud(payload: bytes) -> Sequence[bool]:
        decoded = opus.opus_decode(decoder, payload, len(payload), samples, RATE // 8, 0)
        return [abs(each) > LOUD for each in samples[: max(decoded, 0)]]

    return loud


@dataclass(frozen=True)
class Codec:
    """A codec on the wire: its payload type, its name in SDP, and a packet of silence with its ticks."""

    type: int
    name: str
    silence: bytes
    ticks: int
    loud: Callable[[], Loudness]


CODECS = {
    "PCMU": Codec(0, "PCMU/8000", b"\xff" * BYTES, BYTES, loud_pcmu),
    "G722": Codec(9, "G722/8000", b"\xfa" * BYTES, BYTES, loud_g722),
    "OPUS": Codec(116, "opus/48000/2", b"\xf8\xff\xfe", 6 * BYTES, loud_opus),
}


class Clicker(Handset):
    """A phone that is silent; while it `clicks`, it sends a burst of noise every half second.

    With Opus it is always silent.
    """

    def __init__(self, folder: str, name: str, extension: int, switch: int, codec: str) -> None:
        self._codec = CODECS[codec]
        self.clicks = False
        #: When it has sent its last INVITE, and the first packet of each burst, in nanoseconds since 1970.
        self.invited = 0
        self.bursts: list[int] = []
        super().__init__(folder, name, extension, switch)

    def close(self) -> None:
        """Hang up; nothing is recorded."""
        self._leave()

    def onsets(self) -> list[int]:
        """When it has heard something loud after silence, in nanoseconds since 1970."""
        loudness, quiet, found = self._codec.loud(), 10**6, []
        for at, payload in list(self.packets):
            for index, loud in enumerate(loudness(payload)):
                if not loud:
                    quiet += 1
                    continue
                if quiet > 50 * 8:
                    found.append(at + index * PACKET * 10**6 // BYTES)
                quiet = 0
        return found

    def _write(self, method: str, sequence: int, headers: str, body: str) -> None:
        if method == "INVITE":
            self.invited = time.time_ns()
        super()._write(method, sequence, headers, body)

    def _description(self, direction: str = "sendrecv", address: str = "127.0.0.1") -> str:
        usual = super()._description(direction, address)
        kind = self._codec.type
        return usual.replace("RTP/AVP 0 ", f"RTP/AVP {kind} ").replace(
            "rtpmap:0 PCMU/8000", f"rtpmap:{kind} {self._codec.name}"
        )

    def _talk(self) -> None:
        number, source, codec = 0, uuid.uuid4().int & 0xFFFFFFFF, self._codec
        at = time.monotonic() + random.random() * PACKET / 1000
        while self._open:
            if select.select([self._rtp], [], [], max(at - time.monotonic(), 0))[0]:
                data, extra, _, _ = self._rtp.recvmsg(2048, 64)
                if len(data) > 12 and data[1] & 0x7F == codec.type:
                    seconds, nanoseconds = struct.unpack("qq", extra[0][2])
                    self.packets.append((seconds * 10**9 + nanoseconds, data[12:]))
            if time.monotonic() >= at:
                if self._media[1] and not self.ended.is_set():
                    stamp = number * codec.ticks & 0xFFFFFFFF
                    head = struct.pack("!BBHII", 0x80, codec.type, number & 0xFFFF, stamp, source)
                    noise = self.clicks and number % EVERY < BURST
                    payload = random.randbytes(BYTES) if noise else codec.silence
                    self._rtp.sendto(head + payload, self._media)
                    if noise and number % EVERY == 0:
                        self.bursts.append(time.time_ns())
                number, at = number + 1, at + PACKET / 1000


def delays(speaker: Clicker, listener: Clicker) -> list[float]:
    """The delay of each burst that the listener hears, in milliseconds."""
    speaker.bursts.clear()
    listener.packets.clear()
    speaker.clicks = True
    time.sleep(MEASURED)  # the time that is measured
    speaker.clicks = False
    time.sleep(LATE / 1000)
    heard = listener.onsets()
    first = [min((at for at in heard if at > sent), default=0) - sent for sent in speaker.bursts]
    return [each / 1e6 for each in first if 0 < each < LATE * 1e6]


class Trial:
    """One codec's pages: all figures of it, in milliseconds."""

    def __init__(self, office: Office, codec: str) -> None:
        self._office, self._codec = office, codec
        self.plain: list[float] = []
        self.to_target: list[float] = []
        self.to_pager: list[float] = []
        self.pager_tone: list[float] = []
        self.target_tone: list[float] = []
        self.unheard = 0

    def _leg(self, name: str) -> str:
        """The uuid of the leg whose name contains this."""
        rows = wait_for(lambda: self._office.lab.channels(name=name), f"a leg {name}")
        return rows[0]["uuid"]

    def run(self) -> None:
        """One call of the target with a customer, and one page."""
        lab, office = self._office.lab, self._office
        with ExitStack() as stack:

            def phone(name: str, extension: int, port: int) -> Clicker:
                made = Clicker(lab.recordings, name, extension, port, self._codec)
                stack.callback(made.close)
                return made

            target, customer = phone("target", 1002, SIP_PORT), phone("customer", 0, TRUNK_PORT)
            assert target.call("9555") == 200
            assert customer.call("1003") == 200
            office.talking(1002)
            mine, theirs = (self._leg(name) for name in ("/1002@", "anonymous"))
            assert lab.pbx.api(f"uuid_bridge {mine} {theirs}").startswith("+OK")
            wait_for(lambda: office.partner(mine) == theirs, "the two to talk")
            self.plain += delays(target, customer)
            pager = phone("pager", 1001, SIP_PORT)
            target.packets.clear()
            assert pager.call("*191002") == 200
            wait_for(office.whispering, "the page")
            time.sleep(1.5)  # the tone, and the page with all it needs
            for who, found in ((pager, self.pager_tone), (target, self.target_tone)):
                heard = [at for at in who.onsets() if at > pager.invited]
                self.unheard += not heard
                found += [(heard[0] - pager.invited) / 1e6] if heard else []
            self.to_target += delays(pager, target)
            self.to_pager += delays(target, pager)
            pager.request("BYE", wanted=False)
            pager.ended.set()
            wait_for(office.page_is_gone, "the page to be gone")
        lab.hang_up_all()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=int, default=8)
    parser.add_argument("--codecs", default="PCMU,G722")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(Lab(dialplan=str(DIALPLAN)))
        office = stack.enter_context(Office(lab, folder))
        office.open()
        trials = {codec: Trial(office, codec) for codec in arguments.codecs.split(",")}
        for _ in track(range(arguments.pages), description="pages"):
            for trial in trials.values():
                trial.run()
    machine.show()
    for codec, trial in trials.items():
        show(codec, trial)


def show(codec: str, trial: Trial) -> None:
    rows: Sequence[tuple[str, list[float]]] = (
        ("plain call", trial.plain),
        ("pager to target", trial.to_target),
        ("target to pager", trial.to_pager),
        ("INVITE to the pager's tone", trial.pager_tone),
        ("INVITE to the target's tone", trial.target_tone),
    )
    table = Table("ms", "median", "95 %", "most", "of", title=codec)
    for name, values in rows:
        cuts = statistics.quantiles(values, n=20) if len(values) > 1 else [0.0]
        figures = (statistics.median(values or [0]), cuts[-1], max(values, default=0))
        table.add_row(name, *(f"{value:.0f}" for value in figures), str(len(values)))
    Console().print(table, f"tones not heard: {trial.unheard}")


if __name__ == "__main__":
    main()

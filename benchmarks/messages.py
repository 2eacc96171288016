"""The time from the request for a message to what its target hears: the tone, and the message itself.

    python -m benchmarks.messages [TIMES] [--only PART]

It needs a FreeSWITCH (FREESWITCH_BIN, or `freeswitch` on PATH), and libopus for Opus. The phones are sockets
of this process, the far parties are silent, and the message begins loud. A time begins with POST
/api/v1/messages and ends when the packet comes whose sound is loud, by the kernel's clock: first the tone,
then the message's own first sample. With several targets it is that of the last one.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from benchmarks.sound import DIALPLAN, Clicker
from controller.laboratory.lab import Lab
from controller.laboratory.office import CUSTOMER, PHONES, SIP_PORT
from controller.web.messages import MOST
from tests.live.messages import TOKEN, Messages, written
from tests.live.office import Office, wait_for
from tests.live.sipphone import free_port

#: The beeps of the tone; the sound after them is the message's.
BEEPS = 2
#: The first of the extensions that have no phone in the laboratory.
EXTRA, EXTRAS = 1011, 200
#: Seconds within which a message must be heard.
PATIENCE = 15.0


class Crowd(Lab):
    """The laboratory with more users, and with a customer that is silent."""

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        """Start a switch with this configuration."""
        users = "".join(
            f'<user id="{user}"><params><param name="password" value="pw{user}"/></params><variables>'
            f'<variable name="user_context" value="default"/></variables></user>'
            for user in range(EXTRA, EXTRA + EXTRAS)
        )
        loud = f"tone_stream://v=-13;%(10000,0,{CUSTOMER});loops=-1"
        silent = configuration.replace("</users>", f"{users}</users>").replace(loud, "silence_stream://-1")
        return super().start(name, silent)


@dataclass
class Figures:
    """Milliseconds of one kind of message, of each request that was heard by all its targets."""

    tone: list[float] = field(default_factory=list)
    message: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Bench:
    """The office of the measurements."""

    def __init__(self, office: Office, messages: Messages) -> None:
        self._office, self._messages = office, messages
        self._unused = count(EXTRA)

    @contextmanager
    def talking(self, codec: str, *extensions: int) -> Iterator[list[Clicker]]:
        """Phones of these extensions, on calls with the customer."""
        with ExitStack() as stack:
            phones = [phone_of(stack, extension, codec) for extension in extensions]
            for phone in phones:
                assert phone.call("9555") == 200
                self._office.talking(int(phone.user))
            yield phones
        self._office.lab.hang_up_all()

    @contextmanager
    def idle(self, codec: str) -> Iterator[list[Clicker]]:
        """A registered phone that answers by itself, of a user who has not had one."""
        with ExitStack() as stack:
            phone = phone_of(stack, next(self._unused), codec)
            phone.register()
            yield [phone]
        self._office.lab.hang_up_all()

    def send(self, message: str, phones: Sequence[Clicker], found: Figures) -> None:
        """Send a message to phones, measure it, and end it."""
        for phone in phones:
            phone.packets.clear()
        time.sleep(0.2)  # silence that the phones have heard
        begun = time.time_ns()
        sent = self._messages.send(message, *(phone.user for phone in phones))
        refused = [each["reason"] for each in sent if each["result"] == "refused"]
        times = [heard(phone, begun) for phone in phones] if not refused else [[]]
        if all(times):
            found.tone.append((max(each[0] for each in times) - begun) / 1e6)
            found.message.append((max(each[BEEPS] for each in times) - begun) / 1e6)
        else:
            found.failed.append(", ".join(refused) or "not heard")
        for leg in self._office.page_legs():
            self._office.lab.pbx.api(f"uuid_kill {leg['uuid']}")
        wait_for(lambda: not self._office.page_legs(), "the message to be gone", PATIENCE)


def phone_of(stack: ExitStack, extension: int, codec: str) -> Clicker:
    """A desk phone of an extension, which answers by itself; it is closed with the stack."""
    phone = Clicker("", f"target-{extension}", extension, SIP_PORT, codec)
    phone.agent = PHONES[1001][0]
    stack.callback(phone.close)
    return phone


def heard(phone: Clicker, begun: int) -> list[int]:
    """When the beeps and what follows them began, in nanoseconds; nothing if they were not heard."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if len(onsets := [at for at in phone.onsets() if at > begun]) > BEEPS:
            return onsets
        time.sleep(0.2)
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("times", nargs="?", type=int, default=20)
    parser.add_argument("--only", default="", metavar="PART", help="that one alone, like PCMU")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        office = Office(stack.enter_context(Crowd(dialplan=str(DIALPLAN))), folder)
        stack.enter_context(office)
        bench = Bench(office, prepared(office))
        figures: dict[str, Figures] = {}
        for name, run in parts(bench).items():
            if arguments.only in ("", name):
                figures[name] = Figures()
                for _ in track(range(arguments.times), description=name):
                    run(figures[name])
    machine.show()
    show(figures)


def prepared(office: Office) -> Messages:
    """The office with a controller, a message with a sound, and one with a text that was spoken before."""
    port = free_port()
    sound = written(office.folder / "lobby.wav")
    office.environment |= {
        "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "WHISPERPAGE_API_TOKEN": TOKEN,
        "WHISPERPAGE_SPEECH_COMMAND": f"cp {sound} {{file}}",
        "WHISPERPAGE_SPEECH_FOLDER": f"{office.folder}/kept",
    }
    office.open()
    office.whisperpage("messages", "add", "lobby", "--sound", str(sound))
    office.whisperpage("messages", "add", "parcel", "--words", "A parcel for you.")
    office.whisperpage("messages", "test", "parcel")
    return Messages(office, f"http://127.0.0.1:{port}")


def parts(bench: Bench) -> dict[str, Callable[[Figures], None]]:
    """What is measured, by its name."""

    def to_call(codec: str, message: str = "lobby", targets: int = 1) -> Callable[[Figures], None]:
        def run(found: Figures) -> None:
            with bench.talking(codec, *range(EXTRA, EXTRA + targets)) as phones:
                bench.send(message, phones, found)

        return run

    def to_idle(codec: str) -> Callable[[Figures], None]:
        def run(found: Figures) -> None:
            with bench.idle(codec) as phones:
                bench.send("lobby", phones, found)

        return run

    return {
        "PCMU": to_call("PCMU"),
        "G722": to_call("G722"),
        "OPUS": to_call("OPUS"),
        "PCMU, a kept text": to_call("PCMU", "parcel"),
        "PCMU, idle": to_idle("PCMU"),
        "G722, idle": to_idle("G722"),
        "OPUS, idle": to_idle("OPUS"),
        f"PCMU, {MOST} targets, the last": to_call("PCMU", targets=MOST),
    }


def show(figures: dict[str, Figures]) -> None:
    table = Table("ms, median (95 %, most)", "the tone", "the message", "of", "failed")
    for name, found in figures.items():
        of, failed = str(len(found.tone)), "; ".join(found.failed)
        table.add_row(name, told(found.tone), told(found.message), of, failed)
    Console().print(table)


def told(values: list[float]) -> str:
    if len(values) < 2:
        return "-"
    late = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return f"{statistics.median(values):.0f} ({late:.0f}, {max(values):.0f})"


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A laboratory for Whisper Page: a real FreeSWITCH as the PBX and a second one as a bank of phones.

Every phone plays a tone of its own for as long as it is on a call and records what it hears, so that
"who hears whom" is a measurement: the level of each party's tone in each party's recording, in dBFS.

Needs a `freeswitch` executable (PATH, or FREESWITCH_BIN) of 1.10 or later with the modules of MODULES,
and nothing but the standard library.

    python3 switchlab.py --dialplan DIR        start PBX and phones, print the ports, stop on Ctrl-C
    with Lab(dialplan=DIR) as lab: ...         the same from a test; see scenario() at the end

Phones 1001-1006 register at the PBX, each with a User-Agent of its own (PHONES). The PBX sends
9<digits> out by its trunk to the customer side, where 9555 answers with CUSTOMER's tone and 92xx with
a second customer's; 3xxx is a conference room; `tw-<uuid>` joins a call with three_way and `spy-<uuid>`
with eavesdrop; 8<digits> is the trunk with bypass_media. A call to port TRUNK_PORT is a call from outside.
"""

from __future__ import annotations

import argparse
import array
import cmath
import fcntl
import glob
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import wave
from contextlib import suppress

MODULES = """mod_console mod_logfile mod_commands mod_conference mod_db mod_dptools mod_expr mod_fifo mod_hash
mod_valet_parking mod_dialplan_xml mod_loopback mod_sofia mod_event_socket mod_local_stream mod_native_file
mod_sndfile mod_tone_stream mod_opus mod_say_en mod_spandsp""".split()
DOMAIN = "pbx.test"
PASSWORD = "ClueCon"
SIP_PORT, TRUNK_PORT, CUSTOMER_PORT, FIRST_PHONE_PORT = 5060, 5080, 6100, 6001
PBX_ESL, BANK_ESL = 8021, 8022
#: extension -> (User-Agent, tone in Hz)
PHONES = {
    1001: ("Yealink SIP-T46S 66.85.0.5", 400),
    1002: ("PolycomVVX-VVX_411-UA/5.9.5.0614", 700),
    1003: ("snomD785/10.1.84.12", 1700),
    1004: ("Z 5.6.4 v2.10.20.4", 2300),
    1005: ("Grandstream GXP2170 1.0.11.57", 2900),
    1006: ("LinphoneDesktop/5.2.3", 3100),
}
CUSTOMER, CUSTOMER2 = 1100, 1900


class ESL:
    """A blocking event-socket client, one request at a time; events that arrive meanwhile are kept."""

    def __init__(self, port: int, password: str = PASSWORD) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer, self.events = b"", []
        self._message(10)
        if "accepted" not in self.command(f"auth {password}"):
            raise ConnectionError("event socket: wrong password")

    def _parsed(self):
        end = self.buffer.find(b"\n\n")
        if end < 0:
            return None
        head = {}
        for line in self.buffer[:end].lstrip(b"\n").decode("utf-8", "surrogateescape").split("\n"):
            name, _, value = line.partition(": ")
            head.setdefault(name, value)
        size = int(head.get("Content-Length", 0))
        if len(self.buffer) < end + 2 + size:
            return None
        body = self.buffer[end + 2 : end + 2 + size]
        self.buffer = self.buffer[end + 2 + size :]
        return head, body

    def _message(self, timeout: float):
        deadline = time.monotonic() + timeout
        while not (message := self._parsed()):
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            if not (data := self.sock.recv(65536)):
                raise EOFError("event socket closed")
            self.buffer += data
        return message

    def _reply(self, timeout: float = 30):
        while True:
            head, body = self._message(timeout)
            if head.get("Content-Type") in ("command/reply", "api/response"):
                return head, body
            self.events.append((head, body))

    def command(self, text: str) -> str:
        self.sock.sendall(f"{text}\n\n".encode())
        head, _ = self._reply()
        return head.get("Reply-Text", "")

    def api(self, text: str) -> str:
        self.sock.sendall(f"api {text}\n\n".encode())
        head, body = self._reply()
        return (body.decode("utf-8", "replace") if body else head.get("Reply-Text", "")).strip()

    def event(self, timeout: float, match=lambda event: True):
        """The next JSON event that matches, or None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            while self.events:
                event = json.loads(self.events.pop(0)[1].decode("utf-8", "replace"))
                if match(event):
                    return event
            if (left := deadline - time.monotonic()) <= 0:
                return None
            try:
                self.events.append(self._message(left))
            except (TimeoutError, socket.timeout):
                return None


def _configuration(
    name: str, esl: int, profiles: str, dialplan: str, directory: str, rtp: tuple[int, int]
) -> str:
    modules = "".join(f'<load module="{m}"/>' for m in MODULES)
    return f"""<?xml version="1.0"?>
<document type="freeswitch/xml">
 <X-PRE-PROCESS cmd="set" data="domain={DOMAIN}"/>
 <X-PRE-PROCESS cmd="set" data="domain_name={DOMAIN}"/>
 <section name="configuration">
  <configuration name="modules.conf"><modules>{modules}</modules></configuration>
  <configuration name="switch.conf"><settings>
   <param name="max-sessions" value="20000"/><param name="sessions-per-second" value="1000"/><param name="loglevel" value="info"/>
   <param name="rtp-start-port" value="{rtp[0]}"/><param name="rtp-end-port" value="{rtp[1]}"/><param name="switchname" value="{name}"/>
  </settings></configuration>
  <configuration name="console.conf"><mappings/><settings/></configuration>
  <configuration name="logfile.conf"><profiles><profile name="default"><settings/><mappings><map name="all" value="info,notice,warning,err,crit,alert"/></mappings></profile></profiles></configuration>
  <configuration name="event_socket.conf"><settings><param name="nat-map" value="false"/><param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{esl}"/><param name="password" value="{PASSWORD}"/></settings></configuration>
  <configuration name="acl.conf"><network-lists/></configuration>
  <configuration name="conference.conf"><profiles><profile name="default"><param name="rate" value="8000"/><param name="interval" value="20"/><param name="comfort-noise" value="false"/></profile></profiles></configuration>
  <configuration name="fifo.conf"><settings/><fifos/></configuration>
  <configuration name="spandsp.conf"><modem-settings/><fax-settings/><descriptors/></configuration>
  <configuration name="local_stream.conf"/><configuration name="post_load_modules.conf"><modules/></configuration>
  <configuration name="timezones.conf"><timezones/></configuration><configuration name="opus.conf"><settings/></configuration>
  <configuration name="loopback.conf"><settings/></configuration><configuration name="db.conf"><settings/></configuration>
  <configuration name="sofia.conf"><global_settings/><profiles>{profiles}</profiles></configuration>
 </section>
 <section name="dialplan">{dialplan}</section>
 <section name="directory">{directory}</section>
 <section name="languages"/>
</document>"""


def _profile(
    name: str,
    port: int,
    context: str,
    extra: str = "",
    gateways: str = "",
    codecs: str = "PCMU,PCMA,G722,OPUS",
) -> str:
    return f"""<profile name="{name}"><gateways>{gateways}</gateways><domains><domain name="all" alias="false" parse="false"/></domains><settings>
 <param name="sip-ip" value="127.0.0.1"/><param name="rtp-ip" value="127.0.0.1"/><param name="sip-port" value="{port}"/>
 <param name="context" value="{context}"/><param name="dialplan" value="XML"/><param name="rtp-timer-name" value="soft"/>
 <param name="inbound-codec-prefs" value="{codecs}"/><param name="outbound-codec-prefs" value="{codecs}"/>
 <param name="inbound-late-negotiation" value="true"/><param name="rfc2833-pt" value="101"/>{extra}</settings></profile>"""


def pbx_configuration(dialplan: str | None) -> str:
    """The PBX: the product's dialplan folder laid in as FreeSWITCH's own conf/dialplan would hold it."""
    include = (
        (lambda glob_: f'\n<X-PRE-PROCESS cmd="include" data="{dialplan}/{glob_}"/>\n')
        if dialplan
        else (lambda glob_: "")
    )
    users = "".join(
        f'<user id="{u}"><params><param name="password" value="pw{u}"/></params><variables>'
        f'<variable name="user_context" value="default"/><variable name="effective_caller_id_name" value="Ext {u}"/>'
        f'<variable name="effective_caller_id_number" value="{u}"/></variables></user>'
        for u in range(1001, 1011)
    )
    extension = lambda name, pattern, *actions: (  # noqa: E731
        f'<extension name="{name}"><condition field="destination_number" expression="{pattern}">'
        + "".join(f'<action application="{a}" data="{d}"/>' for a, d in actions)
        + "</condition></extension>"
    )
    bridge = (("set", "hangup_after_bridge=true"),)
    default = "".join(
        (
            extension("lab_conference", r"^(3\d{3})$", ("answer", ""), ("conference", "$1@default")),
            extension("lab_three_way", r"^tw-(.+)$", ("answer", ""), ("three_way", "$1")),
            extension("lab_spy", r"^spy-(.+)$", ("answer", ""), ("eavesdrop", "$1")),
            extension(
                "lab_bypass",
                r"^8(\d+)$",
                ("set", "bypass_media=true"),
                ("bridge", f"sofia/trunk/$1@127.0.0.1:{CUSTOMER_PORT}"),
            ),
            extension(
                "lab_trunk", r"^9(\d+)$", *bridge, ("bridge", f"sofia/trunk/$1@127.0.0.1:{CUSTOMER_PORT}")
            ),
            extension("lab_local", r"^(10\d\d)$", *bridge, ("bridge", f"user/$1@{DOMAIN}")),
        )
    )
    outside = extension("lab_inbound", r"^(10\d\d)$", *bridge, ("bridge", f"user/$1@{DOMAIN}"))
    auth = f"""<param name="auth-calls" value="true"/><param name="force-register-domain" value="{DOMAIN}"/>
 <param name="force-subscription-domain" value="{DOMAIN}"/><param name="force-register-db-domain" value="{DOMAIN}"/>
 <param name="manage-presence" value="true"/><param name="multiple-registrations" value="true"/>"""
    dial = "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}${sofia_contact(*/${dialed_user}@${dialed_domain})}"
    return _configuration(
        "pbx",
        PBX_ESL,
        _profile("internal", SIP_PORT, "default", auth)
        + _profile("trunk", TRUNK_PORT, "outside", '<param name="auth-calls" value="false"/>'),
        f'{include("*.xml")}<context name="default">{include("default/*.xml")}{default}</context><context name="outside">{outside}</context>',
        f'<domain name="{DOMAIN}"><params><param name="dial-string" value="{dial}"/></params><groups><group name="default"><users>{users}</users></group></groups></domain>',
        (20000, 29998),
    )


def bank_configuration(recordings: str) -> str:
    record = lambda name, hz: (  # noqa: E731
        '<action application="answer"/><action application="set" data="RECORD_READ_ONLY=true"/>'
        '<action application="set" data="playback_terminators=none"/>'
        f'<action application="record_session" data="{recordings}/{name}.wav"/>'
        f'<action application="playback" data="tone_stream://v=-13;%(10000,0,{hz});loops=-1"/>'
    )
    context = lambda name, pattern, actions: (  # noqa: E731
        f'<context name="{name}"><extension name="x"><condition field="destination_number" expression="{pattern}">{actions}</condition></extension></context>'
    )
    profiles, dialplan = "", context("default", "^ua-([0-9]+)-(.+)$", record("$2", "$1"))
    for i, (extension, (agent, hz)) in enumerate(PHONES.items()):
        gateway = (
            f'<gateway name="g{extension}"><param name="username" value="{extension}"/><param name="realm" value="{DOMAIN}"/>'
            f'<param name="proxy" value="127.0.0.1:{SIP_PORT}"/><param name="from-domain" value="{DOMAIN}"/><param name="password" value="pw{extension}"/>'
            f'<param name="register" value="true"/><param name="extension" value="{extension}"/></gateway>'
        )
        extra = f'<param name="user-agent-string" value="{agent}"/><param name="auth-calls" value="false"/>'
        profiles += _profile(f"p{extension}", FIRST_PHONE_PORT + i, f"phone{extension}", extra, gateway)
        dialplan += context(f"phone{extension}", ".", record(f"in-{extension}-${{uuid}}", hz))
    carrier = '<param name="user-agent-string" value="Carrier SBC"/><param name="auth-calls" value="false"/>'
    profiles += _profile("customer", CUSTOMER_PORT, "customer", carrier)
    dialplan += (
        '<context name="customer"><extension name="second"><condition field="destination_number" expression="^2">'
        + record("customer2-${uuid}", CUSTOMER2)
        + '</condition></extension><extension name="first"><condition field="destination_number" expression=".">'
        + record("customer-${uuid}", CUSTOMER)
        + "</condition></extension></context>"
    )
    return _configuration("bank", BANK_ESL, profiles, dialplan, "", (30000, 39998))


class Lab:
    """PBX and phone bank, running; a context manager. Directories are temporary and go with it."""

    def __init__(self, dialplan: str | None = None, keep: bool = False) -> None:
        self.binary = os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")
        if not self.binary or not os.path.exists(self.binary):
            raise FileNotFoundError("no freeswitch executable: put one on PATH or name it in FREESWITCH_BIN")
        self.dialplan = os.path.abspath(dialplan) if dialplan else None
        self.root = tempfile.mkdtemp(prefix="switchlab-")
        self.recordings = os.path.join(self.root, "recordings")
        os.makedirs(self.recordings)
        self.keep, self.processes = keep, []

    def __enter__(self) -> "Lab":
        # one laboratory at a time on a machine: its ports are fixed
        self.lock = open(os.path.join(tempfile.gettempdir(), "switchlab.lock"), "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            self.start("pbx", pbx_configuration(self.dialplan))
            self.pbx = self.connect(PBX_ESL)
            self.start("bank", bank_configuration(self.recordings))
            self.bank = self.connect(BANK_ESL)
            deadline = time.monotonic() + 20
            while self.bank.api("sofia status").count("REGED") < len(PHONES):
                if time.monotonic() > deadline:
                    raise TimeoutError("the phones did not register")
                time.sleep(0.2)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(8)
            if process.poll() is None:
                process.kill()
        if not self.keep:
            shutil.rmtree(self.root, ignore_errors=True)
        self.lock.close()

    def start(self, name: str, configuration: str) -> subprocess.Popen:
        home = os.path.join(self.root, name)
        for folder in ("conf", "log", "db", "run"):
            os.makedirs(os.path.join(home, folder), exist_ok=True)
        with open(os.path.join(home, "conf", "freeswitch.xml"), "w") as file:
            file.write(configuration)
        folders = [
            part
            for folder in ("conf", "log", "db", "run")
            for part in (f"-{folder}", os.path.join(home, folder))
        ]
        with open(os.path.join(home, "out.log"), "w") as out:
            process = subprocess.Popen(
                [self.binary, "-nonat", "-nc", "-nf", *folders],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )
        self.processes.append(process)
        return process

    @staticmethod
    def connect(port: int, timeout: float = 20) -> ESL:
        deadline = time.monotonic() + timeout
        while True:
            try:
                esl = ESL(port)
                if "is ready" in esl.api("status"):
                    return esl
            except (OSError, EOFError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"no event socket on port {port}")
            time.sleep(0.2)

    # -- what phones do -------------------------------------------------------------------------------------
    def dial(
        self, extension: int, number: str, name: str | None = None, codec: str | None = None, wait: float = 0
    ) -> str:
        """Phone `extension` dials `number`; its recording is NAME.wav. Returns the phone's own leg, as a uuid.

        Raises AssertionError with FreeSWITCH's cause where the call is not answered.
        """
        uuid = self.bank.api("create_uuid")
        variables = f"origination_uuid={uuid},ignore_early_media=true,originate_timeout=20"
        if codec:
            variables += f",absolute_codec_string='{codec}'"
        reply = self.bank.api(
            f"originate {{{variables}}}sofia/gateway/g{extension}/{number} ua-{PHONES[extension][1]}-{name or extension} XML default"
        )
        assert reply.startswith("+OK"), f"{extension} dialled {number}: {reply}"
        time.sleep(wait)
        return uuid

    def channels(self, **match: str) -> list[dict]:
        rows = json.loads(self.pbx.api("show channels as json")).get("rows", [])
        return [row for row in rows if all(value in row[key] for key, value in match.items())]

    def leg(self, extension: int) -> str:
        """The PBX's leg to phone `extension` (the oldest), as a uuid."""
        return self.channels(presence_id=f"{extension}@")[0]["uuid"]

    def peer(self, uuid: str) -> str:
        return next(row["uuid"] for row in self.channels(call_uuid=uuid) if row["uuid"] != uuid)

    def hang_up_all(self, timeout: float = 10) -> None:
        """End every call; returns when no channel is left on either switch."""
        deadline = time.monotonic() + timeout
        for esl in (self.bank, self.pbx):
            esl.command("bgapi hupall")
        while any(not esl.api("show channels count").startswith("0 ") for esl in (self.bank, self.pbx)):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    "channels that do not hang up: "
                    + self.pbx.api("show channels")
                    + self.bank.api("show channels")
                )
            time.sleep(0.1)
        time.sleep(0.3)

    # -- what phones heard ----------------------------------------------------------------------------------
    def hears(self, name: str, last: float = 1.5, skip: float = 0.3) -> dict[str, float]:
        """Level in dBFS of every party's tone in NAME's recording, over `last` seconds that end `skip` before its end.

        Call it after the call has ended: a recording has no readable header before that. NAME may be a glob.
        """
        path = sorted(glob.glob(os.path.join(self.recordings, f"{name}.wav")), key=os.path.getmtime)[-1]
        samples, rate = read_wave(path)
        end = len(samples) - int(skip * rate)
        window = samples[max(0, end - int(last * rate)) : end]
        tones = {str(e): hz for e, (_, hz) in PHONES.items()} | {"customer": CUSTOMER, "customer2": CUSTOMER2}
        return {who: loudness(window, rate, hz) for who, hz in tones.items() if hz < rate / 2}


def read_wave(path: str) -> tuple[array.array, int]:
    with wave.open(path) as file:
        samples, channels = array.array("h", file.readframes(file.getnframes())), file.getnchannels()
        return samples[::channels], file.getframerate()


def loudness(samples, rate: int, hz: float, piece: float = 0.25) -> float:
    """dBFS of the tone at `hz`, the mean of pieces of so many seconds.

    Over one long piece a tone that has lost a packet, and goes on in another phase, would cancel itself.
    """
    size = int(piece * rate)
    starts = range(0, max(len(samples) - size, 0) + 1, size)
    powers = [10 ** (level(samples[at : at + size], rate, hz) / 10) for at in starts]
    return round(10 * math.log10(sum(powers) / len(powers)), 1)


def level(samples, rate: int, hz: float) -> float:
    """dBFS of the tone at `hz`, by one windowed DFT bin."""
    n = len(samples)
    if n < rate // 20:
        return -200.0
    total, weight = 0j, 0.0
    for i, sample in enumerate(samples):
        w = 0.5 - 0.5 * math.cos(2 * math.pi * i / n)
        total += sample * w * cmath.exp(-2j * math.pi * hz * i / rate)
        weight += w
    return round(20 * math.log10(max(abs(total) * 2 / weight / 32768, 1e-10)), 1)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dialplan", help="the product's dialplan folder")
    with Lab(parser.parse_args().dialplan) as lab:
        print(
            f"PBX: SIP 127.0.0.1:{SIP_PORT}, event socket {PBX_ESL}; phones: event socket {BANK_ESL}; password {PASSWORD}\nfiles: {lab.root}"
        )
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())

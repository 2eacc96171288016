"""A complete FusionPBX for tests: PostgreSQL, PHP, a FreeSWITCH that asks it, tenants, and their phones.

FUSIONPBX_DIR names a checkout of FusionPBX, of which a copy is used. Lua and PHP read /etc/fusionpbx, so
what runs here sees a folder of ours in its place (`unshare --mount`), which is root's to do.
"""

from __future__ import annotations

import array
import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from controller.laboratory.configuration import configuration, profile
from controller.laboratory.esl import ESL
from controller.laboratory.levels import loudness
from tests.live.fusion_state import State, read
from tests.live.office import wait_for
from tests.live.own import freeswitch

SOURCE = os.environ.get("FUSIONPBX_DIR", "")
#: The tenants that are there from the beginning, and one that comes later.
ONE, TWO, LATER = "one.test", "two.test", "later.test"
_PLACE = Path("/etc/fusionpbx")
_MOUNTED = 'from=$1; mount --bind "$0" "$from" && shift && exec "$@"'
#: None is a port that the kernel gives to a socket by itself: one of these would connect to itself, or be in
#: the way of who is to listen there.
SIP_PORT, FIRST_PHONE_PORT = 5070, 5101
ESL_PORT, PHONES_ESL_PORT, HTTP_PORT, PHP_PORT = 8031, 8032, 8029, 8039
#: The phones' ports for media: neither those of FusionPBX (16384 to 32768), nor those of the kernel (above).
RTP_PORTS = (10000, 16000)
#: The user that FusionPBX's files belong to, as whom its web server and its FreeSWITCH run, as on Debian.
WEB = "www-data"
#: The editor's own code path (dialplan_edit.php): rows of details become the XML that the switch gets.
_SAVE = """
require '%s/resources/require.php';
$dialplans = new dialplan;
$dialplans->source = 'details';
$dialplans->destination = 'array';
$dialplans->uuid = '%s';
$found = $dialplans->xml();
$array['dialplans'][0] = ['dialplan_uuid' => '%s', 'dialplan_xml' => $found['%s']];
$p = permissions::new();
$p->add('dialplan_edit', 'temp');
$database->save($array);
"""
AS_WEB = ("setpriv", f"--reuid={WEB}", f"--regid={WEB}", "--clear-groups")


@dataclass(frozen=True)
class Phone:
    """A phone of a tenant, and its tone in Hz."""

    domain: str
    extension: str
    hz: int

    def __str__(self) -> str:
        return f"{self.extension}-{self.domain}"


PHONES = tuple(
    Phone(domain, extension, 400 + 300 * at)
    for at, (domain, extension) in enumerate(
        (domain, extension) for domain in (ONE, TWO, LATER) for extension in ("1001", "1002", "1003")
    )
)
#: A user whose id is no number: what is dialled for it is its alias, and so is its leg's presence id.
BOB, ALIAS = Phone(ONE, "bob", 3100), "105"


class Fusion:
    """The FusionPBX, with all its files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.conf, self.etc = folder / "www", folder / "conf", folder / "etc"
        self.recordings, self.heard = folder / "recordings", folder / "heard"
        self.sip, self.esl, self.phones_esl = SIP_PORT, ESL_PORT, PHONES_ESL_PORT
        self.log = folder / "controller.log"
        self.settings = folder / "whisperpage.toml"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("WHISPERPAGE_")
        } | {
            "WHISPERPAGE_CONFIG": str(self.settings),
            "WHISPERPAGE_DATABASE_URL": f"sqlite:///{folder}/pages.db",
            "WHISPERPAGE_HTTP_LISTEN": f"127.0.0.1:{HTTP_PORT}",
            "WHISPERPAGE_STATUS_SOCKET": str(folder / "status.sock"),
            "WHISPERPAGE_PAGER_LIMIT": "0",
            "WHISPERPAGE_TARGET_LIMIT": "0",
            # FusionPBX's cache of the files of its classes
            "TMPDIR": str(folder / "tmp"),
        }
        self._switch: subprocess.Popen[bytes] | None = None
        self._phones: subprocess.Popen[bytes] | None = None
        self._controller: subprocess.Popen[bytes] | None = None

    # -- what it is made of --------------------------------------------------------------------------------

    def make(self) -> None:
        """Start everything except Whisper Page."""
        shutil.copytree(SOURCE, self.root, ignore=shutil.ignore_patterns(".git"), symlinks=True)
        shutil.copytree(self.root / "app/switch/resources/conf", self.conf)
        shutil.copytree(self.root / "app/switch/resources/scripts", self.folder / "scripts")
        its = ("etc", "cache", "recordings", "db", "log", "run", "storage", "sounds", "tmp")
        for name in (*its, "heard"):
            (self.folder / name).mkdir()
        self._start_postgresql()
        (self.etc / "config.conf").write_text(self._config())
        file = self.conf / "autoload_configs/event_socket.conf.xml"
        file.write_text(re.sub(r'(listen-port" value=")\d+', rf"\g<1>{self.esl}", file.read_text()))
        folders = (self.root, self.conf, self.folder / "scripts", *(self.folder / name for name in its))
        subprocess.run(["chown", "-R", f"{WEB}:{WEB}", *folders], check=True)
        self.php("core/upgrade/upgrade.php", "--schema")
        for domain in (ONE, TWO):
            self.add_domain(domain)
        self.php("core/upgrade/upgrade.php", "--defaults")
        for phone in (*PHONES, BOB):
            if phone.domain != LATER:
                self.add_extension(phone)
        self.sql(
            "UPDATE v_sip_profile_settings SET sip_profile_setting_value = '127.0.0.1' "
            "WHERE sip_profile_setting_name IN ('sip-ip', 'rtp-ip', 'ext-sip-ip', 'ext-rtp-ip')",
            f"UPDATE v_sip_profile_settings SET sip_profile_setting_value = '{self.sip}' "
            "WHERE sip_profile_setting_name = 'sip-port'",
            "UPDATE v_sip_profiles SET sip_profile_enabled = 'false' WHERE sip_profile_name <> 'internal'",
            # not every FreeSWITCH has mod_shout, which writes MP3
            "UPDATE v_dialplans SET dialplan_xml = replace(dialplan_xml, 'record_ext=mp3', 'record_ext=wav')",
        )
        self.start_switch()
        self._start_phones()

    def stop(self) -> None:
        for process in (self._controller, self._phones, self._switch):
            if process:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                if process.poll() is None:
                    process.kill()
                    process.wait()
        self._as_nobody("pg_ctl", "-D", str(self.folder / "pg/data"), "-m", "immediate", "stop")

    def start_switch(self) -> None:
        """Start or restart FreeSWITCH."""
        if self._switch:
            self._switch.terminate()
            self._switch.wait(30)
        folders = [
            part
            for name in ("conf", "log", "db", "run", "scripts", "recordings", "storage", "sounds")
            for part in (f"-{name}", str(self.folder / name))
        ]
        with (self.folder / "switch.log").open("wb") as out:
            command = self.inside(*AS_WEB, freeswitch(), "-nonat", "-nf", "-nc", *folders)
            self._switch = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        wait_for(lambda: "internal" in _api(self.esl, "sofia status"), "FusionPBX's switch to be ready", 90)

    def _start_phones(self) -> None:
        names = self.folder / "resolv.conf"
        names.write_text(f"nameserver 127.0.0.1\nport {_names_server()}\n")
        home = self.folder / "phones"
        for name in ("conf", "log", "db", "run"):
            (home / name).mkdir(parents=True)
        (home / "conf/freeswitch.xml").write_text(self._phones_configuration())
        folders = [part for name in ("conf", "log", "db", "run") for part in (f"-{name}", str(home / name))]
        with (home / "out.log").open("wb") as out:
            self._phones = subprocess.Popen(
                _with(names, Path("/etc/resolv.conf"), freeswitch(), "-nonat", "-nf", "-nc", *folders),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        wait_for(lambda: "is ready" in _api(self.phones_esl, "status"), "the phones to be ready", 60)
        self.registered(ONE)
        self.registered(TWO)

    def _start_postgresql(self) -> None:
        home = self.folder / "pg"
        home.mkdir()
        if os.geteuid() == 0:
            for each in (self.folder, *self.folder.parents):
                if each != Path("/") and not each.stat().st_mode & 0o001:
                    each.chmod(each.stat().st_mode | 0o011)
            shutil.chown(home, "nobody")
        self._as_nobody("initdb", "-D", f"{home}/data", "-U", "fusionpbx", "-A", "trust", "--no-sync")
        options = f"-k {home} -c listen_addresses= -c fsync=off"
        self._as_nobody("pg_ctl", "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "-w", "start")
        subprocess.run(["createdb", "-h", str(home), "-U", "fusionpbx", "fusionpbx"], check=True)

    def _as_nobody(self, program: str, *words: str) -> None:
        path = _server_program(program)
        prefix = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
        subprocess.run([*prefix, path, *words], check=True, capture_output=True, cwd=self.folder / "pg")

    def _config(self) -> str:
        folder = self.folder
        return f"""
database.0.type = pgsql
database.0.host = {folder}/pg
database.0.port = 5432
database.0.sslmode = prefer
database.0.name = fusionpbx
database.0.username = fusionpbx
database.0.password = fusionpbx
database.1.type = sqlite
database.1.path = {folder}/db
database.1.name = core.db
document.root = {self.root}
project.path =
temp.dir = {folder}/tmp
php.dir = {Path(shutil.which("php") or "php").parent}
php.bin = php
cache.method = file
cache.location = {folder}/cache
cache.settings = true
switch.conf.dir = {self.conf}
switch.sounds.dir = {folder}/sounds
switch.database.dir = {folder}/db
switch.recordings.dir = {self.recordings}
switch.storage.dir = {folder}/storage
switch.voicemail.dir = {folder}/storage/voicemail
switch.scripts.dir = {folder}/scripts
xml_handler.fs_path = false
xml_handler.reg_as_number_alias = false
xml_handler.number_as_presence_id = true
error.reporting = user
"""

    def _phones_configuration(self) -> str:
        profiles, dialplan = "", ""
        for at, phone in enumerate((*PHONES, BOB)):
            gateway = (
                f'<gateway name="g{at}"><param name="username" value="{phone.extension}"/>'
                f'<param name="realm" value="{phone.domain}"/>'
                f'<param name="proxy" value="{phone.domain}:{self.sip}"/>'
                f'<param name="from-domain" value="{phone.domain}"/>'
                f'<param name="password" value="pw{phone.extension}"/><param name="register" value="true"/>'
                f'<param name="retry-seconds" value="2"/><param name="extension" value="{phone.extension}"/>'
                "</gateway>"
            )
            agent = '<param name="user-agent-string" value="Yealink SIP-T46S 66.85.0.5"/>'
            extra = f'{agent}<param name="auth-calls" value="false"/>'
            profiles += profile(f"p{at}", FIRST_PHONE_PORT + at, f"phone{at}", extra, gateway, "PCMU")
            dialplan += _context(f"phone{at}", ".", self._plays("${uuid}", phone, at))
            dialplan += _context(f"ua{at}", "^(.+)$", self._plays("$1", phone, at))
        return configuration("phones", self.phones_esl, profiles, dialplan, "", RTP_PORTS)

    def _plays(self, name: str, phone: Phone, at: int) -> str:
        steps = (
            ("answer", ""),
            ("set", "RECORD_READ_ONLY=true"),
            ("set", "playback_terminators=none"),
            ("record_session", f"{self.heard}/{at}-{name}.wav"),
            ("playback", f"tone_stream://v=-13;%(10000,0,{phone.hz});loops=-1"),
        )
        return "".join(f'<action application="{app}" data="{data}"/>' for app, data in steps)

    def inside(self, *words: str) -> list[str]:
        """A command of this FusionPBX's machine."""
        return _with(self.etc, _PLACE, *words)

    # -- what its administrator does -----------------------------------------------------------------------

    def sql(self, *statements: str) -> list[list[str]]:
        """Run statements and return their rows."""
        words = [part for statement in statements for part in ("-c", statement)]
        command = ["psql", "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder / "pg")]
        done = subprocess.run(
            [*command, "-U", "fusionpbx", "fusionpbx", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def php(self, *words: str) -> str:
        """Run a program of FusionPBX, as its web server would."""
        done = subprocess.run(
            self.inside(*AS_WEB, "php", *words),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_domain(self, domain: str) -> None:
        self.sql(
            "INSERT INTO v_domains (domain_uuid, domain_name, domain_enabled) "
            f"VALUES (gen_random_uuid(), '{domain}', 'true')"
        )

    def add_extension(self, phone: Phone) -> None:
        alias = f"'{ALIAS}'" if phone == BOB else "NULL"
        self.sql(
            "INSERT INTO v_extensions (extension_uuid, domain_uuid, extension, number_alias, password, "
            "user_context, enabled, effective_caller_id_name, effective_caller_id_number, limit_max, "
            "call_timeout, user_record) "
            f"SELECT gen_random_uuid(), domain_uuid, '{phone.extension}', {alias}, 'pw{phone.extension}', "
            f"'{phone.domain}', 'true', 'Ext', '{phone.extension}', 5, 30, "
            f"{chr(39) + 'all' + chr(39) if phone.extension == '1002' else 'NULL'} "
            f"FROM v_domains WHERE domain_name = '{phone.domain}'"
        )

    def add_dialplan(self, domain: str, name: str, order: int, *details: tuple[str, str, str]) -> None:
        """Add an extension to a tenant's dialplan; `details` are the tag, type and data of its rows."""
        uuid = str(uuid4())
        self.sql(
            "INSERT INTO v_dialplans (dialplan_uuid, domain_uuid, dialplan_context, dialplan_name, "
            "dialplan_continue, dialplan_order, dialplan_enabled) "
            f"SELECT '{uuid}', domain_uuid, '{domain}', '{name}', 'true', {order}, 'true' "
            f"FROM v_domains WHERE domain_name = '{domain}'",
            *(
                "INSERT INTO v_dialplan_details (dialplan_detail_uuid, domain_uuid, dialplan_uuid, "
                "dialplan_detail_tag, dialplan_detail_type, dialplan_detail_data, dialplan_detail_group, "
                "dialplan_detail_order, dialplan_detail_enabled) "
                f"SELECT gen_random_uuid(), domain_uuid, '{uuid}', '{tag}', '{kind}', $x${data}$x$, 0, "
                f"{at}, 'true' FROM v_domains WHERE domain_name = '{domain}'"
                for at, (tag, kind, data) in enumerate(details)
            ),
        )
        self.save_dialplan(uuid)

    def save_dialplan(self, uuid: str) -> None:
        """Save an extension in Dialplan Manager."""
        self.php("-r", _SAVE % (self.root, uuid, uuid, uuid))
        self.flush()

    def flush(self) -> None:
        """Do what FusionPBX does when somebody saves a dialplan."""
        for each in (self.folder / "cache").glob("dialplan.*"):
            each.unlink()

    def whisperpage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a `whisperpage` command on this machine."""
        command = self.inside(str(Path(sys.executable).parent / "whisperpage"), *words)
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def serve(self, **settings: str) -> None:
        """Start or restart the controller, with other settings beside those of the installation."""
        if self._controller:
            self._controller.terminate()
            self._controller.wait(30)
        environment = self.environment | settings
        with self.log.open("wb") as out:
            command = [str(Path(sys.executable).parent / "whisperpage"), "serve"]
            self._controller = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        wait_for(lambda: b"switch.up" in self.log.read_bytes(), "the controller to be up", 60)

    @contextmanager
    def serving(self, **settings: str) -> Iterator[None]:
        """The controller with other settings for a while."""
        self.serve(**settings)
        try:
            yield
        finally:
            self.serve()

    def state(self) -> State:
        """All of FusionPBX's files and of its switch's configuration, and all that is in the database."""
        folders = (self.root, self.conf, self.etc, self.folder / "scripts")
        return read(lambda statement: self.sql(statement), folders)

    # -- what its users do ---------------------------------------------------------------------------------

    def registered(self, domain: str) -> None:
        """Wait until a tenant's phones have registered."""

        places = [at for at, phone in enumerate((*PHONES, BOB)) if phone.domain == domain]

        def all_there() -> bool:
            told = {at: _api(self.phones_esl, f"sofia status gateway p{at}::g{at}") for at in places}
            waiting = [at for at, text in told.items() if "REGED" not in text]
            for at in waiting:
                _api(self.phones_esl, f"sofia profile p{at} register g{at}")
            time.sleep(1.5 if waiting else 0)
            return not waiting

        wait_for(all_there, f"the phones of {domain} to register", 60)

    def dial(self, phone: Phone, number: str, name: str, *, early: bool = False) -> str:
        """Dial, and record the phone under `name`. Returns an empty text if answered, or else the cause.

        `early`: early media counts as an answer.
        """
        at = (*PHONES, BOB).index(phone)
        self.leg = _api(self.phones_esl, "create_uuid")
        ignored = str(not early).lower()
        variables = f"origination_uuid={self.leg},ignore_early_media={ignored},originate_timeout=15"
        reply = _api(
            self.phones_esl, f"originate {{{variables}}}sofia/gateway/g{at}/{number} {name} XML ua{at}"
        )
        return "" if reply.startswith("+OK") else reply

    def press(self, leg: str, digits: str) -> None:
        """Press keys on the phone during a call."""
        _api(self.phones_esl, f"uuid_send_dtmf {leg} {digits}")

    def channels(self) -> list[dict[str, str]]:
        """The channels of FusionPBX's switch."""
        rows: list[dict[str, str]] = json.loads(_api(self.esl, "show channels as json")).get("rows", [])
        return rows

    def calls(self) -> int:
        """The number of calls on it in which two parties hear each other."""
        return int(_api(self.esl, "show calls count").split()[0])

    def end(self, leg: str) -> None:
        """Hang up a phone's leg."""
        _api(self.phones_esl, f"uuid_kill {leg}")

    def hang_up(self) -> None:
        """End every call."""
        for port in (self.phones_esl, self.esl):
            _api(port, "hupall")

        def silent() -> bool:
            ports = (self.phones_esl, self.esl)
            return all(_api(port, "show channels count").startswith("0 ") for port in ports)

        wait_for(silent, "no call to be left", 20)
        time.sleep(0.3)

    def levels(self, pattern: str, last: float = 1.5) -> dict[str, float]:
        """The level of each phone's tone in dBFS at the end of the newest recording of this name."""
        path = max(self.heard.glob(pattern), key=lambda each: each.stat().st_mtime)
        return _levels(path, last)

    def recorded(self, domain: str) -> dict[str, float]:
        """The level of each phone's tone in dBFS in a tenant's whole newest recording of a call."""
        found = (self.recordings / domain / "archive").rglob("*.wav")
        return _levels(max(found, key=lambda each: each.stat().st_mtime), 3600)

    def history(self) -> list[dict[str, str]]:
        """The history, the newest first."""
        return list(csv.DictReader(self.whisperpage("pages", "--csv").stdout.splitlines()))

    def pages(self) -> list[list[str]]:
        """The history: pager, target, treatment and reason, the newest first."""
        return [[row[name] for name in ("pager", "target", "treatment", "reason")] for row in self.history()]


def _with(own: Path, place: Path, *words: str) -> list[str]:
    """A command for which a file or folder of the test replaces one of the machine."""
    return ["unshare", "--mount", "sh", "-c", _MOUNTED, str(own), str(place), *words]


def _names_server() -> int:
    """Run a name server that answers 127.0.0.1 for every name, in a thread; returns its port."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            asked, asker = server.recvfrom(512)
            question = asked[12 : asked.index(b"\0", 12) + 5]
            wanted = question[-4:-2] == b"\0\x01"  # an address (A), and nothing else
            head = asked[:2] + b"\x85\x80\0\x01" + (b"\0\x01" if wanted else b"\0\0") + b"\0\0\0\0"
            record = b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\x7f\0\0\x01"
            server.sendto(head + question + (record if wanted else b""), asker)

    threading.Thread(target=answer, daemon=True).start()
    return int(server.getsockname()[1])


def _levels(path: Path, last: float) -> dict[str, float]:
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        samples = array.array("h", file.readframes(file.getnframes()))
    found = dict.fromkeys(map(str, (*PHONES, BOB)), -200.0)
    # of a stereo recording, the louder channel
    for channel in (samples[at::channels] for at in range(channels)):
        end = len(channel) - int(0.3 * rate)
        window = channel[max(0, end - int(last * rate)) : end]
        for phone in (*PHONES, BOB):
            found[str(phone)] = max(found[str(phone)], loudness(window, rate, phone.hz))
    return found


def _api(port: int, text: str) -> str:
    try:
        with closing((esl := ESL(port)).sock):
            return esl.api(text)
    except (OSError, EOFError):
        return ""


def _context(name: str, pattern: str, actions: str) -> str:
    condition = f'<condition field="destination_number" expression="{pattern}">{actions}</condition>'
    return f'<context name="{name}"><extension name="x">{condition}</extension></context>'


def _server_program(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else name)


@contextmanager
def fusionpbx(folder: Path) -> Iterator[Fusion]:
    """A running FusionPBX; the test is skipped where it cannot run."""
    if not SOURCE:
        pytest.skip("FUSIONPBX_DIR names no checkout of FusionPBX")
    if os.geteuid() != 0:
        pytest.skip("a FusionPBX of its own needs root: /etc/fusionpbx is mounted over")
    for program in ("php", "psql", "unshare"):
        if not shutil.which(program):
            pytest.skip(f"a FusionPBX needs {program}")
    _PLACE.mkdir(exist_ok=True)
    fusion = Fusion(folder)
    try:
        fusion.make()
        yield fusion
    finally:
        fusion.stop()

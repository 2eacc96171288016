"""A real Kamailio in front of two switches: it authenticates the phones, and spreads their calls."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from controller.laboratory.lab import Lab
from controller.laboratory.office import DOMAIN, SIP_PORT
from tests.live.office import wait_for
from tests.live.two import ALPHA, BETA, TwoLab, TwoOffice

KAMAILIO = "127.0.0.9"
#: Another address that both switches let in without a password. The settings do not trust it.
GATEWAY = "127.0.0.10"
_CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=2
listen=udp:%(kamailio)s:%(port)d
alias="%(domain)s"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "dispatcher.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("dispatcher", "list_file", "%(list)s")

request_route {
    # The header is the proxy's own: nobody else writes it, neither in a new call nor within one.
    if (!has_totag() || !ds_is_from_list("1")) {
        remove_hf("P-Asserted-Identity");
        remove_hf("Remote-Party-ID");
    }
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    if (has_totag()) { route(WITHIN); exit; }
    remove_hf("Route");
    if (is_method("INVITE")) record_route();
    if (ds_is_from_list("1")) {
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
        t_relay();
        exit;
    }
    # The password of the user that the credentials name: the one whom the header will name.
    $var(password) = "pw" + $au;
    if (is_method("REGISTER")) {
        if (!pv_www_authenticate("%(domain)s", "$var(password)", "0")) {
            www_challenge("%(domain)s", "0");
            exit;
        }
        route(OWN);
        save("location");
        exit;
    }
    if (is_method("INVITE")) {
        if (!pv_proxy_authenticate("%(domain)s", "$var(password)", "0")) {
            proxy_challenge("%(domain)s", "0");
            exit;
        }
        route(OWN);
        consume_credentials();
        append_hf("P-Asserted-Identity: <sip:$au@%(domain)s>\\r\\n");
        ds_select_dst("1", "4");
        t_relay();
        exit;
    }
    if (is_method("SUBSCRIBE")) {
        record_route();
        $du = "sip:%(lamps)s:%(port)d";
        t_relay();
        exit;
    }
    sl_send_reply("405", "Method Not Allowed");
}

# A phone calls, and registers, as the user whose password it has.
route[OWN] {
    if ($fd != "%(domain)s" || $fU != $au || (is_method("REGISTER") && $tU != $au)) {
        sl_send_reply("403", "Not Your User");
        exit;
    }
}

# A call that is up. What phones send goes to the switches alone.
route[WITHIN] {
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    if (loose_route() && (ds_is_from_list("1") || ds_is_from_list("1", "2", "$nh(u)"))) { t_relay(); exit; }
    if (!is_method("ACK")) sl_send_reply("404", "Not Found");
}
"""


class ProxiedLab(TwoLab):
    """The two switches and their phones, with Kamailio between them."""

    kamailio: subprocess.Popen[bytes]

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        if name == "phone_switch":
            self.start_kamailio()
            for address in (ALPHA, BETA):
                configuration = configuration.replace(
                    f'"proxy" value="{address}:{SIP_PORT}"', f'"proxy" value="{KAMAILIO}:{SIP_PORT}"'
                )
        return super().start(name, configuration)

    def of_switch(self, configuration: str) -> str:
        auth = '<param name="auth-calls" value="true"/>'
        assert auth in configuration
        contact = "${sofia_contact(*/${dialed_user}@${dialed_domain})}"
        assert contact in configuration
        nodes = "".join(f'<node type="allow" cidr="{each}/32"/>' for each in (KAMAILIO, GATEWAY))
        lists = f'<network-lists><list name="proxies" default="deny">{nodes}</list>'
        more = '<param name="apply-inbound-acl" value="proxies"/>'
        if f'"sip-ip" value="{BETA}"' in configuration:  # the two ways to read the header
            more += '<param name="p-asserted-id-parse" value="verbatim"/>'
        return (
            configuration.replace(auth, auth + more)
            .replace(
                contact,
                f"sofia/internal/${{dialed_user}}@${{dialed_domain}};fs_path=sip:{KAMAILIO}:{SIP_PORT}",
            )
            .replace("<network-lists>", lists)
        )

    def stop_kamailio(self) -> None:
        self.kamailio.terminate()
        self.kamailio.wait(10)

    def start_kamailio(self) -> None:
        """Start it, with no phone registered."""
        binary = shutil.which("kamailio")
        if binary is None:
            pytest.skip("there is no kamailio")
        home = Path(self.root) / "kamailio"
        home.mkdir(exist_ok=True)
        (home / "dispatcher.list").write_text(f"1 sip:{ALPHA}:{SIP_PORT}\n1 sip:{BETA}:{SIP_PORT}\n")
        settings = {
            "kamailio": KAMAILIO, "port": SIP_PORT, "domain": DOMAIN, "list": home / "dispatcher.list",
            "lamps": ALPHA,
        }  # fmt: skip
        (home / "kamailio.cfg").write_text(_CONFIGURATION % settings)
        command = [binary, "-DD", "-E", "-f", str(home / "kamailio.cfg"), "-Y", str(home)]
        with (home / "log").open("w") as log:
            self.kamailio = subprocess.Popen(command, stdout=log, stderr=log)
        self.processes.append(self.kamailio)
        wait_for(_listens, "kamailio to listen", 15)


def _listens() -> bool:
    host = int.from_bytes(socket.inet_aton(KAMAILIO), "little")
    return f" {host:08X}:{SIP_PORT:04X} " in Path("/proc/net/udp").read_text()


class ProxiedOffice(TwoOffice):
    """The office behind Kamailio."""

    LAB = ProxiedLab
    lab: ProxiedLab

    def __init__(self, lab: Lab, folder: Path) -> None:
        super().__init__(lab, folder)
        self.environment["WHISPERPAGE_TRUSTED_PROXIES"] = KAMAILIO
        way = f"sofia/internal/{{user}}@{{domain}};fs_path=sip:{KAMAILIO}:{SIP_PORT}"
        self.environment["WHISPERPAGE_PROXY_DIAL"] = way

    def where(self, extension: int) -> str:
        """The switch to which Kamailio has sent the call of a phone; empty if it is on none."""
        for name, rows in (("alpha", self.other_channels()), ("beta", self.lab.channels())):
            with suppress(StopIteration):
                next(row for row in rows if row["presence_id"].startswith(f"{extension}@"))
                return name
        return ""

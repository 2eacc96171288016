"""The laboratory with more entrances than it needs: each is a documented setting of FreeSWITCH.

In addition to the laboratory's own profiles there are

- `named` (NAMED_PORT): users' phones, `inbound-use-callid-as-uuid`;
- `manual` (MANUAL_PORT): users' phones, `manual-redirect`: a 302 leads to the context `sip_redirect_context`;
- `open` (OPEN_PORT): calls from outside, without a password, with `manage-presence`;
- `tenants` (TENANTS_PORT): users of a.test and b.test, whose phones name their domain in From;
- `six` (SIX_PORT): users' phones at ::1, which is IPv6.

The users' context has these further numbers: `out-PORT` is the outside phone at a port. `man-EXT` is a user
whose 302 leads to the users' context. `fwd-...` is forwarded to the rest of the number by a transfer,
`loop-...` by a loopback. `ans-PORT` is like out-PORT after the caller is answered. `control-...` expands the
rest of the number, as no dialplan should.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from controller.laboratory.configuration import profile
from controller.laboratory.lab import Lab

NAMED_PORT, MANUAL_PORT, OPEN_PORT, TENANTS_PORT, SIX_PORT = 5061, 5062, 5081, 5063, 5066
TENANTS = ("a.test", "b.test")
_AUTH = (
    '<param name="auth-calls" value="true"/><param name="manage-presence" value="true"/>'
    '<param name="multiple-registrations" value="true"/>'
)
_ONE_DOMAIN = "".join(
    f'<param name="force-{what}-domain" value="pbx.test"/>'
    for what in ("register", "subscription", "register-db")
)
_PROFILES = (
    profile(
        "named",
        NAMED_PORT,
        "default",
        _AUTH + _ONE_DOMAIN + '<param name="inbound-use-callid-as-uuid" value="true"/>',
    )
    + profile(
        "manual", MANUAL_PORT, "default", _AUTH + _ONE_DOMAIN + '<param name="manual-redirect" value="true"/>'
    )
    + profile(
        "open",
        OPEN_PORT,
        "outside",
        '<param name="auth-calls" value="false"/><param name="manage-presence" value="true"/>',
    )
    + profile("tenants", TENANTS_PORT, "default", _AUTH)
    + profile("six", SIX_PORT, "default", _AUTH + _ONE_DOMAIN).replace("127.0.0.1", "::1")
)


def _extension(number: str, *actions: tuple[str, str]) -> str:
    does = "".join(f'<action application="{name}" data="{data}"/>' for name, data in actions)
    return (
        f'<extension name="attack"><condition field="destination_number" expression="{number}">{does}'
        "</condition></extension>"
    )


_DIALPLAN = (
    _extension(r"^out-(\d+)$", ("bridge", "sofia/trunk/callee@127.0.0.1:$1"))
    + _extension(
        r"^man-(10\d\d)$",
        ("export", "nolocal:sip_redirect_context=default"),
        ("bridge", "user/$1@pbx.test"),
    )
    + _extension(r"^fwd-(.+)$", ("transfer", "$1 XML default"))
    + _extension(r"^loop-(.+)$", ("bridge", "loopback/$1/default/XML"))
    + _extension(r"^ans-(\d+)$", ("answer", ""), ("bridge", "sofia/trunk/callee@127.0.0.1:$1"))
    + _extension(r"^control-(.+)$", ("set", "control=$1"), ("hangup", "UNALLOCATED_NUMBER"))
)


class WideLab(Lab):
    """The laboratory with these profiles and numbers."""

    def __init__(self, dialplan: str) -> None:
        super().__init__()
        own = Path(self.root) / "dialplan"
        shutil.copytree(dialplan, own)
        # after the project's own, like the other files of an installation
        (own / "default" / "zz_attacks.xml").write_text(f"<include>\n{_DIALPLAN}\n</include>\n")
        self.dialplan = str(own)

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        """Start a switch of the laboratory; the PBX gets the additions."""
        if name == "pbx":
            configuration = configuration.replace(
                "</profiles></configuration>\n </section>",
                _PROFILES + "</profiles></configuration>\n </section>",
            )
            configuration = configuration.replace(
                '<domain name="pbx.test">', _tenants() + '<domain name="pbx.test">'
            )
        process: subprocess.Popen[bytes] = super().start(name, configuration)
        return process


def _tenants() -> str:
    dial = (
        "{^^:sip_invite_domain=${dialed_domain}:presence_id=${dialed_user}@${dialed_domain}}"
        "${sofia_contact(*/${dialed_user}@${dialed_domain})}"
    )
    domains = ""
    for domain in TENANTS:
        users = "".join(
            f'<user id="{user}"><params><param name="password" value="pw{user}-{domain}"/></params>'
            '<variables><variable name="user_context" value="default"/></variables></user>'
            for user in (1001, 1002)
        )
        domains += (
            f'<domain name="{domain}"><params><param name="dial-string" value="{dial}"/></params>'
            f'<groups><group name="default"><users>{users}</users></group></groups></domain>'
        )
    return domains

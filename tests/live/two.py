"""Two real switches with SIP between them: the pager's phone at the one, the target's at the other.

`alpha` is the laboratory's own PBX. `beta` has the same configuration and ports at another address of the
loopback network. The phone switch registers each phone at its switch. Pages go from alpha to beta, or with
`BackLab` and `BackOffice` from beta to alpha.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path

from controller.laboratory.configuration import pbx_configuration
from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from controller.laboratory.office import PBX_ESL, SIP_PORT, TRUNK_PORT
from tests.live.handset import Handset
from tests.live.office import Office, wait_for

ALPHA, BETA = "127.0.0.1", "127.0.0.3"
BETA_ESL = 8023
_NO_LISTS = '<configuration name="acl.conf"><network-lists/></configuration>'
SWITCHES = "\n".join(
    f"{name} esl://:ClueCon@127.0.0.1:{esl} sofia/trunk/whisperpage@{address}:{TRUNK_PORT}"
    for name, esl, address in (("alpha", PBX_ESL, ALPHA), ("beta", BETA_ESL, BETA))
)


class TwoLab(Lab):
    """The laboratory with two PBXs: `pbx` is that of the target, and `other` that of the pager."""

    #: The extensions whose phones are registered at beta.
    at_beta: tuple[int, ...] = (1002, 1005, 1006)
    other: ESL

    def __enter__(self) -> TwoLab:
        super().__enter__()
        alpha, beta = self.pbx, self.connect(BETA_ESL)
        self.other, self.pbx = (alpha, beta) if 1002 in self.at_beta else (beta, alpha)
        return self

    def start(self, name: str, configuration: str) -> subprocess.Popen[bytes]:
        if name == "pbx":
            plain = pbx_configuration(self.dialplan)
            super().start("beta", self.of_switch(_beta(plain)))
            return super().start("alpha", self.of_switch(_listed(_named(plain, "alpha"), BETA)))
        for extension in self.at_beta:
            before, gateway, after = configuration.partition(f'<gateway name="g{extension}">')
            configuration = before + gateway + after.replace(f"127.0.0.1:{SIP_PORT}", f"{BETA}:{SIP_PORT}", 1)
        return super().start(name, configuration)

    def of_switch(self, configuration: str) -> str:
        """The configuration of either switch, as a kind of laboratory changes it."""
        return configuration

    def hang_up_all(self, timeout: float = 10) -> None:
        self.other.command("bgapi hupall")
        super().hang_up_all(timeout)
        wait_for(
            lambda: self.other.api("show channels count").startswith("0 "),
            "the other switch to be idle",
            timeout,
        )

    def __exit__(self, *exc: object) -> None:
        with suppress(AttributeError, OSError):
            self.other.sock.close()
        super().__exit__()


def _named(configuration: str, name: str) -> str:
    own = '<param name="switchname" value="pbx"/>'
    assert own in configuration
    return configuration.replace(own, own.replace("pbx", name))


def _listed(configuration: str, address: str) -> str:
    """With the address of the other switch among those that may send calls of pagers."""
    assert _NO_LISTS in configuration
    node = f'<list name="whisperpage_switches" default="deny"><node type="allow" cidr="{address}/32"/></list>'
    lists = f"<network-lists>{node}</network-lists>"
    return configuration.replace(_NO_LISTS, _NO_LISTS.replace("<network-lists/>", lists))


def _beta(configuration: str) -> str:
    for name in ("sip-ip", "rtp-ip"):
        configuration = configuration.replace(f'"{name}" value="127.0.0.1"', f'"{name}" value="{BETA}"')
    configuration = configuration.replace(
        f'"listen-port" value="{PBX_ESL}"', f'"listen-port" value="{BETA_ESL}"'
    )
    return _listed(_named(configuration, "beta"), ALPHA)


class TwoOffice(Office):
    """The office on two switches; what it asks of the switch, it asks of the target's."""

    LAB = TwoLab
    lab: TwoLab
    trunk, events = BETA, BETA_ESL
    #: The name of the target's switch.
    name = "beta"

    def __init__(self, lab: Lab, folder: Path) -> None:
        super().__init__(lab, folder)
        self.environment["WHISPERPAGE_SWITCHES"] = SWITCHES

    def start_controller(self) -> None:
        seen = self.log.stat().st_size if self.log.exists() else 0
        super().start_controller()
        wait_for(lambda: self.log.read_bytes()[seen:].count(b"switch.up") == 2, "both switches", 60)

    def address(self, extension: int) -> str:
        """The switch at which the phone of an extension is registered."""
        return BETA if extension in self.lab.at_beta else ALPHA

    def leg(self, extension: int) -> str:
        """The user's newest leg at the target's switch; for the pager it is the one that arrives there."""
        return self.between()["arrival"] if extension == 1001 else super().leg(extension)

    def paging_phone(self) -> Handset:
        """The phone of a pager whose page is up, and whose tone is over."""
        self.target_calls()
        phone = self.handset("pager", 1001)
        assert phone.call("*191002") == 200
        wait_for(self.whispering, "the page")
        bond = f"uuid_getvar {self.between()['pager']} signal_bond"
        wait_for(lambda: self.lab.other.api(bond) == "_undef_", "the page's tone")
        return phone

    def page_is_gone(self) -> bool:
        return not self.page_legs() and not self.other_channels()

    def between(self) -> dict[str, str]:
        """The uuids of the pager's leg, and of the two ends of its call to the other switch."""
        rows = self.other_channels()
        [trunk] = [row["uuid"] for row in rows if "whisperpage@" in row["name"]]
        [pager] = [row["uuid"] for row in rows if "/1001" in row["name"]]
        arrival = wait_for(lambda: self.lab.channels(dest="whisperpage") or self._arrived(), "the arrival")
        return {"pager": pager, "trunk": trunk, "arrival": arrival[0]["uuid"]}

    def _arrived(self) -> list[dict[str, str]]:
        rows = self.lab.channels(direction="inbound")
        return [row for row in rows if row["context"] == "whisperpage@switch" and "sofia" in row["name"]]

    def other_loopbacks(self) -> list[dict[str, str]]:
        """The legs of pages at the pager's switch."""
        return [row for row in self.other_channels() if row["name"].startswith("loopback/")]

    def other_channels(self) -> list[dict[str, str]]:
        """The rows of `show channels` of the pager's switch."""
        rows: list[dict[str, str]] = json.loads(self.lab.other.api("show channels as json")).get("rows", [])
        return rows


class BackLab(TwoLab):
    """The two switches with their phones the other way round: the pager's at beta, the target's at alpha."""

    at_beta = (1001, 1003, 1004)


class BackOffice(TwoOffice):
    """The office in which pages go from beta to alpha."""

    LAB = BackLab
    trunk, events = ALPHA, PBX_ESL
    name = "alpha"

"""Phones for the small PBX of freeswitch/: two users, and a customer who calls over the trunk."""

from __future__ import annotations

import json
import os
from pathlib import Path

from controller.laboratory.configuration import configuration, profile
from controller.laboratory.lab import Lab
from controller.laboratory.office import CUSTOMER, PHONES
from tests.live.office import Office, wait_for
from tests.live.pbx import DOMAIN, SECRETS, Pbx, settings
from tests.live.sipphone import free_port

USERS = (1001, 1002)


class PhoneSwitch(Lab):
    """A second FreeSWITCH; each phone plays its tone and records what it hears, as in the laboratory."""

    def __init__(self, pbx: Pbx) -> None:
        super().__init__()
        self.switch, self.port = pbx, free_port()

    def __enter__(self) -> PhoneSwitch:
        self.lock = Path(os.devnull).open()  # it has its own ports, so it needs no lock
        try:
            self.start("phone_switch", self._configuration())
            self.phone_switch, self.pbx = self.connect(self.port), self.switch.login()
            wait_for(
                lambda: self.phone_switch.api("sofia status").count("REGED") == len(USERS), "the phones", 20
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        for switch in (getattr(self, "phone_switch", None), getattr(self, "pbx", None)):
            if switch:
                switch.sock.close()
        super().__exit__(*exc)

    def on_phone_switch(self) -> list[dict[str, str]]:
        """The channels of the phones and the customer, as they see them."""
        rows: list[dict[str, str]] = json.loads(self.phone_switch.api("show channels as json")).get(
            "rows", []
        )
        return rows

    def _configuration(self) -> str:
        profiles = profile("customer", free_port(), "customer", '<param name="auth-calls" value="false"/>')
        dialplan = self._plays("default", "^ua-([0-9]+)-(.+)$", "$2", "$1")
        for user in USERS:
            agent, hz = PHONES[user]
            gateway = (
                f'<gateway name="g{user}"><param name="username" value="{user}"/>'
                f'<param name="password" value="{SECRETS[f"phone_{user}_password"]}"/>'
                f'<param name="realm" value="{DOMAIN}"/><param name="from-domain" value="{DOMAIN}"/>'
                f'<param name="proxy" value="127.0.0.1:{self.switch.sip}"/>'
                f'<param name="register" value="true"/><param name="extension" value="{user}"/></gateway>'
            )
            extra = (
                f'<param name="user-agent-string" value="{agent}"/><param name="auth-calls" value="false"/>'
            )
            profiles += profile(f"p{user}", free_port(), f"phone{user}", extra, gateway)
            dialplan += self._plays(f"phone{user}", ".", f"in-{user}-${{uuid}}", str(hz))
        return configuration("phone_switch", self.port, profiles, dialplan, "", (41000, 41998))

    def _plays(self, context: str, number: str, name: str, hz: str) -> str:
        """A context that answers a call, records it as `name`, and plays a tone."""
        steps = (
            ("answer", ""),
            ("set", "RECORD_READ_ONLY=true"),
            ("record_session", f"{self.recordings}/{name}.wav"),
            ("playback", f"tone_stream://v=-13;%(10000,0,{hz});loops=-1"),
        )
        actions = "".join(f'<action application="{app}" data="{data}"/>' for app, data in steps)
        return (
            f'<context name="{context}"><extension name="x">'
            f'<condition field="destination_number" expression="{number}">{actions}</condition>'
            "</extension></context>"
        )


class SmallOffice(Office):
    """The office of freeswitch/: its controller logs in with least privilege, its secrets are files."""

    def __init__(self, phones: PhoneSwitch, folder: Path) -> None:
        super().__init__(phones, folder)
        self.environment = settings(phones.switch, folder)

    def customer_calls(self, codec: str = "PCMU", target: int = 1002) -> None:
        """Make the customer call the target over the trunk."""
        reply = self.lab.phone_switch.api(
            f"originate {{absolute_codec_string='{codec}'}}"
            f"sofia/customer/{target}@127.0.0.1:{self.lab.switch.trunk} ua-{CUSTOMER}-customer XML default"
        )
        assert reply.startswith("+OK"), reply
        self.phone = ""
        self.talking(target)

"""Whisper Page in a FusionPBX: who hears whom in a page of a tenant, and the rows of its codes."""

from __future__ import annotations

import time

from controller.fusion import codes
from tests.live.fusion import ONE, PHONES, Fusion, Phone
from tests.live.office import wait_for

#: Loudness of a party's tone in a plain call, and the silence that is none, in dBFS.
HEARD, NOT_HEARD = -30.0, -50.0
EVERYTHING = (
    "--whisper-initiate",
    "--whisper-accept",
    "all",
    "--intercom-initiate",
    "--intercom-accept",
    "all",
)


class Installed:
    """A FusionPBX with Whisper Page, and the duration of the installation."""

    def __init__(self, fusion: Fusion) -> None:
        self.fusion = fusion
        begun = time.monotonic()
        self.install = fusion.whisperpage("fusionpbx", "install")
        assert self.install.returncode == 0, self.install.stderr + self.install.stdout
        done = fusion.whisperpage("groups", "set", "default", *EVERYTHING)
        assert done.returncode == 0, done.stderr
        fusion.serve()
        assert self.pages(ONE)
        self.first_page = time.monotonic() - begun

    def phones(self, domain: str) -> tuple[Phone, Phone, Phone]:
        pager, target, far = (phone for phone in PHONES if phone.domain == domain)
        return pager, target, far

    def page(self, domain: str, code: str = "*19", pager: Phone | None = None, target: str = "1002") -> str:
        """Page a tenant's 1002 during its call to 1003 for two seconds; returns the answer to the pager."""
        own, called, _ = self.phones(domain)
        assert self.fusion.dial(called, "1003", "target") == ""
        self.target_leg = self.fusion.leg
        self.talking()
        return self.fusion.dial(pager or own, f"{code}{target}", "pager")

    def talking(self) -> None:
        """Wait until the switch has bridged the call: the phones are answered a little sooner."""
        wait_for(self.fusion.calls, "the call of the target")

    def pages(self, domain: str, code: str = "*19") -> bool:
        """Whether a page of a tenant is made, and everybody hears whom they should hear."""
        try:
            if cause := self.page(domain, code):
                print(f"{code}1002 in {domain}: {cause}; the last attempts: {self.fusion.pages()[:3]}")
                return False
            time.sleep(2.5)
        finally:
            self.fusion.hang_up()
        pager, target, far = self.phones(domain)
        places = [PHONES.index(each) for each in (pager, target, far)]
        heard = {
            str(pager): self.fusion.levels(f"{places[0]}-pager.wav"),
            str(target): self.fusion.levels(f"{places[1]}-target.wav"),
            str(far): self.fusion.levels(f"{places[2]}-*.wav"),
        }
        wanted = {(pager, target), (target, pager), (target, far), (far, target)}
        for listener, levels in heard.items():
            for speaker in map(str, (pager, target, far)):
                if speaker != listener:
                    hears = (listener, speaker) in {(str(one), str(other)) for one, other in wanted}
                    assert levels[speaker] > HEARD if hears else levels[speaker] < NOT_HEARD, (
                        heard,
                        listener,
                    )
        return True

    def numbers(self, column: str = "dialplan_number") -> dict[tuple[str, str], str]:
        """One column of our codes, by domain and name."""
        ours = ", ".join(f"'{code.app_uuid}'" for code in codes.shipped())
        rows = self.fusion.sql(
            "SELECT dialplan_context, dialplan_name, "
            f"regexp_replace({column}::text, '\\s+', ' ', 'g') FROM v_dialplans WHERE app_uuid IN ({ours})"
        )
        return {(domain, name): value for domain, name, value in rows}

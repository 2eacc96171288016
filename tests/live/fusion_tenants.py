"""Tenants of a FusionPBX with messages: what they hear, what their callers are asked for, and the history."""

from __future__ import annotations

from pathlib import Path

from controller.fusion import codes
from tests.live.fusion import BOB, ONE, PHONES, TWO, Phone
from tests.live.fusion_installed import HEARD, NOT_HEARD, Installed
from tests.live.levels import sustained_in
from tests.live.messages import written
from tests.live.office import wait_for

#: Hz of the messages: number 1 of each tenant, and number 2 of all. No phone and no tone of ours has them.
SOUNDS = {ONE: 1450, TWO: 2050}
OF_ALL = 2350
CODE = next(code for code in codes.shipped() if code.name == "message")


class Tenants(Installed):
    """A FusionPBX whose tenants have messages."""

    def add_messages(self) -> None:
        """Number 1 of each tenant, which have one number and one name; 2 of all; 3 of the second tenant."""
        self._add("of-all", OF_ALL, "2")
        for domain, hz in SOUNDS.items():
            self._add("visitor", hz, "1", "--for", f"@{domain}")
        self._add("own", SOUNDS[TWO], "3", "--for", f"@{TWO}")

    def _add(self, name: str, hz: int, number: str, *more: str) -> None:
        sound = written(self.fusion.folder / "sounds" / f"{hz}.wav", hz)
        self.tell("messages", "add", name, "--sound", str(sound), "--number", number, *more)

    def tell(self, *words: str) -> str:
        """Run a command that must not fail; returns its output."""
        done = self.fusion.whisperpage(*words)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def take_code_away(self) -> None:
        """Have the installation of a version that had no code for messages."""
        fusion = self.fusion
        rows = f"FROM v_dialplans WHERE app_uuid = '{CODE.app_uuid}'"
        fusion.sql(
            f"DELETE FROM v_dialplan_details WHERE dialplan_uuid IN (SELECT dialplan_uuid {rows})",
            f"DELETE {rows}",
        )
        (file,) = (fusion.root / codes.APP / codes.DIALPLANS).glob("*_message.xml")
        file.unlink()
        fusion.flush()

    def newest(self, of: Phone, name: str = "*") -> Path:
        """The newest recording of what a phone has heard."""
        found = self.fusion.heard.glob(f"{(*PHONES, BOB).index(of)}-{name}.wav")
        return max(found, key=lambda each: each.stat().st_mtime)

    def hears(self, of: Phone, hz: int, name: str = "*") -> bool:
        """Whether a phone has heard a tone in its last call: as loud as a phone, or not at all."""
        found = sustained_in(self.newest(of, name), hz)
        assert found > HEARD or found < NOT_HEARD, f"{of} hears {hz} Hz with {found} dBFS"
        return found > HEARD

    def asks_for(self, variable: str) -> bool:
        """Whether a caller hears the tone that asks for a variable."""
        return any(f" {variable} " in row["application_data"] for row in self.legs("play_and_get_digits"))

    def legs(self, application: str) -> list[dict[str, str]]:
        """The channels of FusionPBX's switch that run an application."""
        return [row for row in self.fusion.channels() if row["application"] == application]

    def last(self, **wanted: str) -> dict[str, str]:
        """The newest attempt, as soon as it is as wanted."""

        def found() -> dict[str, str] | None:
            row = self.fusion.history()[0]
            return row if all(row[name] == value for name, value in wanted.items()) else None

        try:
            return wait_for(found, f"an attempt with {wanted}", 15)
        except AssertionError:
            print(self.fusion.history()[:3])
            raise

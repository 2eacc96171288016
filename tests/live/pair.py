"""A pager and a target on a call, for one page after the other; several pairs may run at the same time."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from controller.domain.names import UserName
from controller.laboratory.esl import ESL
from controller.laboratory.lab import Lab
from controller.laboratory.office import PBX_ESL, PHONE_SWITCH_ESL
from controller.switch.pagelegs import PageMark, relay_uuid
from controller.switch.whisper import WHISPER
from tests.live.office import Office, wait_for

#: Seconds by which `show channels` may lag.
LAG = 3.0


@dataclass(frozen=True)
class Left:
    """The present number of channels on the switch, and of all their media bugs."""

    channels: int
    bugs: int

    def __str__(self) -> str:
        return f"{self.channels} channels, {self.bugs} media bugs"


class Pair:
    """A pair with its own connections to both switches, so that each pair may run in its own thread."""

    def __init__(self, lab: Lab, folder: Path, pager: int, target: int) -> None:
        own = copy.copy(lab)
        own.pbx, own.phone_switch = ESL(PBX_ESL), ESL(PHONE_SWITCH_ESL)
        self.office = Office(own, folder)
        self.pager, self.target = pager, target
        self.leg = self.relay = ""

    def call(self) -> None:
        """Make the target call the customer."""
        self.office.target_calls(target=self.target)
        self.leg = self.office.leg(self.target)
        self.relay = relay_uuid(self.leg)

    def page(self) -> None:
        """Make a whole page, from the dialled code until nothing of it is left."""
        phone = self.office.dial(f"*19{self.target}", extension=self.pager)
        answer = self.office.answer_of(phone)
        assert answer.startswith("+OK"), f"{self.pager} pages {self.target}: {answer}"
        wait_for(self._whole, f"the page of {self.target}", 10)
        pager_leg, speak = self._known("pager_leg"), self._known("speak")
        self.office.lab.phone_switch.api(f"uuid_kill {phone}")
        legs = (pager_leg, self.relay, speak)
        wait_for(lambda: self._gone(*legs), f"the end of the page of {self.target}", 10)

    def close(self) -> None:
        """Close the connections."""
        for esl in (self.office.lab.pbx, self.office.lab.phone_switch):
            with suppress(OSError):
                esl.sock.close()

    def _whole(self) -> bool:
        nobody = UserName("nobody", "pbx.test")
        own = WHISPER.own_bugs(PageMark("", nobody, nobody, self._known("pager_leg"), self.leg))
        return all(self.office.bugs(leg) == bugs for leg, bugs in own.items())

    def _known(self, name: str) -> str:
        return self.office.lab.pbx.api(f"uuid_getvar {self.relay} whisperpage_{name}")

    def _gone(self, *legs: str) -> bool:
        api = self.office.lab.pbx.api
        return not any(api(f"uuid_exists {leg}") == "true" for leg in legs) and not self.office.bugs(self.leg)


def left(lab: Lab, calls: int) -> Left:
    """The channels and bugs on the switch while so many calls are up, and no page.

    `show channels` lags behind the end of a leg, so this waits a moment for the right number.
    """

    def look() -> Left:
        rows = lab.channels()
        bugs = sum(lab.pbx.api(f"uuid_buglist {row['uuid']}").count("<media-bug>") for row in rows)
        return Left(int(lab.pbx.api("show channels count").split()[0]), bugs)

    with suppress(AssertionError):
        wait_for(lambda: look() == Left(2 * calls, 0), "calls and nothing else", LAG)
    return look()

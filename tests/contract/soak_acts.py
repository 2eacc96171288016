"""What happens at the switches of the soak: pages, messages and reverse pages, each by its user."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import gevent

from controller.app import Controller
from controller.domain.names import UserName
from controller.simulator.phones import PhoneCall
from controller.store import messages
from tests.contract.test_message_code import SOUND, add
from tests.contract.two import TwoSwitches, at

#: The keys of the target of a message: three replies, and its end.
KEYS = 4
#: Seconds after which what has not come up, and was not refused, does not come up any more.
LATEST = 10.0


def prepare(two: TwoSwitches) -> None:
    """Add what the acts need to the database and to the switches."""
    with two.store.reading() as reading:
        there = messages.effective(reading, "pbx.test", "1")
    if there is None:
        add(two.store)
    two.alpha.switch.lengths[SOUND] = two.beta.switch.lengths[SOUND] = 10.0


@dataclass
class Act(ABC):
    """A user, whose phone is at the switch `name`, asks for something with a target.

    1002 is on a call at beta, 1003 at alpha; `talking` are these calls. The others are idle, 1001 at alpha,
    1004 and 1005 at beta.
    """

    two: TwoSwitches
    talking: dict[str, PhoneCall]
    name: str
    who: str
    target: str

    @abstractmethod
    def begin(self, controller: Controller) -> None:
        """Ask for it; only a reverse page is asked for at a controller."""

    @property
    @abstractmethod
    def up(self) -> bool:
        """Whether the target hears it, and it is complete."""

    @property
    @abstractmethod
    def refused(self) -> bool:
        """Whether it has ended, or will not come up any more."""

    @abstractmethod
    def end(self, *, up: bool) -> None:
        """End it; `up`: it has come up."""

    @property
    def gone(self) -> bool:
        """Whether no leg of it is left."""
        return not self.two.page_legs()

    def bugs(self, who: str) -> int:
        """The number of media bugs on a call."""
        return len(self.talking[who].leg.bugs)

    def received(self, name: str, who: str) -> PhoneCall | None:
        """The call that an idle phone has received and that is not over."""
        office = self.two.alpha if name == "alpha" else self.two.beta
        return next((call for call in office.phone(who).calls if not call.over), None)

    def dial(self, number: str) -> PhoneCall:
        office = self.two.alpha if self.name == "alpha" else self.two.beta
        return office.dial(self.who, number)

    def __str__(self) -> str:
        return f"{type(self).__name__} of {self.who} to {self.target}"


class Page(Act):
    """A page into a call, or an intercom call."""

    call: PhoneCall

    def begin(self, controller: Controller) -> None:
        self.call = self.dial(f"*19{self.target}")

    @property
    def up(self) -> bool:
        if not self.call.up:
            return False
        if self.target in self.talking:
            return self.bugs(self.target) == 2
        received = self.received("beta", self.target)
        return bool(received and received.up)

    @property
    def refused(self) -> bool:
        return self.call.over

    def end(self, *, up: bool) -> None:
        if not self.call.over:
            self.call.hang_up()


class Sent(Act):
    """A message, which its target answers by a key."""

    call: PhoneCall

    def begin(self, controller: Controller) -> None:
        self._latest = self.two.clock.monotonic() + LATEST
        self.call = self.dial(f"*181*{self.target}")

    @property
    def up(self) -> bool:
        there = self.two.alpha if self.target == "1003" else self.two.beta
        call = self.talking.get(self.target) or self.received("beta", self.target)
        return bool(call) and len(call.leg.meta) >= KEYS and SOUND in there.hears(self.target)

    @property
    def refused(self) -> bool:
        return self.call.over and self.two.clock.monotonic() > self._latest

    def end(self, *, up: bool) -> None:
        call = self.talking.get(self.target) or self.received("beta", self.target)
        if up and call:
            call.press("*2")

    @property
    def gone(self) -> bool:
        idle = self.target not in self.talking
        return super().gone and not (idle and self.received("beta", self.target)) and self.call.over


class Reverse(Act):
    """A private word of one who is on a call to an idle colleague."""

    def begin(self, controller: Controller) -> None:
        self._latest = self.two.clock.monotonic() + LATEST
        there = at(controller, "alpha" if self.target == "1001" else "beta")
        pager, target = (UserName(each, "pbx.test") for each in (self.who, self.target))
        gevent.spawn(there.clicks.reverse, pager, target)

    @property
    def _received(self) -> PhoneCall | None:
        return self.received("alpha" if self.target == "1001" else "beta", self.target)

    @property
    def _far_bugs(self) -> int:
        leg = self.talking[self.who].leg
        return len(leg.link.other(leg).bugs) if leg.link else 0

    @property
    def up(self) -> bool:
        return bool(self._received) and self.bugs(self.who) == 2 and self._far_bugs == 1

    @property
    def refused(self) -> bool:
        return not self._received and self.two.clock.monotonic() > self._latest

    def end(self, *, up: bool) -> None:
        if received := self._received:
            received.hang_up()

    @property
    def gone(self) -> bool:
        return super().gone and not self._received and not self._far_bugs


#: The acts: who, at which switch, and the target.
ACTS: tuple[tuple[type[Act], str, str, str], ...] = (
    (Page, "alpha", "1001", "1002"),
    (Page, "alpha", "1001", "1005"),
    (Page, "beta", "1004", "1002"),
    (Page, "beta", "1004", "1003"),
    (Sent, "alpha", "1001", "1002"),
    (Sent, "alpha", "1001", "1005"),
    (Sent, "beta", "1004", "1003"),
    (Reverse, "beta", "1002", "1001"),
    (Reverse, "beta", "1002", "1004"),
    (Reverse, "alpha", "1003", "1004"),
)

"""The names of the switches: a switch is known by its own name, not by the address at which it is reached.

Two addresses may be one switch, and one address may be two switches for two controllers, as 127.0.0.1 is.
"""

from __future__ import annotations

from enum import StrEnum

from controller.errors import SwitchMistaken
from controller.eventsocket.identity import SwitchIdentity


class Met(StrEnum):
    """What a connection to an address has found."""

    FIRST = "a switch"
    AGAIN = "the same switch"
    RESTARTED = "the same switch, which has been restarted"
    REPLACED = "another switch than before"


class SwitchName:
    """The name of the switch at an address: its own, once it has said it; else as in the settings."""

    def __init__(self, address: str, name: str = "") -> None:
        self.address = address
        self.core_uuid = ""
        #: The domain of its users, if it has told one (the global variable `domain`).
        self.domain = ""
        #: The name that the settings give it; empty if they give none.
        self.given = name
        self._text = name or address

    def __str__(self) -> str:
        return self._text

    def learn(self, identity: SwitchIdentity) -> Met:
        """Take what the switch has said. Raises SwitchMistaken if it is not the one of the settings."""
        if self.given and identity.name != self.given:
            raise SwitchMistaken(
                f"The switch at {self.address} says that it is {identity.name!r}, and the settings name it "
                f"{self.given!r}: correct the settings, or `switchname` in its switch.conf.xml."
            )
        before, self._text = self._text, identity.name
        core, self.core_uuid = self.core_uuid, identity.core_uuid
        if not core:
            return Met.FIRST
        if before != identity.name:
            return Met.REPLACED
        return Met.AGAIN if core == identity.core_uuid else Met.RESTARTED


class ConnectedSwitches:
    """The switches to which one controller is connected; each name is there once."""

    def __init__(self) -> None:
        self._by_address: dict[str, SwitchIdentity] = {}

    def enter(self, address: str, identity: SwitchIdentity) -> None:
        """Note which switch is at an address. Raises SwitchMistaken if another address has its name."""
        for other, known in self._by_address.items():
            if other == address or known.name != identity.name:
                continue
            if known.core_uuid == identity.core_uuid:
                raise SwitchMistaken(
                    f"The switch at {address} is {identity.name!r}, as the one at {other} is: it is one "
                    "switch, so name it once in the settings."
                )
            raise SwitchMistaken(
                f"The switches at {address} and {other} both say that they are {identity.name!r}: give each "
                "a `switchname` of its own in switch.conf.xml."
            )
        self._by_address[address] = identity

    def leave(self, address: str) -> None:
        """Note that the switch at an address is not connected any more."""
        self._by_address.pop(address, None)

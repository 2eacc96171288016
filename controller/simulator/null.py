"""The leg of nobody, `null/` (mod_loopback.c): it answers at once, says nothing and hears nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controller.simulator import calls
from controller.simulator.channel import Channel, Codec

if TYPE_CHECKING:
    from controller.simulator.switch import Switch


def null_codec(rate: str) -> Codec:
    """L16 at the rate asked for, if null/ takes it, else at 8000 (null_channel_outgoing_channel)."""
    wanted = int(rate) if rate.isdigit() else 0
    return Codec("L16", wanted if wanted and wanted % 8000 == 0 else 8000)


class NullEnd:
    """The endpoint: nobody."""

    def __init__(self, switch: Switch, channel: Channel) -> None:
        self._switch = switch
        self._channel = channel

    def begin(self) -> None:
        """It answers its call (null_channel_on_consume_media)."""
        calls.mark_answered(self._switch, self._channel)

    def answered(self) -> None:
        """Nobody is told."""

    def progressed(self) -> None:
        """Nobody is told."""

    def rings(self) -> None:
        """Nobody is told."""

    def hung_up(self, cause: str) -> None:
        """Nobody is told."""

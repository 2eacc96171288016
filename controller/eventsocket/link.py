"""Keeps one connection to a switch alive, and the owner's picture of the switch whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from controller.config import SwitchAddress
from controller.errors import SwitchError
from controller.eventsocket.api import ApiCall
from controller.eventsocket.commands import Command
from controller.eventsocket.events import Event
from controller.eventsocket.outcome import Outcome

State = Literal["connecting", "up", "down"]


class Link:
    """One switch's event socket, kept connected.

    Each time a connection stands, in the link's own greenlet:

    1. It logs in and subscribes. From here on every event of the switch is queued.
    2. `on_up()` is called: rebuild what you know from `show channels` and so on. Commands can be sent.
    3. When it returns, the events queued meanwhile are handled in order, then the new ones as they come. So
       none is missed, and some may tell what the rebuilt picture has already: handlers must not mind.
    4. When the connection is lost no further event is handled, and when the handler that is at work has
       finished, `on_down(error)` is called. Then it connects again.

    `on_down` is called once for each `on_up`. Handlers run one at a time, in one greenlet of their own.
    """

    def __init__(
        self,
        address: SwitchAddress,
        *,
        events: Sequence[str],
        custom: Sequence[str] = (),
        on_up: Callable[[], None],
        on_down: Callable[[SwitchError], None],
    ) -> None:
        raise NotImplementedError

    @property
    def state(self) -> State:
        """`up` after on_up has returned; `down` while it waits to connect again."""
        raise NotImplementedError

    @property
    def error(self) -> SwitchError | None:
        """Why the last connection failed or was lost, as one sentence; None while up."""
        raise NotImplementedError

    def on(self, name: str, handler: Callable[[Event], None]) -> None:
        """Have `handler` called with each event of this name, or of this subclass; it survives reconnects."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to connect; returns at once."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the connection and all greenlets."""
        raise NotImplementedError

    def api(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a quick call; `deadline` in seconds. NOT_SENT while there is no connection."""
        raise NotImplementedError

    def bgapi(self, call: ApiCall, deadline: float) -> Outcome:
        """Run a slow call; `deadline` in seconds, for its output. Other commands go on meanwhile."""
        raise NotImplementedError

    def send(self, command: Command, deadline: float) -> Outcome:
        """Send any other command, such as `commands.execute(...)`; `deadline` in seconds."""
        raise NotImplementedError

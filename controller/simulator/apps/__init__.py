"""The dialplan applications of the simulated switch."""

from __future__ import annotations

from controller.simulator.apps import basic, joining, listening, playing
from controller.simulator.switch import App


def applications() -> dict[str, App]:
    """All of them, by name."""
    return {**basic.APPS, **joining.APPS, **listening.APPS, **playing.APPS}

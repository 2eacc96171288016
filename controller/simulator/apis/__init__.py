"""The API calls of the simulated switch."""

from __future__ import annotations

from controller.simulator.apis import core, legs, looking, sofia, sound
from controller.simulator.switch import Api


def calls() -> dict[str, Api]:
    """All of them, by name."""
    return {**core.APIS, **legs.APIS, **looking.APIS, **sofia.APIS, **sound.APIS}

"""The headers that make a phone answer by itself: read, checked, and made ready for one call."""

from __future__ import annotations

from controller.phones.values import Header


def render(headers: tuple[Header, ...], domain: str) -> tuple[tuple[str, str], ...]:
    """Name and value of each header for a call to a target of `domain`, as they go into a dial string."""
    raise NotImplementedError

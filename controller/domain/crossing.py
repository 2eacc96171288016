"""A page across switches: what the controllers keep beside the token that goes with the pager's call."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from controller.domain.names import UserName
from controller.domain.policy import Feature

#: Seconds within which the call must arrive at the other switch.
VALID = 10.0
#: The number of random bytes of a token: 128 bits.
BYTES = 16
_TOKEN = re.compile(rf"[0-9a-f]{{{2 * BYTES}}}")


@dataclass(frozen=True)
class Crossing:
    """The call of a pager on its way to another switch, as the first switch has authenticated it.

    `switch` is the name of the switch at which it must arrive. `reverse`: it is for a reverse page, and is
    the call of the target.
    """

    page_id: str
    pager: UserName
    target: UserName
    feature: Feature
    switch: str
    reverse: bool = False


@dataclass(frozen=True)
class Arrival:
    """A call that has arrived with a valid token.

    `ours`: this controller is the one to take it. `over`: its pager has hung up on the way.
    """

    crossing: Crossing
    ours: bool
    over: bool = False


def new_token() -> str:
    """A token for one crossing."""
    return secrets.token_hex(BYTES)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None

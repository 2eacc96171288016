"""The behaviour of a phone that is called, and the headers that make it answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: The SIP headers of a call, by their names.
Headers = Mapping[str, str]
#: By the beginning of the User-Agent: the headers that make a phone answer by itself, and a part of their
#: value.
_OBEYED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "Poly": (("Alert-Info", "info=Auto Answer"),),
        "snom": (("Alert-Info", "info=alert-autoanswer"),),
        "Yealink": (("Call-Info", "answer-after=0"), ("Alert-Info", "info=alert-autoanswer")),
        "Grandstream": (("Call-Info", "answer-after=0"), ("Alert-Info", "info=alert-autoanswer")),
        "baresip": (("Answer-Mode", "Auto"),),
    }
)


def obeys(user_agent: str) -> Callable[[Headers], bool]:
    """A function that says whether a phone with this User-Agent answers by itself; Linphone never does."""
    rules = [rules for start, rules in _OBEYED.items() if user_agent.startswith(start)]

    def takes(headers: Headers) -> bool:
        return any(part in headers.get(name, "") for each in rules for name, part in each)

    return takes


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of a phone that is called.

    With `answers` it answers every call at once; otherwise it rings, and answers by itself if `auto_answer`
    is true for the call's headers. `refuses` is the cause with which it hangs up every call. `forwards` is
    the number to which it forwards every call (302 with a Contact at the switch).
    """

    answers: bool = True
    auto_answer: Callable[[Headers], bool] = lambda headers: False
    refuses: str = ""
    forwards: str = ""

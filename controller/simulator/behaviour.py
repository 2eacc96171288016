"""What a phone does by itself when it is called, and which headers make it answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: The SIP headers of a call, by their names.
Headers = Mapping[str, str]
#: What makes a phone answer by itself, by how its User-Agent begins: a header and what stands in it.
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
    """The rule by which a phone of this User-Agent takes a call by itself; Linphone and others never do."""
    rules = [rules for start, rules in _OBEYED.items() if user_agent.startswith(start)]

    def takes(headers: Headers) -> bool:
        return any(part in headers.get(name, "") for each in rules for name, part in each)

    return takes


@dataclass(frozen=True)
class Behaviour:
    """What a phone does by itself when it is called.

    `answers` takes every call at once; otherwise it rings, and `auto_answer` says of a call's headers whether
    it takes that one. `refuses` is the cause that it hangs up with at once. `forwards` is the number to which
    it sends every call at once (302 with a Contact at the switch).
    """

    answers: bool = True
    auto_answer: Callable[[Headers], bool] = lambda headers: False
    refuses: str = ""
    forwards: str = ""

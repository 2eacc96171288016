"""Dial strings for the `bridge` application: groups of phones, each phone with its own variables.

`[a=b,c=d]sofia/...,[...]sofia/...|[...]sofia/...`: commas separate the phones of a group, which ring at the
same time. Bars separate groups, which ring one after the other (switch_ivr_originate,
switch_ivr_originate.c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controller.errors import UnsafeValue
from controller.eventsocket import places

#: Characters that end a variable, the list of variables, or the phone.
_ENDS = frozenset(",[]{}|'\\")
#: The text that ends the whole dial string (SWITCH_ENT_ORIGINATE_DELIM, switch_types.h).
_NEXT = ":_:"


def phone(endpoint: str, variables: Mapping[str, str]) -> str:
    """One phone with its variables; raises UnsafeValue."""
    pairs = ",".join(
        f"{places.name('dial variable', name)}={_value(name, variables[name])}" for name in variables
    )
    return f"[{pairs}]{places.endpoint(endpoint)}" if pairs else places.endpoint(endpoint)


def groups(phones: Sequence[Sequence[str]]) -> str:
    """The dial string of groups of phones, in the order given; each phone comes from `phone`."""
    return "|".join(",".join(group) for group in phones if group)


def _value(name: str, value: str) -> str:
    place = f"dial variable {name}"
    places.variable(place, value)
    if set(value) & _ENDS or _NEXT in value or not value:
        raise UnsafeValue(f"The {place} {value!r} cannot go to the switch: it would end there.")
    return value

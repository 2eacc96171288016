"""Media bugs: what listens in on a leg or changes its sound, in the order in which it was attached.

The flags are those of switch_media_bug_flag_enum_t; who reads and writes in which order is in `media`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Bug:
    """One bug. `function` and `target` are what `uuid_buglist` and MEDIA_BUG_START say of it.

    An eavesdrop or three_way has the uuid of the leg that listens in `listener`; `hears_read` and
    `hears_write` are the pairs that it asked for (ED_BRIDGE_READ, ED_BRIDGE_WRITE), `speaks_read` and
    `speaks_write` those that it speaks into (ED_MUX_READ, ED_MUX_WRITE; switch_ivr_async.c). `mutes_read` and
    `mutes_write` are those of uuid_audio. `mixes` is a sound that is added to what is written. `rate` in
    Hz is that of the leg as it was attached. A recording keeps in `heard` whose voices it has.
    """

    function: str
    target: str
    listener: str = ""
    hears_read: bool = False
    hears_write: bool = False
    speaks_read: bool = False
    speaks_write: bool = False
    mutes_read: bool = False
    mutes_write: bool = False
    mixes: str = ""
    rate: int = 0
    heard: set[str] = field(default_factory=set)

    @property
    def mutes(self) -> bool:
        """Whether it still silences anything."""
        return self.mutes_read or self.mutes_write
